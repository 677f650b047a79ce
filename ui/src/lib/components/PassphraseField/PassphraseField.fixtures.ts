export default {
  usual: { label: "Passphrase", value: "", testid: "passphrase", autocomplete: "new-password" as const, hint: "At least 10 characters" },
  wrong: { label: "Passphrase", value: "", testid: "passphrase", autocomplete: "new-password" as const, problem: "Enter a passphrase" },
};
