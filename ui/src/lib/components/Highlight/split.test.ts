import { expect, it } from "vitest";
import { split } from "./split";

it("loses nothing and adds nothing", () => {
  for (const words of ["", "wound", "a.*b", "WOUND heel", "("]) {
    expect(split("Heel wound (left), a.*b", words).map((part) => part.text).join("")).toBe("Heel wound (left), a.*b");
  }
});

it("finds words in any case", () => {
  expect(split("Heel wound", "WOUND").filter((part) => part.hit).map((part) => part.text)).toEqual(["wound"]);
});
