import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";
import MedicineRow from "./MedicineRow.svelte";
import fixtures from "./MedicineRow.fixtures";

it("prints the line as worded, generic and dose in bold", () => {
  render(MedicineRow, fixtures["sources disagree"]);
  const line = screen.getByRole("button");
  expect(line.textContent).toBe("apixaban — tablet — DOSE 5 mg — oral — twice a day");
  expect([...line.querySelectorAll("strong")].map((strong) => strong.textContent)).toEqual(["apixaban", "5 mg"]);
});

it("says the disagreement in words beside what each source says", () => {
  render(MedicineRow, fixtures.wide);
  expect(screen.getByTestId("difference").textContent).toContain("Not on the GP list.");
  const sources = screen.getByRole("list", { name: "What each source says" });
  expect(sources.textContent).toContain("Discharge, started 10-Nov-2026");
  expect(sources.textContent).toContain("Dispensed 12-Nov-2026, 28 days");
  expect(sources.textContent).toContain("Shown as one: the same dm+d product");
});

it("never leaves the status blank", () => {
  render(MedicineRow, fixtures["sources disagree"]);
  expect(screen.getByText("Started")).toBeTruthy();
});
