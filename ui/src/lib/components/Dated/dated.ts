/** Splits text at its dates, `16-Jul-2026` or `Jul-2026`: every second part is one. */
export function dated(text: string): string[] {
  return text.split(/((?:\d{2}-)?[A-Z][a-z]{2}-\d{4})/);
}
