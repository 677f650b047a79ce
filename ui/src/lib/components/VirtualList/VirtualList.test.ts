import { render, screen } from "@testing-library/svelte";
import { createRawSnippet } from "svelte";
import { expect, test } from "vitest";
import VirtualList from "./VirtualList.svelte";

const row = createRawSnippet<[string, number]>((item) => ({ render: () => `<span data-testid="row">${item()}</span>` }));

test("a short list draws every row, whatever the page's size is known to be", async () => {
  const props = { items: ["one"], key: (item: string) => item, label: "People", itemSize: 62, row };
  const { rerender } = render(VirtualList, props as never);
  await rerender({ ...props, items: ["one", "two", "three", "four", "five", "six", "seven"] } as never);
  expect(screen.getAllByTestId("row").map((each) => each.textContent)).toEqual(["one", "two", "three", "four", "five", "six", "seven"]);
});
