import { describe, expect, it } from "vitest";
import type { TimelineGroup } from "$lib/generated/wire";
import { needed, rowAt, rowsOf, size } from "./grouping";

const group = (id: string, own: number | null, ...runs: [number, number][]): TimelineGroup => ({
  id, label: id, when: "11-Nov-2026", setting: { setting: "acute", label: "Hospital", rule: "" }, words: "", new_words: null, own, runs,
});
const stay = group("Encounter/stay", 6, [1, 2], [4, 1], [6, 1]);
const shown = (open: string[], total = 8) =>
  rowsOf(total, [stay], (id) => open.includes(id)).map((row) => (row.kind === "group" ? `[${row.offset}]` : `${row.inside ? "-" : ""}${row.offset}`));

describe("the timeline grouped", () => {
  it("puts a group where its newest entry stands and leaves the rest in order", () => {
    expect(shown([])).toEqual(["0", "[1]", "3", "5", "7"]);
    expect(size(stay)).toBe(4);
  });

  it("shows every entry exactly once when everything is open", () => {
    const offsets = rowsOf(8, [stay], () => true).flatMap((row) => (row.kind === "line" ? [row.offset] : []));
    expect([...offsets].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(shown(["Encounter/stay"])).toEqual(["0", "[1]", "-1", "-2", "-4", "-6", "3", "5", "7"]);
  });

  it("is flat without groups, and empty without lines", () => {
    expect(rowsOf(3, [], () => true).map((row) => row.offset)).toEqual([0, 1, 2]);
    expect(rowsOf(0, [], () => true)).toEqual([]);
  });

  it("finds where a year begins, past what is inside an open group", () => {
    const rows = rowsOf(8, [stay], () => true);
    expect(rows[rowAt(rows, 5)]).toMatchObject({ kind: "line", offset: 5 });
    expect(rowAt(rows, 99)).toBe(rows.length - 1);
  });

  it("fetches the own line of a closed group, for its marks", () => {
    expect(needed(rowsOf(8, [stay], () => false), 0, 2)).toEqual([0, 6, 3]);
  });
});
