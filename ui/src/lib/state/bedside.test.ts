import { afterEach, describe, expect, it } from "vitest";
import { bedside } from "./bedside.svelte";

const lines = [{ id: 1 }, { id: 2, hide_at_bedside: "Safeguarding" }, { id: 3, hide_at_bedside: "" }];

afterEach(() => (bedside.on = false));

describe("bedside mode", () => {
  it("shows everything when it is off", () => {
    expect(bedside.kept(lines)).toEqual(lines);
    expect(bedside.hidden(lines)).toBe(0);
  });

  it("hides what the record marks, whatever the reason says, and counts it", () => {
    bedside.on = true;
    expect(bedside.kept(lines)).toEqual([{ id: 1 }]);
    expect(bedside.hidden(lines)).toBe(2);
  });
});
