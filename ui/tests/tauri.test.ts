import { beforeEach, expect, it, vi } from "vitest";

const invoke = vi.hoisted(() => vi.fn());
vi.mock("@tauri-apps/api/core", () => ({ invoke }));
vi.mock("@tauri-apps/api/event", () => ({ listen: vi.fn() }));
const { platform } = await import("../src/lib/platform/tauri");

beforeEach(() => {
  invoke.mockReset();
});

it("passes a command and its arguments as they are", async () => {
  invoke.mockResolvedValue({ patient: "p" });
  await platform.call("open_patient", { patient: "p" });
  expect(invoke).toHaveBeenCalledWith("open_patient", { patient: "p" });
});

it("rejects with what the app said", async () => {
  const error = { code: "not-held", message: "m", next_step: "n", reference: "r" };
  invoke.mockRejectedValue(error);
  expect(await platform.call("medicines", { patient: "p" }).catch((failure: unknown) => failure)).toBe(error);
});

it("words what the app did not", async () => {
  invoke.mockRejectedValue("command medicines not found");
  expect(await platform.call("medicines", { patient: "p" }).catch((failure: unknown) => failure)).toMatchObject({ code: "unexpected" });
});
