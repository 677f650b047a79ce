import { STATUS } from "$lib/platform/fixtures/status";
import type { Status } from "$lib/generated/wire";

/** Where the app stands, for a test: two stores, online, nothing under way. */
export const status = (stage: Status["stage"], more: Partial<Status> = {}): Status => ({
  ...STATUS,
  stage,
  stores: [
    { id: "a", label: "A Nurse", attempts_left: 5 },
    { id: "b", label: "B Doctor", attempts_left: 1 },
  ],
  user: null,
  ...more,
});
