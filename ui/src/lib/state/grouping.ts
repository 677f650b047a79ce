import type { TimelineGroup } from "$lib/generated/wire";

/** What stands on one row of the timeline: an entry, or the head of a group. */
export type Row =
  | { readonly kind: "line"; readonly offset: number; readonly inside: boolean }
  | { readonly kind: "group"; readonly offset: number; readonly group: TimelineGroup; readonly open: boolean };

/** How many entries a group has. */
export function size(group: TimelineGroup): number {
  return group.runs.reduce((sum, [, length]) => sum + length, 0);
}

/**
 * The rows of a timeline: newest first, each group where its newest entry stands, its entries under it when it is open.
 * Every offset is on exactly one row or inside exactly one closed group.
 */
export function rowsOf(total: number, groups: readonly TimelineGroup[], isOpen: (id: string) => boolean): Row[] {
  const heads = new Map<number, TimelineGroup>();
  const grouped = new Uint8Array(total);
  for (const group of groups) {
    const first = group.runs[0]?.[0];
    if (first === undefined) continue;
    heads.set(first, group);
    for (const [from, length] of group.runs) grouped.fill(1, from, from + length);
  }
  const rows: Row[] = [];
  for (let offset = 0; offset < total; offset++) {
    const group = heads.get(offset);
    if (group) {
      const open = isOpen(group.id);
      rows.push({ kind: "group", offset, group, open });
      if (open) for (const [from, length] of group.runs) for (let at = from; at < from + length; at++) rows.push({ kind: "line", offset: at, inside: true });
    } else if (grouped[offset] === 0) rows.push({ kind: "line", offset, inside: false });
  }
  return rows;
}

/** The first row that stands at or after an offset: where a year begins. What is inside a group stands where the group does. */
export function rowAt(rows: readonly Row[], offset: number): number {
  const found = rows.findIndex((row) => !(row.kind === "line" && row.inside) && row.offset >= offset);
  return found === -1 ? Math.max(0, rows.length - 1) : found;
}

/** Offsets that must be fetched to draw these rows: lines, and the own lines of groups, whose marks their heads carry. */
export function needed(rows: readonly Row[], first: number, last: number): number[] {
  return rows.slice(Math.max(0, first), last + 1).flatMap((row) => (row.kind === "line" ? [row.offset] : row.group.own === null ? [] : [row.group.own]));
}
