import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { IDLE_LIMIT, watchIdle } from "./idle";

const lock = vi.fn();
let stop: () => void = () => undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date", "performance"] });
  lock.mockReset();
  stop = watchIdle(lock);
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

it("locks when nobody touches anything for the limit, once", () => {
  vi.advanceTimersByTime(IDLE_LIMIT - 1);
  expect(lock).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(lock).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(IDLE_LIMIT * 3);
  expect(lock).toHaveBeenCalledOnce();
});

it.each(["keydown", "pointermove", "pointerdown", "wheel"])("counts from the last %s", (name) => {
  vi.advanceTimersByTime(IDLE_LIMIT - 1_000);
  window.dispatchEvent(new Event(name));
  vi.advanceTimersByTime(IDLE_LIMIT - 1_000);
  expect(lock).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(lock).toHaveBeenCalledOnce();
});

it("locks at once when the window comes back after a sleep in which no timer ran", () => {
  vi.setSystemTime(Date.now() + IDLE_LIMIT);
  document.dispatchEvent(new Event("visibilitychange"));
  expect(lock).toHaveBeenCalledOnce();
});

it("does not take the touch that wakes the machine for a sign of presence", () => {
  vi.setSystemTime(Date.now() + IDLE_LIMIT);
  window.dispatchEvent(new Event("pointermove"));
  expect(lock).toHaveBeenCalledOnce();
});

it("is not put off by a clock that is set back", () => {
  vi.setSystemTime(Date.now() - 10 * IDLE_LIMIT);
  vi.advanceTimersByTime(IDLE_LIMIT + 5_000);
  expect(lock).toHaveBeenCalledOnce();
});

it("does nothing once stopped", () => {
  stop();
  vi.advanceTimersByTime(IDLE_LIMIT * 2);
  expect(lock).not.toHaveBeenCalled();
});
