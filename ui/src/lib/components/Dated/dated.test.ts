import { expect, it } from "vitest";
import { dated } from "./dated";

it("finds whole and partial dates and loses nothing", () => {
  expect(dated("ended 10-Nov-2026, was Oct-2025.")).toEqual(["ended ", "10-Nov-2026", ", was ", "Oct-2025", "."]);
  expect(dated("INR 2-3")).toEqual(["INR 2-3"]);
  expect(dated("10-Nov-2026")).toEqual(["", "10-Nov-2026", ""]);
});
