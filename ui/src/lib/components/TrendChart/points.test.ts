import { expect, it } from "vitest";
import { RESULTS } from "$lib/platform/fixtures/ashdown";
import { drawable, extent, labelled } from "./points";

const [series] = RESULTS.series;
if (!series) throw new Error("the fixture has results");

it("draws oldest first and leaves out what has no full date or no number", () => {
  const points = [...series.points, { ...series.points[0]!, at: null }, { ...series.points[0]!, number: null }];
  const drawn = drawable(points);
  expect(drawn).toHaveLength(series.points.length);
  expect(drawn.map((point) => point.at)).toEqual([...drawn.map((point) => point.at)].sort((a, b) => a - b));
  expect(series.points[drawn[drawn.length - 1]!.index]?.when).toBe(series.points[0]?.when);
});

it("labels the newest point and keeps labels apart", () => {
  const drawn = drawable(series.points);
  const chosen = labelled(drawn, 400, 90);
  expect(chosen[chosen.length - 1]).toBe(drawn[drawn.length - 1]);
  const span = drawn[drawn.length - 1]!.at - drawn[0]!.at;
  for (let index = 1; index < chosen.length; index++) {
    expect(((chosen[index]!.at - chosen[index - 1]!.at) / span) * 400).toBeGreaterThanOrEqual(90);
  }
});

it("does not let a distant reference bound flatten the points", () => {
  const drawn = drawable(series.points);
  expect(extent(drawn, [60, 120])).toEqual({ low: 38, high: 61 });
  expect(extent(drawn, [30, 70])).toEqual({ low: 30, high: 70 });
});
