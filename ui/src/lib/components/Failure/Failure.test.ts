import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import Failure from "./Failure.svelte";
import fixtures from "./Failure.fixtures";

it("says what happened and what to do, and offers the fitting action", async () => {
  const load = vi.fn();
  render(Failure, { ...fixtures["with an action"], actions: { "load-patient": load } });
  const alert = screen.getByRole("alert");
  expect(alert.dataset.code).toBe("not-held");
  expect(alert.textContent).toContain("Load it while you have a network.");
  await userEvent.click(screen.getByRole("button", { name: "Load this record" }));
  expect(load).toHaveBeenCalledOnce();
});

it("offers no button when nothing can be done here", () => {
  render(Failure, { ...fixtures["without an action"], actions: { "try-again": () => undefined } });
  expect(screen.queryByRole("button")).toBeNull();
});
