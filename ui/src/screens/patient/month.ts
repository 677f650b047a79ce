const MONTHS: Record<string, string> = {
  Jan: "January", Feb: "February", Mar: "March", Apr: "April", May: "May", Jun: "June",
  Jul: "July", Aug: "August", Sep: "September", Oct: "October", Nov: "November", Dec: "December",
};

/**
 * The heading a line stands under, read off its date as the record words it: `22-Nov-2026` and `Nov-2026` stand under
 * "November 2026", `2026` under "2026", anything else under its own words. Nothing is computed from a time.
 */
export function monthHeading(when: string): string {
  const [, month, year] = /(?:^|[-\s])([A-Z][a-z]{2})-(\d{4})(?:\s|$)/.exec(when) ?? [];
  if (month === undefined || year === undefined) return when;
  return `${MONTHS[month] ?? month} ${year}`;
}
