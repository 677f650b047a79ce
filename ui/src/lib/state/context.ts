import { getContext, setContext } from "svelte";
import type { Session } from "./session.svelte";

const KEY = Symbol("session");

/** Gives every component below the session. */
export function provideSession(session: Session): void {
  setContext(KEY, session);
}

/** The session of this window. */
export function useSession(): Session {
  return getContext<Session>(KEY);
}
