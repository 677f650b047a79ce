import { expect, it } from "vitest";
import { typedDay } from "./day";

it.each([
  ["22-Nov-2026", "2026-11-22"],
  ["2 feb 2024", "2024-02-02"],
  ["03/04/2026", "2026-04-03"],
  ["29-Feb-2024", "2024-02-29"],
])("reads %s day first", (typed, iso) => {
  expect(typedDay(typed)).toBe(iso);
});

it.each(["", "29-Feb-2026", "31-Nov-2026", "11/22/2026", "2026-11-22", "22-Xyz-2026", "00-Jan-2026"])("takes %s for no day", (typed) => {
  expect(typedDay(typed)).toBeUndefined();
});
