import { describe, expect, it } from "vitest";
import { bytesOf, sharpness, zoomed } from "./bytes";

describe("a document on the screen", () => {
  it("comes through base64 byte for byte", () => {
    expect([...bytesOf(btoa("%PDF-\u0000\u00ff"))]).toEqual([37, 80, 68, 70, 45, 0, 255]);
  });

  it("zooms in steps and stops at either end", () => {
    expect([zoomed(1, 1), zoomed(1, -1), zoomed(3, 1), zoomed(0.5, -1)]).toEqual([1.25, 0.75, 3, 0.5]);
  });

  it("draws as sharp as the screen, and never more than the memory allows", () => {
    expect(sharpness(600, 800, 2)).toBe(2);
    const scale = sharpness(8_000, 8_000, 2);
    expect(8_000 * scale * (8_000 * scale)).toBeLessThanOrEqual(16_000_001);
  });
});
