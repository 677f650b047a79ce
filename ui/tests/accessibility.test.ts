import { cleanup, render } from "@testing-library/svelte";
import axe from "axe-core";
import type { Component } from "svelte";
import { afterEach, describe, expect, it } from "vitest";

type Fixtures = { default: Record<string, Record<string, unknown>> };
const fixtures = import.meta.glob<Fixtures>("../src/lib/components/*/*.fixtures.ts", { eager: true });
const components = import.meta.glob<{ default: Component }>("../src/lib/components/*/*.svelte", { eager: true });

afterEach(cleanup);

// Colour contrast needs a real window; it is checked there.
describe.each(Object.entries(fixtures))("%s", (path, { default: cases }) => {
  const component = components[path.replace(".fixtures.ts", ".svelte")]?.default;
  it.each(Object.keys(cases))("%s", async (name) => {
    if (!component) throw new Error(`no component beside ${path}`);
    const { container } = render(component, cases[name]);
    const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html ?? ""}`)).toEqual([]);
  });
});

it("finds what is wrong", async () => {
  document.body.innerHTML = "<button></button>";
  const { violations } = await axe.run(document.body, { rules: { region: { enabled: false } } });
  document.body.innerHTML = "";
  expect(violations.map((violation) => violation.id)).toContain("button-name");
});
