import { describe, expect, it } from "vitest";
import type { TimelineFilter, TimelineGroup } from "$lib/generated/wire";
import { line } from "$lib/platform/fixtures/lines";
import { FakePlatform, settled } from "../../../tests/fakePlatform";
import { Timeline, WINDOW } from "./timeline.svelte";

const index = (total: number) => ({ total, years: [], settings: [], kinds: [] });
const page = (offset: number, count: number) => ({ offset, lines: Array.from({ length: count }, (_, at) => line("result", "2026", "gp", `line ${offset + at}`)) });

async function started(total: number, groups: TimelineGroup[] = []) {
  const platform = new FakePlatform();
  const timeline = new Timeline(platform, "ashdown");
  void timeline.start();
  await platform.last("timeline_index").answer(index(total));
  await platform.last("timeline").answer(page(0, Math.min(WINDOW, total)));
  await platform.last("timeline_groups").answer({ groups });
  return { platform, timeline };
}

describe("the timeline", () => {
  it("fetches only the windows that are looked at, once", async () => {
    const { platform, timeline } = await started(50_000);
    void timeline.show(40_010, 40_030);
    void timeline.show(40_015, 40_035);
    await settled();
    expect(platform.named("timeline").map((call) => call.args.offset)).toEqual([0, 40_000]);
    await platform.last("timeline").answer(page(40_000, WINDOW));
    expect(timeline.at(40_012)?.title).toBe("line 40012");
    expect(timeline.at(20_000)).toBeUndefined();
    expect(platform.calls.every((call) => call.args.patient === "ashdown")).toBe(true);
  });

  it("drops the answers to a filter that has changed", async () => {
    const { platform, timeline } = await started(300);
    void timeline.show(150, 160);
    const old = platform.last("timeline");
    void timeline.search("wound");
    const stale = platform.last("timeline_index");
    const staleLines = platform.last("timeline");
    void timeline.search("wound heel");
    await platform.last("timeline_index").answer(index(1));
    await platform.last("timeline").answer(page(0, 1));
    await stale.answer(index(9));
    await staleLines.answer(page(0, 9));
    await old.answer(page(100, WINDOW));
    expect(timeline.index?.total).toBe(1);
    expect(timeline.at(150)).toBeUndefined();
    expect(timeline.whole?.total).toBe(300);
  });

  it("asks one question at a time while somebody types, and the last that stands there", async () => {
    const { platform, timeline } = await started(300);
    const asked = () => platform.named("timeline_index").map((call) => (call.args.filter as TimelineFilter).text);
    for (const text of ["w", "wo", "wound "]) void timeline.type(text);
    await settled();
    expect(asked()).toEqual(["", "w"]);
    // What is on the screen was not found by what is typed.
    expect(timeline.found).toBe("");
    await platform.last("timeline_index").answer(index(9));
    await platform.last("timeline").answer(page(0, 9));
    expect(timeline.found).toBe("w");
    expect(asked()).toEqual(["", "w", "wound"]);
    await platform.last("timeline_index").answer(index(1));
    await platform.last("timeline").answer(page(0, 1));
    expect([timeline.found, timeline.index?.total]).toEqual(["wound", 1]);
    expect(asked()).toHaveLength(3);
  });

  it("asks nothing more about a record that is closed while somebody types", async () => {
    const { platform, timeline } = await started(300);
    for (const text of ["w", "wo"]) void timeline.type(text);
    timeline.discard();
    await platform.last("timeline_index").answer(index(9));
    await platform.last("timeline").answer(page(0, 9));
    expect(platform.named("timeline_index")).toHaveLength(2);
  });

  it("says why a window did not come, and asks again when it is looked at again", async () => {
    const { platform, timeline } = await started(300);
    void timeline.show(150, 160);
    await platform.last("timeline").fail({ code: "storage", message: "m", next_step: "n", reference: "r" });
    expect(timeline.error?.code).toBe("storage");
    void timeline.show(150, 160);
    expect(platform.named("timeline")).toHaveLength(3);
  });

  it("opens a group by itself only when something in it is new, and keeps what a person opened or closed", async () => {
    const group = (id: string, at: number, new_words: string | null): TimelineGroup => ({
      id, label: id, when: "2026", setting: { setting: "gp", label: "GP practice", rule: "" }, words: "", new_words, own: null, runs: [[at, 3]],
    });
    const { platform, timeline } = await started(10, [group("Encounter/new", 0, "1 new"), group("Encounter/old", 5, null)]);
    const shown = () => timeline.rows.flatMap((row) => (row.kind === "group" ? [[row.group.id, row.open]] : []));
    expect(shown()).toEqual([["Encounter/new", true], ["Encounter/old", false]]);
    timeline.toggleGroup("Encounter/new");
    timeline.toggleGroup("Encounter/old");
    void timeline.toggleSetting("gp");
    await platform.last("timeline_index").answer(index(10));
    await platform.last("timeline").answer(page(0, 10));
    await platform.last("timeline_groups").answer({ groups: [group("Encounter/new", 0, "1 new"), group("Encounter/old", 5, null)] });
    expect(shown()).toEqual([["Encounter/new", false], ["Encounter/old", true]]);
    timeline.openAll(true);
    expect(timeline.allOpen).toBe(true);
  });

  it("stands one by one while words are searched for", async () => {
    const { platform, timeline } = await started(300);
    void timeline.search("wound");
    expect(platform.named("timeline_groups")).toHaveLength(1);
    await platform.last("timeline_index").answer(index(2));
    await platform.last("timeline").answer(page(0, 2));
    expect(timeline.rows).toHaveLength(2);
  });
});
