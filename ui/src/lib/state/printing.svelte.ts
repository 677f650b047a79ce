import { tick } from "svelte";
import { asErrorView, type Platform } from "$lib/platform/types";
import type { ErrorView, ListPage, PatientPage, PrintStage, PrintWords } from "$lib/generated/wire";
import type { PatientRecord } from "./patient.svelte";

/** What can be printed. */
export type Printable = { record: PatientRecord; page: PatientPage } | { page: ListPage };

/**
 * One print, from its preview to paper. The app writes each step in the access log first and answers with the words the
 * page carries: without them there is no page.
 */
export class Printing {
  readonly what: Printable;
  /** What the page says of itself; nothing is on the screen before they are there. */
  words = $state.raw<PrintWords | null>(null);
  /** Why there is no page, or no paper. */
  error = $state.raw<ErrorView | null>(null);
  /** Being sent to the printer. */
  busy = $state(false);
  #platform: Platform;

  constructor(platform: Platform, what: Printable) {
    this.#platform = platform;
    this.what = what;
  }

  /** Asks for the preview, and fetches what is on it. */
  async preview(): Promise<void> {
    if ("record" in this.what) {
      const { medicines, gaps } = this.what.record;
      void medicines.load();
      void gaps.load();
    }
    await this.#ask("preview");
  }

  /** Opens the system's print dialogue, once the log knows of it. */
  async paper(): Promise<void> {
    if (this.busy || this.words === null) return;
    this.busy = true;
    try {
      if (!(await this.#ask("paper"))) return;
      // The page must carry the words of this print, not of its preview, before it is handed over.
      await tick();
      this.#platform.print();
    } finally {
      this.busy = false;
    }
  }

  async #ask(stage: PrintStage): Promise<boolean> {
    this.error = null;
    try {
      this.words =
        "record" in this.what ?
          await this.#platform.call("print_patient", { patient: this.what.record.id, page: this.what.page, stage })
        : await this.#platform.call("print_list", { page: this.what.page, stage });
      return true;
    } catch (failure) {
      this.error = asErrorView(failure);
      this.words = null;
      return false;
    }
  }
}
