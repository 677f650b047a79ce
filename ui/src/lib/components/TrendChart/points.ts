import type { ResultPoint } from "$lib/generated/wire";

/** A point with a place on both axes. */
export interface DrawnPoint {
  at: number;
  number: number;
  low: number | null;
  /** Its place in the series, newest first, to find its words again. */
  index: number;
}

/** The points that can be drawn, oldest first. A partial date or a value that is not a number has no place on the axes. */
export function drawable(points: readonly ResultPoint[]): DrawnPoint[] {
  return points
    .flatMap((point, index) =>
      point.at === null || point.number === null ? [] : [{ at: point.at, number: point.number, low: point.number_low, index }],
    )
    .sort((a, b) => a.at - b.at);
}

/**
 * The vertical extent: every point, and a bound of the reference range where it is near enough not to flatten them.
 * A bound further away is drawn as shading to the edge.
 */
export function extent(points: readonly DrawnPoint[], bounds: readonly (number | null)[]): { low: number; high: number } {
  const numbers = points.flatMap((point) => (point.low === null ? [point.number] : [point.number, point.low]));
  let low = Math.min(...numbers);
  let high = Math.max(...numbers);
  const near = Math.max(high - low, Math.abs(high) * 0.1);
  for (const bound of bounds) {
    if (bound === null || bound < low - near || bound > high + near) continue;
    low = Math.min(low, bound);
    high = Math.max(high, bound);
  }
  return { low, high };
}

/** A point's date as an axis says it: without the time of day, which the table has. */
export function day(when: string): string {
  return when.split(" ")[0] ?? when;
}

/**
 * Chooses points to label along an axis: the first and the last, and at most three between, as evenly spread as the
 * points allow. Labels are `gap` pixels apart or more; where two would be nearer, the later stands.
 */
export function labelled(points: readonly DrawnPoint[], width: number, gap: number): DrawnPoint[] {
  const first = points[0];
  const last = points[points.length - 1];
  if (first === undefined || last === undefined) return [];
  const span = Math.max(last.at - first.at, 1);
  const x = (point: DrawnPoint) => ((point.at - first.at) / span) * width;
  const parts = Math.min(4, Math.max(1, Math.floor(width / gap)));
  const kept: DrawnPoint[] = [last];
  const free = (point: DrawnPoint) => kept.every((other) => Math.abs(x(other) - x(point)) >= gap);
  if (free(first)) kept.unshift(first);
  for (let part = 1; part < parts; part++) {
    const wanted = (part / parts) * width;
    const near = points.filter(free).sort((a, b) => Math.abs(x(a) - wanted) - Math.abs(x(b) - wanted))[0];
    if (near !== undefined && Math.abs(x(near) - wanted) <= width / parts / 2) kept.push(near);
  }
  return kept.sort((a, b) => a.at - b.at);
}
