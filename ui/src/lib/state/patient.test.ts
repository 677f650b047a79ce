import { describe, expect, it } from "vitest";
import { viewOf } from "$lib/platform/fixtures/people";
import { FakePlatform, settled } from "../../../tests/fakePlatform";
import { PatientStore } from "./patient.svelte";

describe("the open patient", () => {
  it("is on the screen only with an answer about them", async () => {
    const platform = new FakePlatform();
    const store = new PatientStore(platform);
    void store.open("ashdown");
    await settled();
    expect(store.current?.id).toBe("ashdown");
    expect(store.current?.first.value).toBeNull();
    await platform.last("open_patient").answer(viewOf("ashdown"));
    expect(store.current?.first.value?.banner.name).toBe("ASHDOWN, Walter (Mr)");
  });

  it("refuses an answer about somebody else", async () => {
    const platform = new FakePlatform();
    const store = new PatientStore(platform);
    void store.open("ashdown");
    await settled();
    await platform.last("open_patient").answer(viewOf("person-3"));
    expect(store.current?.first.value).toBeNull();
    expect(store.current?.first.error?.code).toBe("unexpected");
  });

  it("never shows a late answer under another patient", async () => {
    const platform = new FakePlatform();
    const store = new PatientStore(platform);
    void store.open("ashdown");
    await settled();
    await platform.last("open_patient").answer(viewOf("ashdown"));
    const before = store.current;
    void before?.medicines.load();
    void before?.timeline.start();
    before?.openSource("Fixture/1", "a line");
    void store.open("person-3");
    await settled();
    await platform.last("medicines").answer({ current: [], past: [], empty: "", notice: "late" });
    await platform.last("timeline_index").answer({ total: 1, years: [], settings: [], kinds: [] });
    await platform.last("timeline").answer({ offset: 0, lines: [] });
    await platform.last("timeline_groups").answer({ groups: [] });
    await platform.last("source").answer({});
    expect(store.current?.id).toBe("person-3");
    expect(store.current?.first.value).toBeNull();
    expect(store.current?.medicines.value).toBeNull();
    expect(store.current?.timeline.index).toBeNull();
    expect(store.current?.source).toBeNull();
    // The closed record keeps nothing either.
    expect(before?.first.value).toBeNull();
    expect(before?.medicines.value).toBeNull();
    expect(before?.timeline.index).toBeNull();
    expect(before?.source).toBeNull();
  });

  it("asks for one patient at a time, and never for one that was passed over", async () => {
    const platform = new FakePlatform();
    const store = new PatientStore(platform);
    void store.open("person-1");
    await settled();
    void store.open("person-2");
    void store.open("person-3");
    await settled();
    expect(platform.named("open_patient").map((call) => call.args.patient)).toEqual(["person-1"]);
    await platform.last("open_patient").answer(viewOf("person-1"));
    expect(platform.named("open_patient").map((call) => call.args.patient)).toEqual(["person-1", "person-3"]);
    await platform.last("open_patient").answer(viewOf("person-3"));
    expect(store.current?.first.value?.patient).toBe("person-3");
  });

  it("tells the app when the patient is closed, and not when another was opened meanwhile", async () => {
    const platform = new FakePlatform();
    const store = new PatientStore(platform);
    void store.open("person-1");
    await settled();
    await platform.last("open_patient").answer(viewOf("person-1"));
    store.close();
    void store.open("person-2");
    await settled();
    expect(platform.named("close_patient")).toHaveLength(0);
    await platform.last("open_patient").answer(viewOf("person-2"));
    store.close();
    await settled();
    expect(platform.named("close_patient")).toHaveLength(1);
    expect(store.current).toBeNull();
  });

  it("survives 500 switches with answers in any order", async () => {
    const platform = new FakePlatform();
    const store = new PatientStore(platform);
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
    let pending = 0;
    for (let step = 0; step < 500; step++) {
      const patient = `person-${random(59)}`;
      void store.open(patient);
      void store.current?.results.load();
      await settled();
      while (pending < platform.calls.length && random(3) > 0) {
        const call = platform.calls[pending++];
        if (call?.name === "open_patient") await call.answer(viewOf(String(call.args.patient)));
        else await call?.answer({ series: [], other: [], empty: String(call.args.patient) });
        const shown = store.current;
        expect(shown?.id).toBe(patient);
        expect(shown?.first.value?.patient ?? patient).toBe(patient);
        expect(shown?.results.value?.empty ?? patient).toBe(patient);
      }
    }
    expect(pending).toBeGreaterThan(400);
  });
});
