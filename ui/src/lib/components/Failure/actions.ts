import type { ErrorCode } from "$lib/generated/wire";

/** What a person can do about a failure, without leaving the screen they are on. */
export type Action = "try-again" | "sign-in" | "load-patient" | "load-all" | "start-again";

/** The words on the button. */
export const ACTION_WORDS: Record<Action, string> = {
  "try-again": "Try again",
  "sign-in": "Sign in",
  "load-patient": "Load this record",
  "load-all": "Load for offline",
  "start-again": "Start again",
};

// Exhaustive on purpose: a new code without a decision here does not compile.
const ACTIONS: Record<ErrorCode, Action | null> = {
  locked: null,
  "signed-out": "sign-in",
  "wrong-passphrase": null,
  "store-destroyed": "sign-in",
  "weak-passphrase": null,
  "no-keychain": "try-again",
  "server-unreachable": "try-again",
  "server-unusable": "try-again",
  "no-browser": "try-again",
  "sign-in-abandoned": "try-again",
  "sign-in-refused": "try-again",
  "port-unavailable": "try-again",
  "session-ended": "sign-in",
  "not-configured": null,
  "other-user": null,
  busy: null,
  "sign-in-due": "sign-in",
  "copy-expired": "load-patient",
  "online-only": "try-again",
  "emergency-ended": null,
  "not-held": "load-patient",
  withheld: null,
  damaged: "load-patient",
  "audit-failed": "try-again",
  storage: "try-again",
  "newer-store": null,
  "launch-refused": null,
  "launch-not-found": "sign-in",
  "bad-request": null,
  unexpected: "try-again",
};

/** The fitting action for a failure, if there is one. */
export function actionFor(code: ErrorCode): Action | null {
  return ACTIONS[code];
}
