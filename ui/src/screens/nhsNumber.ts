/** Groups ten digits as they are read aloud, 3-3-4, and leaves anything that is not a whole number alone (NUM-0010). */
export function grouped(text: string): string {
  const digits = text.replace(/[\s-]/g, "");
  return /^\d{10}$/.test(digits) ? `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}` : text;
}

/** Day, month and year as typed, as `YYYY-MM-DD`; null when all are empty, undefined when they are not a date. */
export function isoDate(day: string, month: string, year: string): string | null | undefined {
  if (day === "" && month === "" && year === "") return null;
  const [d, m, y] = [Number(day), Number(month), Number(year)];
  const date = new Date(Date.UTC(y, m - 1, d));
  const real = /^\d{4}$/.test(year) && date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d;
  return real ? `${year}-${String(m).padStart(2, "0")}-${String(d).padStart(2, "0")}` : undefined;
}
