/** The bytes behind base64, as the app sends a document. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Steps of zoom, as shares of the width there is. */
export const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3] as const;

/** The next zoom up or down; the same at either end. */
export function zoomed(zoom: number, step: 1 | -1): number {
  const at = ZOOMS.findIndex((one) => one >= zoom);
  return ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, at + step))] ?? zoom;
}

/** How many device pixels a side may have, so that a page never takes more than this many in all. */
const MOST_PIXELS = 16_000_000;

/** The scale to draw at: as sharp as the screen, and less where that would take too much memory. */
export function sharpness(width: number, height: number, ratio: number): number {
  const most = Math.sqrt(MOST_PIXELS / Math.max(1, width * height));
  return Math.min(ratio, most);
}
