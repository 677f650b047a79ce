import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import EmergencyDialog from "./EmergencyDialog.svelte";
import fixtures from "./EmergencyDialog.fixtures";

it("opens nothing before a reason is chosen and explained", async () => {
  const onopen = vi.fn();
  render(EmergencyDialog, { ...fixtures.asking, onopen });
  await userEvent.click(screen.getByTestId("emergency-open"));
  expect(screen.getByText(/Choose the reason/)).toBeTruthy();
  await userEvent.click(screen.getAllByTestId("emergency-reason")[0] as HTMLElement);
  await userEvent.type(screen.getByTestId("emergency-text"), "short");
  await userEvent.click(screen.getByTestId("emergency-open"));
  expect(onopen).not.toHaveBeenCalled();
  await userEvent.type(screen.getByTestId("emergency-text"), " of breath, no history");
  await userEvent.click(screen.getByTestId("emergency-open"));
  expect(onopen).toHaveBeenCalledWith("life", "short of breath, no history");
});
