import { describe, expect, it } from "vitest";
import { Round } from "./round.svelte";

const MEDICINES = [{ id: "a" }, { id: "b" }, { id: "c" }];

describe("a medicines round", () => {
  it("counts what was compared and what differs, for each resident apart", () => {
    const round = new Round();
    round.note("one", "a", "matches");
    round.note("one", "b", "differs");
    round.note("two", "a", "differs");
    expect(round.count("one", MEDICINES)).toEqual({ compared: 2, differing: 1 });
    expect(round.count("two", MEDICINES)).toEqual({ compared: 1, differing: 1 });
    expect(round.count("three", MEDICINES)).toEqual({ compared: 0, differing: 0 });
  });

  it("takes a finding back, and changes it", () => {
    const round = new Round();
    round.note("one", "a", "matches");
    round.note("one", "a", "matches");
    expect(round.finding("one", "a")).toBeUndefined();
    round.note("one", "a", "matches");
    round.note("one", "a", "differs");
    expect(round.finding("one", "a")).toBe("differs");
  });

  it("forgets everything at its end", () => {
    const round = new Round();
    round.on = true;
    round.note("one", "a", "matches");
    round.write("one", "Two tablets left");
    round.end();
    expect(round.on).toBe(false);
    expect(round.finding("one", "a")).toBeUndefined();
    expect(round.words("one")).toBe("");
  });
});
