import type { Platform } from "$lib/platform/types";
import type { AsAt, Commands, DocumentContent, Moments, PatientView, SectionScreen, SourceView, WhatWasShown } from "$lib/generated/wire";
import { Lazy } from "./lazy.svelte";
import { Timeline } from "./timeline.svelte";

/** The tabs of a patient, in order. */
export const TABS = [
  { id: "overview", label: "Overview" },
  { id: "timeline", label: "Timeline" },
  { id: "medicines", label: "Medicines" },
  { id: "results", label: "Results" },
  { id: "summary", label: "Summary" },
  { id: "documents", label: "Documents" },
  { id: "plans", label: "Plans" },
  { id: "people", label: "People & services" },
  { id: "gaps", label: "Gaps" },
] as const;

/** How another program opened a record: with nobody on the screen, in place of somebody else, or over the same person. */
export type Launched = "opened" | "switched" | "again";

/** A tab of a patient. */
export type Tab = (typeof TABS)[number]["id"];

/**
 * One patient, open. Everything about them hangs on this one object, which is made when they are opened and thrown away
 * whole when they are closed: an answer that arrives late lands in an object that is no longer on the screen.
 */
export class PatientRecord {
  /** The server's logical id; sent with every request. */
  readonly id: string;
  /** The first screen. */
  readonly first: Lazy<PatientView>;
  readonly medicines;
  readonly results;
  readonly gaps;
  readonly sections: Record<SectionScreen, Lazy<import("$lib/generated/wire").Sections>>;
  readonly timeline: Timeline;
  /** The tab on show. */
  tab = $state<Tab>("overview");
  /** The line whose sources are on show. */
  source = $state.raw<Lazy<SourceView> | null>(null);
  /** What that line says. */
  sourceOf = $state("");
  /** Another program opened it, and nobody has confirmed yet that it is the right person. */
  launched = $state<Launched | null>(null);
  /** It has been closed: nothing more is asked for or kept. */
  closed = false;
  /** The past moment it is open at, in milliseconds since 1970; null for the present. */
  readonly at: number | null;
  /** The moments it can be shown as at. They are of the record, and stay with it from moment to moment. */
  readonly moments: Lazy<Moments>;
  /** Moments are being chosen from. */
  choosing = $state(false);
  /** The entry of the access log it was opened from. */
  readonly log: WhatWasShown | null;
  #platform: Platform;

  constructor(platform: Platform, id: string, opened: Promise<PatientView>, past: { at?: number | null; moments?: Lazy<Moments>; log?: WhatWasShown } = {}) {
    // An answer of another time is as wrong under this banner as one about somebody else.
    platform = guarded(platform, past.at ?? null);
    this.#platform = platform;
    this.id = id;
    this.at = past.at ?? null;
    this.log = past.log ?? null;
    this.moments = past.moments ?? new Lazy(() => platform.call("moments", { patient: id }));
    this.first = new Lazy(() => opened);
    this.medicines = new Lazy(() => platform.call("medicines", { patient: id }));
    this.results = new Lazy(() => platform.call("results", { patient: id }));
    this.gaps = new Lazy(() => platform.call("gaps", { patient: id }));
    const sections = (screen: SectionScreen) => new Lazy(() => platform.call("sections", { patient: id, screen }));
    this.sections = {
      summary: sections("summary"),
      documents: sections("documents"),
      plans: sections("plans"),
      people: sections("people"),
    };
    this.timeline = new Timeline(platform, id);
  }

  /** Opens the sources of a line, which says `title`. */
  openSource(line: string, title: string): void {
    if (this.closed) return;
    this.sourceOf = title;
    // Opened is read: the app notes the same.
    const documents = this.sections.documents;
    if (documents.value?.unread?.includes(line)) documents.value = { ...documents.value, unread: documents.value.unread.filter((one) => one !== line) };
    this.source?.discard();
    const source = new Lazy(() => this.#platform.call("source", { patient: this.id, line }));
    this.source = source;
    void source.load();
  }

  /** A document behind a line, to be drawn. Nothing of it is kept here. */
  document(line: string, resource: string, index: number): Promise<DocumentContent> {
    return this.#platform.call("document", { patient: this.id, line, resource, index });
  }

  /** Closes the sources. */
  closeSource(): void {
    this.source?.discard();
    this.source = null;
    this.sourceOf = "";
  }

  /** Forgets everything, and every answer still on its way. */
  close(): void {
    this.closed = true;
    this.closeSource();
    this.timeline.discard();
    this.choosing = false;
    for (const part of [this.first, this.medicines, this.results, this.gaps, ...Object.values(this.sections)]) part.discard();
  }
}

/**
 * Which patient is open. At most one is, and it changes in one step.
 *
 * Opening and closing are sent to the app one at a time, in the order they were asked for, so that the app and the window
 * never disagree about who is open; a patient passed over before their turn came is never asked for, and so never logged as seen.
 */
export class PatientStore {
  /** The open patient. */
  current = $state.raw<PatientRecord | null>(null);
  #platform: Platform;
  #turns: Promise<unknown> = Promise.resolve();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Opens a patient in place of whoever was open. */
  open(patient: string): Promise<void> {
    this.current?.close();
    // An arrow needs the record before its promise is made, and the promise the record's identity.
    let start: (view: Promise<PatientView>) => void = () => undefined;
    const opened = new Promise<PatientView>((resolve) => (start = resolve));
    const record = new PatientRecord(this.#platform, patient, opened);
    this.current = record;
    this.#inTurn(async () => {
      if (record.closed) return;
      const view = this.#ask(patient);
      start(view);
      await view;
    });
    return record.first.load();
  }

  /**
   * Opens a patient in an emergency, for a reason that is written down first. What is on the screen stays until it is
   * granted; a refusal is for whoever asked.
   */
  async openInEmergency(patient: string, reason: string, text: string): Promise<void> {
    await this.#replace(
      () => this.#platform.call("break_glass", { patient, reason, text }),
      (view) => new PatientRecord(this.#platform, patient, Promise.resolve(about(patient, view))),
    );
  }

  /** Shows the open patient as at a past moment. */
  async openAsAt(at: number): Promise<void> {
    const from = this.current;
    if (from === null) return;
    await this.#replace(
      () => this.#platform.call("open_as_at", { patient: from.id, at }),
      (view) => this.#again(from, about(from.id, view), view.as_at?.at ?? null),
    );
  }

  /** Shows the open patient as they are now; false when there is no now to go back to, for it was opened from the log. */
  async backToNow(): Promise<boolean> {
    const from = this.current;
    if (from === null) return false;
    let there = true;
    await this.#replace(
      async () => {
        const view = await this.#platform.call("close_as_at", { patient: from.id });
        there = view !== null;
        return view;
      },
      (view) => this.#again(from, about(from.id, view), null),
    );
    return there;
  }

  /** Shows the record that an entry of the access log showed. The app answers from that past already. */
  showPast(shown: WhatWasShown, view: PatientView): void {
    this.current?.close();
    const record = new PatientRecord(this.#platform, view.patient, Promise.resolve(view), { at: view.as_at?.at ?? null, log: shown });
    this.current = record;
    void record.first.load();
  }

  /** The same patient at another time: the tab and the moments stay, nothing else does. */
  #again(from: PatientRecord, view: PatientView, at: number | null): PatientRecord {
    const record = new PatientRecord(this.#platform, from.id, Promise.resolve(view), { at, moments: from.moments });
    record.tab = from.tab;
    record.choosing = from.choosing;
    record.launched = from.launched;
    return record;
  }

  /** Puts a record in the place of the open one, unless somebody else is on the screen by the time the answer is there. */
  async #replace(ask: () => Promise<PatientView | null>, make: (view: PatientView) => PatientRecord): Promise<void> {
    const asking = this.current;
    const view = await new Promise<PatientView | null>((resolve, reject) => {
      this.#inTurn(async () => {
        if (this.current !== asking) {
          resolve(null);
          return;
        }
        try {
          resolve(await ask());
        } catch (failure) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
          reject(failure);
        }
      });
    });
    if (view === null) return;
    if (this.current !== asking) {
      // Nobody is on the screen by now: the app must not keep this one open behind it.
      if (this.current === null) this.#inTurn(async () => void (await this.#platform.call("close_patient", {})));
      return;
    }
    const record = make(view);
    this.current?.close();
    this.current = record;
    await record.first.load();
  }

  /** Closes the open patient. */
  close(): void {
    if (this.current === null) return;
    this.current.close();
    this.current = null;
    this.#inTurn(async () => {
      if (this.current === null) await this.#platform.call("close_patient", {});
    });
  }

  /** Forgets the open patient without telling the app, which has locked already. */
  forget(): void {
    this.current?.close();
    this.current = null;
  }

  /** Asks for a patient, and refuses an answer about somebody else. */
  async #ask(patient: string): Promise<PatientView> {
    return about(patient, await this.#platform.call("open_patient", { patient }));
  }

  #inTurn(step: () => Promise<void>): void {
    this.#turns = this.#turns.then(step).catch(() => undefined);
  }
}

function about(patient: string, view: PatientView): PatientView {
  if (view.patient !== patient) throw new Error("the answer is about another patient");
  return view;
}

/** Refuses every answer that is not of this time. */
function guarded(platform: Platform, at: number | null): Platform {
  return {
    ...platform,
    listen: platform.listen.bind(platform),
    print: platform.print.bind(platform),
    call: async <K extends keyof Commands>(name: K, args: Commands[K]["args"]) => {
      const answer = await platform.call(name, args);
      if (name !== "moments" && asAt(answer) !== at) throw new Error("the answer is of another time");
      return answer;
    },
  };
}

function asAt(answer: unknown): number | null {
  return typeof answer === "object" && answer !== null && "as_at" in answer ? ((answer.as_at as AsAt | undefined)?.at ?? null) : null;
}
