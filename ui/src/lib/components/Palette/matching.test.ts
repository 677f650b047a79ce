import { expect, it } from "vitest";
import { matching } from "./matching";

const run = () => undefined;
const commands = [
  { id: "1", label: "Medicines", note: "Alt 3", run },
  { id: "2", label: "ASHDOWN, Walter (Mr)", note: "14-Jul-1941 · 999 000 1234", run },
];

it("wants every word, in the label or the note", () => {
  expect(matching(commands, "ash 1941").map((one) => one.id)).toEqual(["2"]);
  expect(matching(commands, "ash medicines")).toEqual([]);
  expect(matching(commands, "  ")).toHaveLength(2);
});
