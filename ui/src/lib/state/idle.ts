/** How long an open store may stand without anybody touching the keyboard or the pointer, in milliseconds. */
export const IDLE_LIMIT = 5 * 60 * 1000;

const CHECK_EVERY = 5_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** How often the app is told that somebody is there, at most. */
const TOUCH_EVERY = 15_000;

/**
 * Calls `lock` once when nobody has touched anything for the limit. Never paused, whatever is under way. A timer stands
 * still while the machine sleeps, so wall time is compared as well: at every check, when the window comes back into
 * view, and before an input counts, so that the touch that wakes the machine does not keep the record open.
 * `active` is told of activity, now and then. Answers the function that stops watching.
 */
export function watchIdle(lock: () => void, limit = IDLE_LIMIT, active: () => void = () => undefined): () => void {
  let told = Number.NEGATIVE_INFINITY;
  let wall = Date.now();
  // The wall clock may be set back; this one only goes forward.
  let steady = performance.now();
  let done = false;

  const stop = (): void => {
    done = true;
    clearInterval(timer);
    for (const name of INPUT) window.removeEventListener(name, touched, true);
    window.removeEventListener("focus", check);
    document.removeEventListener("visibilitychange", check);
  };
  const check = (): void => {
    if (done || Math.max(Date.now() - wall, performance.now() - steady) < limit) return;
    stop();
    lock();
  };
  const touched = (): void => {
    check();
    if (!done && performance.now() - told >= TOUCH_EVERY) {
      told = performance.now();
      active();
    }
    wall = Date.now();
    steady = performance.now();
  };

  const timer = setInterval(check, CHECK_EVERY);
  for (const name of INPUT) window.addEventListener(name, touched, { capture: true, passive: true });
  window.addEventListener("focus", check);
  document.addEventListener("visibilitychange", check);
  return stop;
}
