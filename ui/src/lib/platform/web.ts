import type { AsAt, Commands, ErrorCode, ErrorView, Events, Line, LoadProgress, ProofSheet, SourceView, Status, TimelineFilter, TimelineGroup, TimelineIndex, YearMark } from "$lib/generated/wire";
import { GAPS, MEDICINES, RECENT, RESULTS, SECTIONS, worded } from "./fixtures/ashdown";
import { line as makeLine } from "./fixtures/lines";
import { CASELOAD, viewOf } from "./fixtures/people";
import { STATUS } from "./fixtures/status";
import type { CommandName, Platform } from "./types";

/**
 * The app, played by fixtures, for `npm run dev` and visual checks. Never part of a production build.
 *
 * The address chooses the scene: `?stage=locked`, `?connection=offline`, `?caseload=empty`, `?lines=50000`, `?delay=400`,
 * `?fail=open_patient:not-held`.
 */
const PAST = new Set<CommandName>(["timeline", "timeline_index", "timeline_groups", "document", "medicines", "results", "sections", "gaps", "source"]);

/** One transparent pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

class FixtureApp implements Platform {
  #scene = new URLSearchParams(location.search);
  #listeners = new Map<string, Set<(payload: never) => void>>();
  #status: Status;
  #proof: ProofSheet | null = null;
  #cancelled = false;
  #lines: Line[] | null = null;
  #past: AsAt | undefined;

  constructor() {
    const connection = (this.#scene.get("connection") ?? "online") as Status["connection"];
    this.#status = {
      ...STATUS,
      stage: (this.#scene.get("stage") ?? "signed-out") as Status["stage"],
      stores: [
        { id: "a", label: "A Nurse, community nurse", attempts_left: 5 },
        { id: "b", label: "B Doctor, hospital doctor", attempts_left: 2 },
      ].slice(0, this.#scene.has("one-store") ? 1 : 2),
      user: this.#scene.get("stage") === "locked" ? null : STATUS.user,
      connection,
      connection_text: {
        online: STATUS.connection_text,
        offline: "Offline · copy from 07:41 today · readable until 26-Nov-2026 07:41",
        "sign-in-needed": "Session ended · sign in again to refresh",
      }[connection],
      shared_desktop: this.#scene.has("shared"),
      notice: this.#scene.get("notice"),
    };
  }

  async call<K extends CommandName>(name: K, args: Commands[K]["args"]): Promise<Commands[K]["answer"]> {
    const [failing, code] = (this.#scene.get("fail") ?? "").split(":");
    await this.#pause(Number(this.#scene.get("delay") ?? 0));
    if (failing === name) throw this.#error((code ?? "unexpected") as ErrorCode);
    const answer = await this.#answer(name, args);
    if (this.#past && PAST.has(name)) return { ...(answer as object), as_at: this.#past } as Commands[K]["answer"];
    return answer as Commands[K]["answer"];
  }

  listen<K extends keyof Events>(name: K, handler: (payload: Events[K]) => void): Promise<() => void> {
    const handlers = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, handlers.add(handler));
    return Promise.resolve(() => void handlers.delete(handler as (payload: never) => void));
  }

  print(): void {
    window.print();
  }

  async #answer(name: CommandName, args: Record<string, unknown>): Promise<unknown> {
    switch (name) {
      case "status":
        return this.#status;
      case "sign_in":
        this.#become({ signing_in: true });
        await this.#pause(this.#scene.has("waiting") ? 1e8 : 900);
        return this.#become({ signing_in: false, stage: "first-run" });
      case "cancel_sign_in":
        this.#become({ signing_in: false });
        return null;
      case "create_store":
        if (String(args.passphrase).length < 10) throw this.#error("weak-passphrase");
        return this.#become({ stage: "open" });
      case "unlock":
        if (String(args.passphrase) === "wrong") {
          this.#become({ stores: this.#status.stores.map((store) => (store.id === args.store ? { ...store, attempts_left: store.attempts_left - 1 } : store)) });
          throw this.#error("wrong-passphrase");
        }
        return this.#become({ stage: "open", user: { name: "A Nurse", role: "community nurse", organisation: "Fixture Community Trust" } });
      case "lock":
        return this.#become({ stage: "locked", user: null });
      case "sign_out":
        return this.#become({ stage: "signed-out", user: null });
      case "moments":
        return {
          moments: [
            { at: 1_795_000_000_000, label: "18-Nov-2026 07:38", text: "First copy: 598 lines" },
            { at: 1_795_200_000_000, label: "20-Nov-2026 07:40", text: "2 new results" },
            { at: 1_795_400_000_000, label: "22-Nov-2026 07:41", text: "1 new contact, 1 changed medicine" },
          ],
        };
      case "open_as_at":
        this.#past = { at: Number(args.at), text: "As this device could show it on 20-Nov-2026 07:40", notes: [] };
        return { ...viewOf(String(args.patient)), as_at: this.#past };
      case "close_as_at":
        this.#past = undefined;
        return viewOf(String(args.patient));
      case "what_was_shown":
        return {
          seq: Number(args.seq), at: "22-Nov-2026 09:14:02", action: "Opened the record", screen: "overview", name: "A Nurse", role: "community nurse", organisation: "Fixture Community Trust", device: "LAPTOP-7",
          patient: "ASHDOWN, Walter (Mr)", purpose: "Treatment", outcome: "Done", verdict: "This is exactly what was shown: the entry and the copy name the same versions.", exact: true, view: null,
        };
      case "take_launch":
        this.#become({ launch: null });
        return { patient: CASELOAD.rows[0]?.patient ?? "" };
      case "dismiss_launch":
        return this.#become({ launch: null });
      case "touch":
      case "copied":
      case "network_returned":
        return null;
      case "change_passphrase":
        if (String(args.current) === "wrong") throw this.#error("wrong-passphrase");
        return this.#status;
      case "erase_store":
        return this.#become({ stage: "signed-out", stores: [] });
      case "load_estimate":
        return { people: 60, seconds: 20, bytes: 45_000_000, text: "60 people to load: about 20 seconds, about 45 MB." };
      case "keep_offline":
        return { ...CASELOAD, rows: CASELOAD.rows.map((row) => (row.patient === args.patient ? { ...row, kept_offline: args.keep === true } : row)) };
      case "caseload_numbers":
        return { numbers: ["999 000 1234"], problems: [], used: true, text: "1 number on this device." };
      case "set_caseload_numbers":
        return { numbers: ["999 000 1234"], problems: ["Line 2: one of its ten digits is wrong"], used: true, text: "Nothing was changed: 1 line cannot be read." };
      case "break_glass":
        return {
          ...viewOf(String(args.patient)),
          not_kept: "Shown from the record service and not kept on this device.",
          emergency: { until: "10:14 today", until_ms: 0, reason: "Danger to life", text: String(args.text), sentence: "Emergency access until 10:14 today: danger to life. Your privacy officer is told." },
        };
      case "caseload":
      case "refresh_caseload":
        return this.#scene.get("caseload") === "empty"
          ? { rows: [], complete: 0, note: "No caseload is on this device. Refresh the list when you have a network." }
          : CASELOAD;
      case "load_offline":
        return this.#load();
      case "cancel_load":
        this.#cancelled = true;
        return null;
      case "proof_sheet":
        return this.#proof;
      case "open_patient":
        return { ...viewOf(String(args.patient)), timeline_total: this.#all().length };
      case "close_patient":
        return null;
      case "timeline_index":
        return this.#index(args.filter as TimelineFilter);
      case "timeline_groups":
        return { groups: this.#groups(args.filter as TimelineFilter) };
      case "document":
        return { resource: String(args.resource), kind: "image", media_type: "image/png", data: PIXEL };
      case "timeline": {
        const { filter, offset, limit } = args as unknown as Commands["timeline"]["args"];
        return { offset, lines: this.#under(filter).slice(offset, offset + limit) };
      }
      case "medicines":
        return MEDICINES;
      case "results":
        return RESULTS;
      case "sections":
        return SECTIONS[(args as unknown as Commands["sections"]["args"]).screen];
      case "gaps":
        return GAPS;
      case "source":
        return this.#source(String(args.line));
      case "print_patient":
      case "print_list":
        return {
          title: { summary: "Summary", medicines: "Medicines", handover: "Handover list", proof: "Proof sheet" }[args.page as "summary"],
          marking: "Confidential: patient information",
          printed: "Printed 22-Nov-2026 15:40 by A Nurse, community nurse, Fixture Community Trust",
          copy: name === "print_list" ? "The age of each person's copy is beside their name" : "From the copy of 22-Nov-2026 07:41, 7 h old when printed",
          destroy_by: "Destroy by 23-Nov-2026 15:40",
          warning: "Paper does not change when the record does. Look at the record before acting on this page.",
          reference: "Access log entry 215",
        };
      case "find_patients": {
        const { query } = args as unknown as Commands["find_patients"]["args"];
        const rows = CASELOAD.rows.filter((row) => `${row.name} ${row.nhs_number}`.toLowerCase().includes(query.text.toLowerCase())).slice(0, 4);
        return { rows, note: rows.length ? `${rows.length} found on this device` : "Nobody found on this device or by the record service. Check the number, or add a date of birth." };
      }
      case "access_log":
        return {
          intact: !this.#scene.has("broken"),
          chain: this.#scene.has("broken") ? "The chain is broken at entry 41: an entry was changed after it was written" : "The chain of 214 entries is whole",
          rows: Array.from({ length: 214 }, (_, index) => ({
            seq: 214 - index,
            at: `22-Nov-2026 09:${String(59 - (index % 60)).padStart(2, "0")}:02`,
            action: index % 9 === 8 ? "Unlocked" : index % 3 ? "Opened record" : "Read timeline",
            patient: index % 9 === 8 ? null : (CASELOAD.rows[index % 30]?.name ?? null),
            actor: "A Nurse, community nurse",
            outcome: index % 14 === 13 ? "Refused: not on this device" : "Shown",
            upload: index < 6 ? "Waiting to be sent" : "Sent",
          })),
        };
      case "about":
        return { version: this.#status.version, licence: "Licensed under Apache-2.0", updates: "New versions come from updates.trust.example, and only when they are signed with your organisation's key.", can_update: true };
      case "notices":
        return { text: "example 1.0.0 (MIT)\n\nPermission is hereby granted, free of charge, to any person obtaining a copy.\n".repeat(40) };
      case "check_for_update":
        return { available: "9.9.9", text: "Version 9.9.9 is ready. Installing it locks Curlew and starts it anew." };
      case "install_update":
        return { available: null, text: "The new version is installed. It runs from the next start on." };
      case "support_bundle":
        return { parts: [{ name: "README.txt", about: "What is in this bundle", text: "Support bundle of Curlew" }], saved: args.save ? "/home/nurse/Downloads/curlew-support.zip" : null };
      case "settings":
        return {
          rows: [
            { key: "record_api", label: "Record service", text: this.#status.record_api, source: "command-line" },
            { key: "kept_days", label: "Readable without a network for", text: "72 hours after the last contact", source: "policy" },
            { key: "idle", label: "Locks after", text: "5 minutes without use", source: "default" },
            { key: "version", label: "Version", text: this.#status.version, source: "default" },
          ],
        };
    }
  }

  #become(change: Partial<Status>): Status {
    this.#status = { ...this.#status, ...change };
    this.#emit("status", this.#status);
    return this.#status;
  }

  #emit<K extends keyof Events>(name: K, payload: Events[K]): void {
    for (const handler of this.#listeners.get(name) ?? []) handler(payload as never);
  }

  async #load(): Promise<ProofSheet> {
    this.#cancelled = false;
    const total = CASELOAD.rows.length;
    for (let done = 0; done <= total; done++) {
      if (this.#stopped()) break;
      const progress: LoadProgress = {
        patients: total,
        done,
        failed: done > 40 ? 1 : 0,
        resources: done * 412,
        bytes: done * 640_000,
        text: `${done} of ${total} patients, ${(done * 412).toLocaleString("en-GB")} resources, about ${Math.ceil((total - done) / 8)} seconds left`,
      };
      this.#emit("load", progress);
      await this.#pause(this.#scene.has("stuck") && done === 23 ? 1e8 : 40);
    }
    const rows = CASELOAD.rows.map((row, index) => ({ patient: row.patient, name: row.name, copy: row.copy, text: row.copy_text, sources: row.copy === "withheld" || row.copy === "not-held" ? "" : "GP practice 2 h, Hospital 2 h. Nothing received: Mental health, Ambulance.", resources: 180 + ((index * 97) % 900) }));
    const rank = { incomplete: 0, "not-held": 1, withheld: 2, ageing: 3, complete: 4 };
    this.#proof = {
      made: "22-Nov-2026 07:41",
      summary: "49 of 60 complete. 4 incomplete, 3 withheld, 4 not loaded.",
      all_complete: false,
      cancelled: this.#cancelled,
      rows: rows.sort((a, b) => rank[a.copy] - rank[b.copy]),
    };
    return this.#proof;
  }

  #stopped(): boolean {
    return this.#cancelled;
  }

  #all(): Line[] {
    if (this.#lines) return this.#lines;
    const older: Line[] = [];
    const wanted = Number(this.#scene.get("lines") ?? 600);
    const start = Date.UTC(2026, 8, 1);
    for (let index = 0; index < wanted; index++) {
      const like = RECENT[index % RECENT.length];
      if (!like) continue;
      older.push(makeLine(like.kind, worded(start - index * (6_500_000_000 / 1000) * (wanted > 5000 ? 9 : 800)), like.setting.setting, like.title, { detail: like.detail, marks: like.marks }));
    }
    return (this.#lines = [...RECENT, ...older]);
  }

  #under(filter: TimelineFilter): Line[] {
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#all().filter(
      (line) =>
        (filter.settings.length === 0 || filter.settings.includes(line.setting.setting)) &&
        (filter.kinds.length === 0 || filter.kinds.includes(line.kind)) &&
        words.every((word) => `${line.title} ${line.detail ?? ""}`.toLowerCase().includes(word)),
    );
  }

  #index(filter: TimelineFilter): TimelineIndex {
    const lines = this.#under(filter);
    const years = new Map<string, YearMark>();
    const settings = new Map<string, { value: string; label: string; count: number }>();
    const kinds = new Map<string, { value: string; label: string; count: number }>();
    lines.forEach((line, offset) => {
      const label = line.when.slice(-4);
      const year = years.get(label) ?? { label, offset, count: 0, settings: [], words: "" };
      const others = year.settings.filter((one) => one.value !== line.setting.setting);
      const here = year.settings.find((one) => one.value === line.setting.setting)?.count ?? 0;
      const counted = [...others, { value: line.setting.setting, label: line.setting.label, count: here + 1 }].sort((a, b) => (a.value < b.value ? -1 : 1));
      years.set(label, { ...year, count: year.count + 1, settings: counted, words: `${year.count + 1} entries in ${label}` });
      const place = settings.get(line.setting.setting) ?? { value: line.setting.setting, label: line.setting.label, count: 0 };
      settings.set(place.value, { ...place, count: place.count + 1 });
      const kind = kinds.get(line.kind) ?? { value: line.kind, label: `${line.kind.charAt(0).toUpperCase()}${line.kind.slice(1)}`, count: 0 };
      kinds.set(kind.value, { ...kind, count: kind.count + 1 });
    });
    return { total: lines.length, years: [...years.values()], settings: [...settings.values()], kinds: [...kinds.values()], organisations: [], problems: [], changed: 3 };
  }

  /** Every tenth line begins a contact of four, for the look of it. */
  #groups(filter: TimelineFilter): TimelineGroup[] {
    const lines = this.#under(filter);
    return lines.flatMap((line, offset) =>
      offset % 10 === 5 && offset + 4 <= lines.length
        ? [{ id: `Encounter/${offset}`, label: line.title, when: line.when, setting: line.setting, words: "4 entries · results 2, medicines 1", new_words: offset === 5 ? "1 new" : null, own: offset + 3, runs: [[offset, 4]] as [number, number][] }]
        : [],
    );
  }

  #source(id: string): SourceView {
    const found = this.#all().find((line) => line.id === id) ?? RECENT[3] ?? RECENT[0];
    if (!found) throw this.#error("unexpected");
    return {
      line: found,
      resources: found.sources.map((source) => ({
        resource: source.resource,
        facts: [
          { label: "Happened", text: found.when },
          { label: "Recorded", text: source.recorded ?? found.when },
          { label: "Received", text: "22-Nov-2026 07:41" },
          { label: "Author", text: "C Fixture, registered nurse" },
          { label: "Organisation", text: source.organisation ?? "Fixture Community Trust" },
          { label: "Status", text: "final" },
          { label: "Code", text: "SNOMED CT 161898004 Falls" },
        ],
        text: "Patient found on the floor by carer at 08:10. No head injury. Able to weight bear with help of two.",
        raw: JSON.stringify({ resourceType: "Encounter", id: "fixture", status: "finished", class: { code: "AMB" }, subject: { reference: "Patient/ashdown" } }, null, 2),
        issues: ["Encounter.participant[1].period.start: not a date"],
        attachments: [{ index: 0, kind: "image", title: "Photograph", words: "Picture (PNG), 1 × 1, 70 bytes", refusal: null }],
      })),
    };
  }

  #error(code: ErrorCode): ErrorView {
    const words: Partial<Record<ErrorCode, [string, string]>> = {
      "wrong-passphrase": ["That passphrase did not open this copy.", "Check Caps Lock and try again."],
      "weak-passphrase": ["That passphrase is too short.", "Use at least 10 characters."],
      "not-held": ["This person's record is not on this device.", "Load it while you have a network."],
      "server-unreachable": ["The record service cannot be reached.", "Everything already loaded can be read. Try again when you have a network."],
      "no-keychain": ["This computer's keychain is locked or missing.", "Unlock it, or ask IT for help. Curlew keeps nothing without it."],
      "no-browser": ["Your browser could not be opened.", "Open a browser once, then try again."],
    };
    const [message, next_step] = words[code] ?? ["Curlew could not finish that.", "Try again."];
    const emergency = code === "withheld" || code === "copy-expired" ? "Open it all the same, for an emergency: with a reason, for 60 minutes, written down and told to your privacy officer." : null;
    return { code, message, next_step, reference: "7F3A-21", emergency };
  }

  #pause(ms: number): Promise<void> {
    return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve();
  }
}

export const platform: Platform = new FixtureApp();
