import { describe, expect, it, vi } from "vitest";
import type { ErrorCode, Status } from "$lib/generated/wire";
import { CASELOAD, viewOf } from "$lib/platform/fixtures/people";
import { FakePlatform, settled } from "../../../tests/fakePlatform";
import { status as online } from "../../../tests/status";
import { Session } from "./session.svelte";

const status = (stage: Status["stage"], more: Partial<Status> = {}) => online(stage, { connection: "offline", connection_text: "Offline", ...more });
const error = (code: ErrorCode) => ({ code, message: "m", next_step: "n", reference: "r", emergency: null });

async function opened() {
  const platform = new FakePlatform();
  const session = new Session(platform);
  void session.start();
  await settled();
  await platform.last("status").answer(status("open"));
  return { platform, session };
}

async function withPatient() {
  const { platform, session } = await opened();
  void session.caseload.load();
  await platform.last("caseload").answer(CASELOAD);
  session.open("ashdown");
  await settled();
  await platform.last("open_patient").answer(viewOf("ashdown"));
  expect(session.patient.current?.first.value).not.toBeNull();
  return { platform, session };
}

describe("the session", () => {
  it("clears the screen on lock before the app has answered", async () => {
    const { platform, session } = await withPatient();
    void session.lock();
    expect(session.patient.current).toBeNull();
    expect(session.caseload.value).toBeNull();
    expect(session.status?.stage).toBe("locked");
    await platform.last("lock").answer(status("locked"));
    expect(session.status?.stage).toBe("locked");
  });

  it("clears everything when the app locks by itself", async () => {
    const { platform, session } = await withPatient();
    platform.emit("status", status("locked"));
    expect(session.patient.current).toBeNull();
    expect(session.caseload.value).toBeNull();
    expect(session.proof).toBeNull();
  });

  it("keeps the list on the screen until a record is there, and no record under the wait for another", async () => {
    const { platform, session } = await opened();
    session.open("ashdown");
    expect([session.screen, session.drawn]).toEqual(["patient", "today"]);
    await settled();
    await platform.last("open_patient").answer(viewOf("ashdown"));
    expect(session.drawn).toBe("patient");
    session.open("okonkwo");
    expect(session.drawn).toBe("patient");
    expect(session.patient.current?.first.value).toBeNull();
  });

  it("keeps the list no longer than a wait that is not noticed", async () => {
    const { session } = await opened();
    vi.useFakeTimers();
    try {
      session.open("ashdown");
      vi.advanceTimersByTime(99);
      expect(session.drawn).toBe("today");
      vi.advanceTimersByTime(1);
      expect(session.drawn).toBe("patient");
    } finally {
      vi.useRealTimers();
    }
  });

  it("asks where the app stands when a command says it is locked", async () => {
    const { platform, session } = await withPatient();
    void session.patient.current?.medicines.load();
    await platform.last("medicines").fail(error("locked"));
    await platform.last("status").answer(status("locked"));
    expect(session.status?.stage).toBe("locked");
    expect(session.patient.current).toBeNull();
  });

  it("counts attempts again after a wrong passphrase", async () => {
    const platform = new FakePlatform();
    const session = new Session(platform);
    void session.start();
    await settled();
    await platform.last("status").answer(status("locked"));
    void session.unlock("a", "wrong");
    await platform.last("unlock").fail(error("wrong-passphrase"));
    await platform.last("status").answer(status("locked", { stores: [{ id: "a", label: "A Nurse", attempts_left: 4 }] }));
    expect(session.error?.code).toBe("wrong-passphrase");
    expect(session.status?.stores[0]?.attempts_left).toBe(4);
    expect(session.busy).toBe(false);
  });

  it("shows progress, then the proof, then the caseload as it is now", async () => {
    const { platform, session } = await opened();
    void session.load();
    expect(session.progress?.text).not.toBe("");
    platform.emit("load", { patients: 60, done: 23, failed: 0, resources: 9, bytes: 9, text: "23 of 60 patients" });
    expect(session.progress?.done).toBe(23);
    // A status between two progress events does not end the load.
    platform.emit("status", status("open"));
    expect(session.progress?.done).toBe(23);
    await platform.last("load_offline").answer({ made: "", summary: "60 of 60 complete.", all_complete: true, rows: [], cancelled: false });
    expect(session.progress).toBeNull();
    expect(session.proof?.summary).toBe("60 of 60 complete.");
    expect(session.announcement).toBe("60 of 60 complete.");
    await platform.last("caseload").answer(CASELOAD);
    expect(session.caseload.value?.rows).toHaveLength(60);
  });

  it.each([
    ["the connection comes back", status("open"), status("open", { connection: "online" })],
    ["the record service was reached again", status("open", { connection: "online", connection_text: "a" }), status("open", { connection: "online", connection_text: "b" })],
    ["a load ends", status("open", { load: { patients: 1, done: 0, failed: 0, resources: 0, bytes: 0, text: "" } }), status("open")],
  ])("fetches the caseload again when %s", async (_, before, after) => {
    const { platform } = await opened();
    platform.emit("status", before);
    await settled();
    const asked = platform.named("caseload").length;
    if (asked > 0) await platform.last("caseload").answer(CASELOAD);
    platform.emit("status", after);
    await settled();
    expect(platform.named("caseload")).toHaveLength(asked + 1);
    // The same news twice is no news.
    await platform.last("caseload").answer(CASELOAD);
    platform.emit("status", after);
    await settled();
    expect(platform.named("caseload")).toHaveLength(asked + 1);
  });

  it("does not log a look at the caseload while a patient is on the screen", async () => {
    const { platform } = await withPatient();
    const asked = platform.named("caseload").length;
    platform.emit("status", status("open", { connection: "online" }));
    await settled();
    expect(platform.named("caseload")).toHaveLength(asked);
  });

  it("drops a proof that arrives after a lock", async () => {
    const { platform, session } = await opened();
    void session.load();
    const load = platform.last("load_offline");
    platform.emit("status", status("locked"));
    await load.answer({ made: "", summary: "late", all_complete: true, rows: [], cancelled: false });
    expect(session.proof).toBeNull();
    expect(session.announcement).toBe("");
  });

  it("closes the patient when it goes to another screen", async () => {
    const { platform, session } = await withPatient();
    session.go("today");
    await settled();
    expect(session.patient.current).toBeNull();
    expect(platform.named("close_patient")).toHaveLength(1);
  });
});

describe("what another program asks for", () => {
  const launch = { number: 1, ready: true, refused: false, message: "A patient is waiting to be opened.", next_step: "n" };

  it("is opened, and has to be confirmed", async () => {
    const { platform, session } = await opened();
    platform.emit("status", status("open", { launch }));
    void session.takeLaunch();
    await platform.last("take_launch").answer({ patient: "ashdown" });
    await platform.last("open_patient").answer(viewOf("ashdown"));
    expect(session.patient.current?.id).toBe("ashdown");
    expect(session.patient.current?.launched).toBe("opened");
  });

  it("says that the patient has changed when somebody else was on the screen", async () => {
    const { platform, session } = await withPatient();
    platform.emit("status", status("open", { launch }));
    void session.takeLaunch();
    await platform.last("take_launch").answer({ patient: "other" });
    expect(session.patient.current?.id).toBe("other");
    expect(session.patient.current?.launched).toBe("switched");
  });

  it("waits while something is half-written", async () => {
    const { platform, session } = await withPatient();
    const release = session.hold();
    platform.emit("status", status("open", { launch }));
    await session.takeLaunch();
    expect(session.patient.current?.id).toBe("ashdown");
    expect(platform.calls.filter((call) => call.name === "take_launch")).toHaveLength(0);
    release();
    void session.takeLaunch();
    await platform.last("take_launch").answer({ patient: "other" });
    expect(session.patient.current?.id).toBe("other");
  });

  it("opens nobody once the app has locked", async () => {
    const { platform, session } = await opened();
    platform.emit("status", status("open", { launch }));
    void session.takeLaunch();
    platform.emit("status", status("locked"));
    await platform.last("take_launch").answer({ patient: "ashdown" });
    expect(session.patient.current).toBeNull();
  });
});
