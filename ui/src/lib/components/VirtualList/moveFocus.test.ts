import { expect, it } from "vitest";
import { moveFocus } from "./moveFocus";

it("moves between rows and stops at the ends", () => {
  const list = document.createElement("div");
  list.innerHTML = "<p><button data-row>1</button></p><p><button data-row>2</button></p>";
  list.addEventListener("keydown", moveFocus);
  document.body.append(list);
  const [first, second] = list.querySelectorAll("button");
  const press = (key: string) => document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  first?.focus();
  press("ArrowDown");
  expect(document.activeElement).toBe(second);
  press("ArrowDown");
  expect(document.activeElement).toBe(second);
  press("ArrowUp");
  expect(document.activeElement).toBe(first);
  list.remove();
});
