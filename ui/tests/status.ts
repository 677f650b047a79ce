import type { Status } from "$lib/generated/wire";

/** Where the app stands, for a test: two stores, online, nothing under way. */
export const status = (stage: Status["stage"], more: Partial<Status> = {}): Status => ({
  stage,
  stores: [
    { id: "a", label: "A Nurse", attempts_left: 5 },
    { id: "b", label: "B Doctor", attempts_left: 1 },
  ],
  user: null,
  connection: "online",
  connection_text: "Online",
  record_api: "http://127.0.0.1/fhir",
  signing_in: false,
  load: null,
  version: "0",
  passphrase_rules: "At least 10 characters.",
  ...more,
});
