import type { Platform } from "./types";

export const platform: Platform = {
  call: () => Promise.reject(new Error("not yet")),
  listen: () => Promise.resolve(() => undefined),
};
