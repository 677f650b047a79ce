import { render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
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
  expect(screen.getByTestId("safety-allergies").querySelector("ul")?.textContent?.replace(/\s+/g, " ").trim()).toBe("penicillin anaphylaxis · trimethoprim rash");
});

it("counts what does not fit and shows it on demand", async () => {
  // Two items to a line of 20 pixels.
  const rects = vi.spyOn(Element.prototype, "getClientRects").mockImplementation(function (this: Element) {
    const place = [...(this.parentElement?.children ?? [])].indexOf(this);
    return [new DOMRect((place % 2) * 100, Math.floor(place / 2) * 20, 100, 20)] as unknown as DOMRectList;
  });
  const style = vi.spyOn(window, "getComputedStyle").mockReturnValue({ lineHeight: "20px" } as CSSStyleDeclaration);
  render(SafetyStrip, fixtures.many);
  await tick();
  await tick();
  rects.mockRestore();
  style.mockRestore();
  expect(screen.getByText("substance 5")).toBeTruthy();
  expect(screen.queryByText("substance 6")).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "+3 more allergies" }));
  expect(screen.getByText("substance 8")).toBeTruthy();
  expect(screen.getByRole("button", { name: "show fewer" })).toBeTruthy();
});

it("leads to the line behind an item", async () => {
  const onopen = vi.fn();
  render(SafetyStrip, { ...fixtures.known, onopen });
  await userEvent.click(screen.getByRole("button", { name: /penicillin/ }));
  expect(onopen).toHaveBeenCalledWith("Fixture/allergy-1", "penicillin");
});

it.each(["{Enter}", " "])("opens an item with the key %j", async (key) => {
  const onopen = vi.fn();
  render(SafetyStrip, { ...fixtures.known, onopen });
  screen.getByRole("button", { name: /penicillin/ }).focus();
  await userEvent.keyboard(key);
  expect(onopen).toHaveBeenCalledOnce();
});
