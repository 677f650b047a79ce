import { describe, expect, it } from "vitest";
import type { MedicineSpan } from "$lib/generated/wire";
import { bar, marks, whole } from "./scale";

const YEAR = { from: 0, to: 1000 };
const date = (from: number, to = from) => ({ text: "", from, to });
const span = (more: Partial<MedicineSpan>): MedicineSpan => ({
  resource: "r",
  setting: "gp",
  source: "GP practice",
  status: "Started",
  current: true,
  dose: "5 mg",
  start: null,
  start_text: "",
  end: null,
  end_text: "",
  ...more,
});

describe("a course on the axis", () => {
  it("runs from its start to today while it is current", () => {
    expect(bar(span({ start: date(500) }), YEAR)).toEqual({ left: 50, width: 50, vagueStart: 0, vagueEnd: 0, openStart: false, openEnd: true });
  });

  it("ends where it ended", () => {
    expect(bar(span({ start: date(100), end: date(300), current: false }), YEAR)).toMatchObject({ left: 10, width: 20, openEnd: false });
  });

  it("is as vague as a partial date", () => {
    expect(bar(span({ start: date(0, 250), end: date(500, 1000), current: false }), YEAR)).toMatchObject({ left: 0, width: 100, vagueStart: 25, vagueEnd: 50 });
  });

  it("has no edge where no source dates one, and no bar where neither side is dated", () => {
    expect(bar(span({ start: null }), YEAR)).toMatchObject({ openStart: true, openEnd: true, width: 6, left: 94 });
    expect(bar(span({ start: date(500), current: false }), YEAR)).toMatchObject({ openEnd: true, width: 6, left: 50 });
    expect(bar(span({ start: null, current: false }), YEAR)).toBeNull();
  });

  it("is cut at the stretch, and absent outside it", () => {
    expect(bar(span({ start: date(-500), end: date(500), current: false }), YEAR)).toMatchObject({ left: 0, width: 50 });
    expect(bar(span({ start: date(-500), end: date(-1), current: false }), YEAR)).toBeNull();
    expect(bar(span({ start: date(1001) }), YEAR)).toBeNull();
  });

  it("covers the first dated start, and at least a month", () => {
    const now = Date.UTC(2026, 10, 23);
    expect(whole([span({ start: date(Date.UTC(2019, 0, 1)) }), span({})], now)).toEqual({ from: Date.UTC(2019, 0, 1), to: now });
    expect(whole([], now).to - whole([], now).from).toBe(30 * 86_400_000);
  });

  it("is marked with years, and with months where it is short", () => {
    expect(marks({ from: Date.UTC(2019, 5, 1), to: Date.UTC(2022, 5, 1) }).map((mark) => mark.label)).toEqual(["2020", "2021", "2022"]);
    expect(marks({ from: Date.UTC(2026, 8, 15), to: Date.UTC(2026, 10, 23) }).map((mark) => mark.label)).toEqual(["Oct-2026", "Nov-2026"]);
  });
});
