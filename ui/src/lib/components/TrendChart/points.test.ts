import { expect, it } from "vitest";
import { RESULTS } from "$lib/platform/fixtures/ashdown";
import { day, drawable, extent, labelled } from "./points";

const [series] = RESULTS.series;
if (!series) throw new Error("the fixture has results");

it("draws oldest first and leaves out what has no full date or no number", () => {
  const points = [...series.points, { ...series.points[0]!, at: null }, { ...series.points[0]!, number: null }];
  const drawn = drawable(points);
  expect(drawn).toHaveLength(series.points.length);
  expect(drawn.map((point) => point.at)).toEqual([...drawn.map((point) => point.at)].sort((a, b) => a - b));
  expect(series.points[drawn[drawn.length - 1]!.index]?.when).toBe(series.points[0]?.when);
});

it("labels the first and the last point, at most three between, and keeps labels apart", () => {
  const drawn = drawable(series.points);
  const crowd = Array.from({ length: 60 }, (_, index) => ({ at: index < 50 ? 900 + index : (index - 50) * 80, number: 1, low: null, index }));
  crowd.sort((a, b) => a.at - b.at);
  for (const points of [drawn, crowd]) {
    for (const width of [95, 200, 400, 900]) {
      const chosen = labelled(points, width, 90);
      expect(chosen.length).toBeLessThanOrEqual(5);
      expect(chosen[0]).toBe(points[0]);
      expect(chosen[chosen.length - 1]).toBe(points[points.length - 1]);
      const span = points[points.length - 1]!.at - points[0]!.at;
      for (let index = 1; index < chosen.length; index++) {
        expect(((chosen[index]!.at - chosen[index - 1]!.at) / span) * width).toBeGreaterThanOrEqual(90);
      }
    }
  }
  // No room for two: the newest stands.
  expect(labelled(drawn, 60, 90)).toEqual([drawn[drawn.length - 1]]);
});

it("says the day of a point without its time", () => {
  expect(day("27-Oct-2023 16:03")).toBe("27-Oct-2023");
  expect(day("27-Oct-2023")).toBe("27-Oct-2023");
});

it("does not let a distant reference bound flatten the points", () => {
  const drawn = drawable(series.points);
  expect(extent(drawn, [60, 120])).toEqual({ low: 38, high: 61 });
  expect(extent(drawn, [30, 70])).toEqual({ low: 30, high: 70 });
});
