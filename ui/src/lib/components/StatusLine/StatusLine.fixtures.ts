import type { Status } from "$lib/generated/wire";

const status: Status = {
  stage: "open",
  stores: [],
  user: { name: "A Nurse", role: "community nurse", organisation: "Fixture Community Trust" },
  connection: "offline",
  connection_text: "Offline · copy from 07:41 today · readable until 26-Nov-2026 07:41",
  record_api: "http://127.0.0.1/fhir",
  signing_in: false,
  load: null,
  version: "0.1.0",
  passphrase_rules: "",
};
const actions = { signingIn: false, onsignin: () => undefined, oncancelsignin: () => undefined };

export default {
  offline: { status, ...actions },
  "session ended": { status: { ...status, connection: "sign-in-needed" as const, connection_text: "Session ended" }, ...actions },
  "signing in": { status, ...actions, signingIn: true },
};
