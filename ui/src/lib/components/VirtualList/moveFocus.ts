const ROW = "[data-row]";

/** Moves focus to the next or previous row of a list on the arrow keys. Rows mark themselves with `data-row`. */
export function moveFocus(event: KeyboardEvent): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const list = event.currentTarget;
  if (step === 0 || event.altKey || event.ctrlKey || event.metaKey || !(list instanceof HTMLElement)) return;
  const from = event.target instanceof Element ? event.target.closest(ROW) : null;
  if (from === null) return;
  const rows = [...list.querySelectorAll<HTMLElement>(ROW)];
  const to = rows[rows.indexOf(from as HTMLElement) + step];
  if (to === undefined) return;
  event.preventDefault();
  to.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
}
