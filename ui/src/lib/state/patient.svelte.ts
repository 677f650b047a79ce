import type { Platform } from "$lib/platform/types";
import type { PatientView, SectionScreen, SourceView } from "$lib/generated/wire";
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
  /** It has been closed: nothing more is asked for or kept. */
  closed = false;
  #platform: Platform;

  constructor(platform: Platform, id: string, opened: Promise<PatientView>) {
    this.#platform = platform;
    this.id = id;
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
    this.source?.discard();
    const source = new Lazy(() => this.#platform.call("source", { patient: this.id, line }));
    this.source = source;
    void source.load();
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
    const asking = this.current;
    const granted = await new Promise<PatientView | null>((resolve, reject) => {
      this.#inTurn(async () => {
        if (this.current !== asking) {
          resolve(null);
          return;
        }
        try {
          resolve(about(patient, await this.#platform.call("break_glass", { patient, reason, text })));
        } catch (failure) {
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as it came
          reject(failure);
        }
      });
    });
    if (granted === null) return;
    if (this.current !== asking) {
      // Somebody else is on the screen by now: the app must not keep this one open behind them.
      if (this.current === null) this.#inTurn(async () => void (await this.#platform.call("close_patient", {})));
      return;
    }
    this.current?.close();
    const record = new PatientRecord(this.#platform, patient, Promise.resolve(granted));
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
