const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * A day as somebody types it (`22-Nov-2026`, `22 11 2026`, `22/11/2026`), as `YYYY-MM-DD`; undefined when it is no day.
 * Day first whatever the machine's regional settings: a date box of the web view would follow those.
 */
export function typedDay(text: string): string | undefined {
  const [, day, month, year] = /^\s*(\d{1,2})[-/. ]([A-Za-z]{3}|\d{1,2})[-/. ](\d{4})\s*$/.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined) return undefined;
  const number = /\d/.test(month) ? Number(month) : MONTHS.indexOf(month.toLowerCase()) + 1;
  const date = new Date(Date.UTC(Number(year), number - 1, Number(day)));
  if (number < 1 || date.getUTCMonth() !== number - 1 || date.getUTCDate() !== Number(day)) return undefined;
  return date.toISOString().slice(0, 10);
}

/** A day the filter holds, as it is typed: `22-Nov-2026`; nothing for none. */
export function shownDay(iso: string | undefined): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso ?? "") ?? [];
  const word = MONTHS[Number(month) - 1];
  if (year === undefined || day === undefined || word === undefined) return "";
  return `${day}-${word.charAt(0).toUpperCase()}${word.slice(1)}-${year}`;
}
