import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { line, mark } from "$lib/platform/fixtures/lines";
import LineRow from "./LineRow.svelte";

it("shows when, where and what, with every mark and note in words", () => {
  const shown = line("result", "Oct-2026", "acute", "Potassium 6.9 mmol/L", { when_note: "Day not recorded", marks: [mark("danger", "above range")], is_new: true });
  render(LineRow, { line: shown, onopen: () => undefined });
  const row = screen.getByTestId("line");
  for (const words of ["Oct-2026", "Day not recorded", "Hospital", "Potassium 6.9 mmol/L", "above range", "new"]) expect(row.textContent).toContain(words);
});

it("opens its source", async () => {
  const onopen = vi.fn();
  const shown = line("result", "Oct-2026", "acute", "Potassium");
  render(LineRow, { line: shown, onopen });
  await userEvent.click(screen.getByTestId("line"));
  expect(onopen).toHaveBeenCalledWith(shown.id, shown.title);
});

it("marks the words searched for without changing the text", () => {
  render(LineRow, { line: line("encounter", "2026", "gp", "Heel wound (left)"), words: "wound (", onopen: () => undefined });
  expect(screen.getByTestId("line").querySelector("b")?.textContent).toBe("Heel wound (left)");
  expect([...document.querySelectorAll("mark")].map((hit) => hit.textContent)).toEqual(["wound", "("]);
});
