import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet } from "svelte";
import { expect, it, vi } from "vitest";
import Sheet from "./Sheet.svelte";

it("gives focus back to where it was", () => {
  const line = document.createElement("button");
  document.body.append(line);
  line.focus();
  const { unmount } = render(Sheet, { title: "Source", testid: "drawer", onclose: () => undefined, children: createRawSnippet(() => ({ render: () => "<p>facts</p>" })) });
  screen.getByTestId("close-drawer").focus();
  unmount();
  expect(document.activeElement).toBe(line);
  line.remove();
});

it("closes by its button and by Escape", async () => {
  const onclose = vi.fn();
  render(Sheet, { title: "Source", testid: "drawer", onclose, children: createRawSnippet(() => ({ render: () => "<p>facts</p>" })) });
  await userEvent.click(screen.getByTestId("close-drawer"));
  screen.getByTestId("drawer").dispatchEvent(new Event("cancel", { cancelable: true }));
  expect(onclose).toHaveBeenCalledTimes(2);
});
