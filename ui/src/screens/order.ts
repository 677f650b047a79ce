import type { CaseloadRow } from "$lib/generated/wire";

/** How the caseload can be put in order. The server's own order is the round as it was planned. */
export const ORDERS = {
  list: "As listed",
  name: "Name",
  appointment: "Next appointment",
  changed: "Changed first",
  copy: "Needs attention first",
} as const;

/** An order of the caseload. */
export type Order = keyof typeof ORDERS;

/** Which rows of the caseload to keep. */
export const FILTERS = {
  all: "Everyone",
  changed: "Changed",
  attention: "Not complete",
  kept: "Kept offline",
} as const;

/** A filter of the caseload. */
export type Filter = keyof typeof FILTERS;

const ATTENTION: Record<CaseloadRow["copy"], number> = { incomplete: 0, "not-held": 1, withheld: 2, ageing: 3, complete: 4 };

const FILTER_RULES: Record<Filter, (row: CaseloadRow) => boolean> = {
  all: () => true,
  changed: (row) => row.changed.length > 0,
  attention: (row) => row.copy !== "complete",
  kept: (row) => row.kept_offline === true,
};

/** Whom to see first: booked for a time, then booked without a day, then nobody's turn. */
function soonest(row: CaseloadRow): number {
  if (row.next_appointment === null) return Number.MAX_SAFE_INTEGER;
  return row.next_at ?? Number.MAX_SAFE_INTEGER - 1;
}

/** The rows that hold every word and pass the filter, in the order asked for. Equal rows keep the server's order. */
export function arrange(rows: readonly CaseloadRow[], text: string, filter: Filter, order: Order): CaseloadRow[] {
  const words = text.toLocaleLowerCase("en-GB").split(/\s+/).filter(Boolean);
  const digits = text.replace(/\D/g, "");
  const kept = rows.filter((row) => {
    const whole = `${row.name} ${row.born}`.toLocaleLowerCase("en-GB");
    const named = words.every((word) => whole.includes(word));
    const numbered = digits.length >= 3 && row.nhs_number.replace(/\D/g, "").includes(digits);
    return (named || numbered) && FILTER_RULES[filter](row);
  });
  if (order === "name") kept.sort((a, b) => a.name.localeCompare(b.name, "en-GB"));
  if (order === "appointment") kept.sort((a, b) => soonest(a) - soonest(b));
  if (order === "changed") kept.sort((a, b) => b.changed.length - a.changed.length);
  if (order === "copy") kept.sort((a, b) => ATTENTION[a.copy] - ATTENTION[b.copy]);
  return kept;
}
