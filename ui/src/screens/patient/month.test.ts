import { expect, it } from "vitest";
import { monthHeading } from "./month";

it.each([
  ["22-Nov-2026", "November 2026"],
  ["Sun 22-Nov-2026", "November 2026"],
  ["22-Nov-2026 09:14", "November 2026"],
  ["Oct-2026", "October 2026"],
  ["2026", "2026"],
  ["Not recorded", "Not recorded"],
])("%s stands under %s", (when, heading) => expect(monthHeading(when)).toBe(heading));
