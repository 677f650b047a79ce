import type { ErrorView } from "$lib/generated/wire";

const error: ErrorView = { code: "not-held", message: "This record is not on this device.", next_step: "Load it while you have a network.", reference: "7F3A", emergency: null };

export default {
  "with an action": { error, actions: { "load-patient": () => undefined } },
  "without an action": { error: { ...error, code: "withheld" as const } },
};
