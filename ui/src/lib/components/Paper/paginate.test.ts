import { describe, expect, it } from "vitest";
import { paginate, type Measured } from "./paginate";

const block = (height: number, keep = false): Measured => ({ height, keep });

describe("paginate", () => {
  it("fills each page and cuts nothing", () => {
    expect(paginate([block(40), block(40), block(40)], 100, 100)).toEqual([[0, 1], [2]]);
  });

  it("has less room on the first page", () => {
    expect(paginate([block(40), block(40), block(40)], 50, 100)).toEqual([[0], [1, 2]]);
  });

  it("moves a heading to the page of what it heads", () => {
    expect(paginate([block(70), block(10, true), block(40)], 100, 100)).toEqual([[0], [1, 2]]);
    expect(paginate([block(70), block(10, true), block(10, true), block(20)], 100, 100)).toEqual([[0], [1, 2, 3]]);
  });

  it("gives a block taller than a page one of its own", () => {
    expect(paginate([block(10), block(300), block(10)], 100, 100)).toEqual([[0], [1], [2]]);
  });

  it("has one empty page for nothing, and drops no heading at the end", () => {
    expect(paginate([], 100, 100)).toEqual([[]]);
    expect(paginate([block(10), block(10, true)], 100, 100)).toEqual([[0, 1]]);
  });

  it("loses and repeats nothing, whatever the heights", () => {
    const blocks = Array.from({ length: 200 }, (_, index) => block((index * 37) % 90, index % 7 === 0));
    expect(paginate(blocks, 120, 260).flat()).toEqual(blocks.map((_, index) => index));
  });
});
