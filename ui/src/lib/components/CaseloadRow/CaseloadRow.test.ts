import { render, screen } from "@testing-library/svelte";
import { expect, it, vi } from "vitest";
import { CASELOAD } from "$lib/platform/fixtures/people";
import CaseloadRow from "./CaseloadRow.svelte";

const row = CASELOAD.rows[0]!;

it("says where somebody lives and their practice only when it is told", () => {
  const { unmount } = render(CaseloadRow, { row, onopen: vi.fn() });
  expect(screen.queryByTestId("tells-apart")).toBeNull();
  unmount();
  render(CaseloadRow, { row: { ...row, tells_apart: [{ label: "Address", text: "1 Reed Lane, ZZ99 3WZ" }, { label: "GP practice", text: "Marsh Practice" }] }, onopen: vi.fn() });
  expect(screen.getByTestId("tells-apart").textContent).toBe("Address 1 Reed Lane, ZZ99 3WZGP practice Marsh Practice");
});
