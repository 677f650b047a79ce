import type { Commands, ErrorView, Events } from "$lib/generated/wire";

/** Names of the commands the window may call. */
export type CommandName = keyof Commands;

/** Stops listening. */
export type Unlisten = () => void;

/**
 * What the window needs from outside itself. One implementation talks to the app, the other to fixtures;
 * nothing else in the UI knows which.
 */
export interface Platform {
  /** Runs a command. Rejects with an {@link ErrorView}, whatever went wrong. */
  call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["answer"]>;
  /** Listens to an event the app pushes. */
  listen<K extends keyof Events>(name: K, handler: (payload: Events[K]) => void): Promise<Unlisten>;
  /** Opens the system's print dialogue for what is on the page. */
  print(): void;
}

/** Whether a rejection already is what the app sends. */
export function isErrorView(value: unknown): value is ErrorView {
  return typeof value === "object" && value !== null && "code" in value && "next_step" in value && "message" in value;
}

/** Any failure as an {@link ErrorView}. What is not one came from outside the app's own error handling. */
export function asErrorView(failure: unknown): ErrorView {
  if (isErrorView(failure)) return failure;
  return {
    code: "unexpected",
    message: "Curlew could not finish that.",
    next_step: "Try again. If it happens again, close Curlew and open it again.",
    reference: "window",
    emergency: null,
  };
}
