import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import Tabs from "./Tabs.svelte";
import fixtures from "./Tabs.fixtures";

it("moves with the arrow keys and wraps round", async () => {
  const onselect = vi.fn();
  render(Tabs, { ...fixtures.usual, onselect });
  screen.getByTestId("tab-overview").focus();
  await userEvent.keyboard("{ArrowLeft}");
  expect(onselect).toHaveBeenLastCalledWith("medicines");
  await userEvent.keyboard("{ArrowRight}");
  expect(onselect).toHaveBeenLastCalledWith("timeline");
});

it("is one stop for Tab", () => {
  render(Tabs, fixtures.usual);
  expect(screen.getAllByRole("tab").map((tab) => tab.tabIndex)).toEqual([0, -1, -1]);
});
