import { render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import Pending from "./Pending.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says what is waited for once the wait can be noticed, and not before", async () => {
  render(Pending, { words: "Opening the source of Potassium" });
  vi.advanceTimersByTime(99);
  await tick();
  expect(screen.getByRole("status").textContent).toBe("");
  vi.advanceTimersByTime(1);
  await tick();
  expect(screen.getByRole("status").textContent).toContain("Opening the source of Potassium");
});
