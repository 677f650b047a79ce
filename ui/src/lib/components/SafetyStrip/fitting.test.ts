import { expect, it } from "vitest";
import { fitting } from "./fitting";

const room = { width: 300, line: 20, lines: 3, rest: 60 };
const at = (line: number, right: number) => ({ bottom: line * 20, right });

it("shows everything that fits", () => {
  expect(fitting([at(1, 200), at(2, 150), at(3, 290)], room)).toBe(3);
  expect(fitting([], room)).toBe(0);
});

it("leaves room for the words that count the rest", () => {
  expect(fitting([at(1, 200), at(2, 150), at(3, 240), at(4, 100)], room)).toBe(3);
  // The third item ends too far right for "+2 more" beside it.
  expect(fitting([at(1, 200), at(2, 150), at(3, 241), at(4, 100)], room)).toBe(2);
});

it("never cuts the first item, however long", () => {
  expect(fitting([at(5, 100), at(6, 100)], room)).toBe(1);
});
