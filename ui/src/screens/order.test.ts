import { expect, it } from "vitest";
import { CASELOAD } from "$lib/platform/fixtures/people";
import { arrange } from "./order";

const { rows } = CASELOAD;

it("keeps the server's order and everybody in it unless asked otherwise", () => {
  expect(arrange(rows, "", "all", "list")).toEqual(rows);
});

it("finds by words of the name and by part of the NHS number", () => {
  expect(arrange(rows, "walter ash", "all", "list").map((row) => row.patient)).toEqual(["ashdown"]);
  expect(arrange(rows, "999 000 1234", "all", "list").map((row) => row.patient)).toEqual(["ashdown"]);
  expect(arrange(rows, "nobody", "all", "list")).toEqual([]);
});

it("puts what needs attention first and loses nobody", () => {
  const ordered = arrange(rows, "", "all", "copy");
  expect(ordered).toHaveLength(rows.length);
  expect(ordered[0]?.copy).toBe("incomplete");
  expect(ordered[ordered.length - 1]?.copy).toBe("complete");
});

it("keeps only the changed", () => {
  const changed = arrange(rows, "", "changed", "list");
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.every((row) => row.changed.length > 0)).toBe(true);
});

it("puts the next appointment first, those without a day after those with one, and nobody's turn last", () => {
  const of = (patient: string, next_appointment: string | null, next_at?: number) => ({ ...rows[0]!, patient, next_appointment, next_at });
  const mixed = [of("none", null), of("undated", "Date not known, podiatry"), of("later", "25-Nov-2026 10:30, review", 2), of("sooner", "24-Nov-2026 10:30, review", 1), of("none too", null)];
  expect(arrange(mixed, "", "all", "appointment").map((row) => row.patient)).toEqual(["sooner", "later", "undated", "none", "none too"]);
});
