import { fireEvent, render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { REACTION } from "./steadiness";
import SteadyRows from "./SteadyRows.svelte";

/** Where each row is; a page under test has no layout of its own. */
let tops: Record<string, number>;
let now: number;
const opened = vi.fn<(patient?: string) => void>();

beforeEach(() => {
  tops = { avocet: 100, dunlin: 160 };
  now = 10_000;
  opened.mockClear();
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockImplementation(function (this: HTMLElement) {
    return { top: tops[this.dataset["patient"] ?? ""] ?? 0 } as DOMRect;
  });
});

afterEach(() => vi.restoreAllMocks());

function list(): void {
  const children = createRawSnippet(() => ({
    render: () => `<ul><li><button data-patient="avocet">Avocet</button></li><li><button data-patient="dunlin">Dunlin</button></li></ul>`,
    setup: (rows) => rows.addEventListener("click", (event) => opened((event.target as HTMLElement).dataset["patient"])),
  }));
  render(SteadyRows, { children });
}

/** A press with a pointer, as a browser tells of it. */
async function press(name: string): Promise<void> {
  const row = screen.getByText(name);
  await fireEvent.pointerDown(row);
  await fireEvent.click(row, { detail: 1 });
}

it("opens who is pressed while the list stands still", async () => {
  list();
  await press("Dunlin");
  expect(opened).toHaveBeenCalledWith("dunlin");
});

it("opens nobody when the row has only just come there, says so, and opens at the next press", async () => {
  list();
  tops = { avocet: 160, dunlin: 220 };
  await press("Avocet");
  expect(opened).not.toHaveBeenCalled();
  expect(screen.getByTestId("list-moved").textContent).toContain("nobody was opened");
  now += REACTION;
  await press("Avocet");
  expect(opened).toHaveBeenCalledWith("avocet");
  expect(screen.getByTestId("list-moved").textContent).toBe("");
});

it("opens nobody when somebody new is where another person was", async () => {
  list();
  tops = { avocet: 160, dunlin: 100 };
  await press("Dunlin");
  expect(opened).not.toHaveBeenCalled();
});

it("holds nobody back who scrolls, or who uses the keyboard", async () => {
  list();
  tops = { avocet: 40, dunlin: 100 };
  await fireEvent.scroll(document);
  await press("Dunlin");
  expect(opened).toHaveBeenCalledTimes(1);
  tops = { avocet: 100, dunlin: 160 };
  await fireEvent.click(screen.getByText("Dunlin"), { detail: 0 });
  expect(opened).toHaveBeenCalledTimes(2);
});
