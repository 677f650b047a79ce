import type { Dated, MedicineSpan } from "$lib/generated/wire";

/** A stretch of time, in milliseconds since 1970. */
export interface Stretch {
  from: number;
  to: number;
}

/** Where a course is drawn, in hundredths of the width. */
export interface Bar {
  left: number;
  width: number;
  /** How much at the start and the end a partial date leaves open, in hundredths of the bar. */
  vagueStart: number;
  vagueEnd: number;
  /** The source gives no start, or no end: that side has no edge. */
  openStart: boolean;
  openEnd: boolean;
}

const DAY = 86_400_000;
/** How long an edge that no source dates is drawn, in hundredths of the width: enough to see, too short to read a date off. */
const UNDATED = 6;

/** From the first dated start to `now`, at least a month. */
export function whole(spans: readonly MedicineSpan[], now: number): Stretch {
  const starts = spans.flatMap((span) => [span.start, span.end]).filter((date): date is Dated => date !== null);
  const from = Math.min(now - 30 * DAY, ...starts.map((date) => date.from));
  return { from, to: now };
}

/**
 * Where a course lies in a stretch; null where it has no date at all, or lies outside. Nothing is guessed: an undated side
 * has no edge and a partial date is drawn as vague as it is.
 */
export function bar(span: MedicineSpan, stretch: Stretch): Bar | null {
  const at = (time: number) => (100 * (Math.min(Math.max(time, stretch.from), stretch.to) - stretch.from)) / (stretch.to - stretch.from);
  if (span.start && span.start.from > stretch.to) return null;
  if (span.end && span.end.to < stretch.from) return null;
  const openStart = span.start === null;
  // A planned end lies ahead of today: up to today the course runs.
  const ending = span.end ?? (span.current ? { from: stretch.to, to: stretch.to } : null);
  const openEnd = span.end === null;
  if (openStart && ending === null) return null;
  const left = span.start ? at(span.start.from) : Math.max(0, at(ending?.from ?? stretch.to) - UNDATED);
  const right = ending ? at(ending.to) : Math.min(100, at(span.start?.to ?? stretch.from) + UNDATED);
  const width = Math.max(0.6, right - left);
  const share = (date: Dated | null) => (date ? Math.min(100, (100 * (at(date.to) - at(date.from))) / width) : 0);
  return { left: Math.min(left, 99.4), width, vagueStart: share(span.start), vagueEnd: share(span.end), openStart, openEnd };
}

/** Marks of the axis: years, or months where the stretch is short. */
export function marks(stretch: Stretch): { label: string; at: number }[] {
  const place = (time: number) => (100 * (time - stretch.from)) / (stretch.to - stretch.from);
  const first = new Date(stretch.from);
  const all: { label: string; at: number }[] = [];
  const months = (stretch.to - stretch.from) / DAY < 800;
  for (let step = 1; step < 400; step++) {
    const time = months ? Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + step, 1) : Date.UTC(first.getUTCFullYear() + step, 0, 1);
    if (time >= stretch.to) break;
    const label = months ? new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric", timeZone: "UTC" }).format(time).replace(" ", "-") : String(first.getUTCFullYear() + step);
    all.push({ label, at: place(time) });
  }
  const every = Math.max(1, Math.ceil(all.length / 8));
  return all.filter((_, index) => index % every === 0);
}
