import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import SafetyStrip from "./SafetyStrip.svelte";
import fixtures from "./SafetyStrip.fixtures";

describe("the four allergy states", () => {
  it.each([
    ["known", "Known allergies", true],
    ["none known", "No known allergies", false],
    ["not recorded", "Allergies not recorded", false],
    ["unavailable", "Allergies unavailable", false],
  ] as const)("%s", (fixture, heading, danger) => {
    render(SafetyStrip, fixtures[fixture]);
    const cell = screen.getByTestId("safety-allergies");
    expect(cell.querySelector("h2")?.textContent?.trim()).toBe(heading);
    expect(cell.classList.contains("danger")).toBe(danger);
    // Only the two states that ask for care carry the warning sign.
    expect(cell.querySelector("svg") !== null).toBe(fixture === "known" || fixture === "unavailable");
  });
});

it("keeps a substance apart from its reaction", () => {
  render(SafetyStrip, fixtures.known);
  expect(screen.getByTestId("safety-allergies").querySelector("ul")?.textContent?.replace(/\s+/g, " ").trim()).toMatch(/^penicillin anaphylaxis ?trimethoprim rash$/);
});

it("counts what does not fit and shows it on demand", async () => {
  render(SafetyStrip, fixtures.many);
  expect(screen.queryByText("substance 8")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "+5 more" }));
  expect(screen.getByText("substance 8")).toBeTruthy();
});

it("leads to the line behind an item", async () => {
  const onopen = vi.fn();
  render(SafetyStrip, { ...fixtures.known, onopen });
  await userEvent.click(screen.getByRole("button", { name: /penicillin/ }));
  expect(onopen).toHaveBeenCalledWith("Fixture/allergy-1");
});
