import type { Status } from "$lib/generated/wire";
import { STATUS } from "$lib/platform/fixtures/status";

const status: Status = { ...STATUS, connection: "offline", connection_text: "Offline · copy from 07:41 today · readable until 26-Nov-2026 07:41" };
const actions = { signingIn: false, onsignin: () => undefined, oncancelsignin: () => undefined };

export default {
  offline: { status, ...actions },
  "session ended": { status: { ...status, connection: "sign-in-needed" as const, connection_text: "Session ended" }, ...actions },
  "signing in": { status, ...actions, signingIn: true },
};
