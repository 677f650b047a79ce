import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import Banner from "./Banner.svelte";
import fixtures from "./Banner.fixtures";

it("gives name, born, gender and NHS number in the standard's order, labels without a colon", () => {
  const { container } = render(Banner, fixtures.usual);
  const text = container.querySelector(".line")?.textContent?.replace(/\s+/g, " ").trim();
  expect(text).toMatch(/^ASHDOWN, Walter \(Mr\) Born 14-Jul-1941 \(85y\) Gender Male NHS No\. 999 000 1234/);
  expect(screen.getAllByRole("term").every((term) => !term.textContent?.includes(":"))).toBe(true);
});

it("opens its second zone on demand", async () => {
  render(Banner, fixtures.usual);
  const details = document.getElementById("banner-details");
  expect(details?.hidden).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: /Address, contacts, GP/ }));
  expect(details?.hidden).toBe(false);
  expect(details?.textContent).toContain("1 Fixture Lane");
});

it("says died and age at death, and marks the banner", () => {
  render(Banner, fixtures.deceased);
  expect(screen.getByTestId("banner").dataset.deceased).toBe("true");
  expect(screen.getByTestId("banner").classList.contains("deceased")).toBe(true);
  expect(screen.getByTestId("banner-died").textContent).toBe("03-Nov-2026");
  expect(screen.getByText("Age at Death")).toBeTruthy();
});

it("says restricted, unverified and conflicting in words", () => {
  const { container } = render(Banner, fixtures["restricted, unverified, conflicting"]);
  for (const words of ["Restricted record", "Number not traced", "Two sources give different dates of birth", "Sex at birth", "Preferred name"]) {
    expect(container.textContent).toContain(words);
  }
});
