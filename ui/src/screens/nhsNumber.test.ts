import { expect, it } from "vitest";
import { grouped, isoDate } from "./nhsNumber";

it("groups a whole number 3-3-4 and leaves names alone", () => {
  expect(grouped("9990001234")).toBe("999 000 1234");
  expect(grouped("999-000-1234")).toBe("999 000 1234");
  expect(grouped("99900012")).toBe("99900012");
  expect(grouped("Ashdown")).toBe("Ashdown");
});

it("takes only real dates", () => {
  expect(isoDate("", "", "")).toBeNull();
  expect(isoDate("5", "1", "1941")).toBe("1941-01-05");
  expect(isoDate("31", "2", "1941")).toBeUndefined();
  expect(isoDate("1", "1", "41")).toBeUndefined();
  expect(isoDate("1", "", "1941")).toBeUndefined();
});
