import { asErrorView, type CommandName, type Platform } from "$lib/platform/types";
import type { CaseloadView, Commands, ErrorView, LoadProgress, PatientView, ProofSheet, RecordClosed, Status, WhatWasShown } from "$lib/generated/wire";
import { Lazy } from "./lazy.svelte";
import { PatientStore } from "./patient.svelte";
import { Round } from "./round.svelte";
import { Printing, type Printable } from "./printing.svelte";

/** Screens of the left rail, and the patient. */
export type Screen = "today" | "find" | "sync" | "access" | "settings" | "patient";

/** Somebody opened since the store was unlocked. */
export interface Recent {
  patient: string;
  name: string;
  born: string;
  nhs_number: string;
}

/** How many of them are remembered. */
const RECENT = 8;

/** How long the screen that somebody was opened from stays, in milliseconds: a record that is there before needs no other. */
const LINGER = 100;

/** The app as this window knows it: where the state machine stands, who is on the screen, and what is under way. */
export class Session {
  /** The app's own status. */
  status = $state.raw<Status | null>(null);
  /** Why the last thing asked for on the door screens (sign in, passphrase) failed. */
  error = $state.raw<ErrorView | null>(null);
  /** Why the last load or refresh failed. */
  loadError = $state.raw<ErrorView | null>(null);
  /** Something asked for on the door screens is under way. */
  busy = $state(false);
  /** A sign-in asked for by this window is under way in the browser. */
  #signingIn = $state(false);
  /** The screen on show. */
  screen = $state<Screen>("today");
  /** The screen that the record on its way was opened from, as long as it stays. */
  #lingering = $state<Exclude<Screen, "patient"> | null>(null);
  #lingers: ReturnType<typeof setTimeout> | undefined;
  /** Live progress of a load. */
  progress = $state.raw<LoadProgress | null>(null);
  /** The last proof sheet. */
  proof = $state.raw<ProofSheet | null>(null);
  /** A refresh of the caseload is under way. */
  refreshing = $state(false);
  /** The print on show in front of the screen. */
  printing = $state.raw<Printing | null>(null);
  /** A record that the app closed by itself, until that has been read. */
  closed = $state.raw<RecordClosed | null>(null);
  /** People opened since the store was unlocked, newest first. */
  recent = $state.raw<Recent[]>([]);
  /** Things half-written that opening somebody else would lose. */
  #held = $state(0);
  /** A request of another program is being answered. */
  #taking = false;
  /** Spoken to screen readers, politely. */
  announcement = $state("");
  /** The medicines round under way. */
  readonly round = new Round();
  readonly patient: PatientStore;
  caseload: Lazy<CaseloadView>;
  readonly platform: Platform;
  /** A load asked for by this window is under way; its end is the answer, not a status. */
  #loading = false;

  constructor(outside: Platform) {
    // The app may lock by itself (idle, sleep, policy). The first refusal that says so brings the window along.
    const platform: Platform = {
      call: async <K extends CommandName>(name: K, args: Commands[K]["args"]) => {
        try {
          return await outside.call(name, args);
        } catch (failure) {
          const { code } = asErrorView(failure);
          if (name !== "status" && name !== "unlock" && (code === "locked" || code === "signed-out")) void this.refresh();
          throw failure;
        }
      },
      listen: outside.listen.bind(outside),
      print: outside.print.bind(outside),
    };
    this.platform = platform;
    this.patient = new PatientStore(platform);
    this.caseload = $state.raw(this.#emptyCaseload());
  }

  /** Listens to the app and asks where it stands. Answers the function that stops listening. */
  async start(): Promise<() => void> {
    const stops = await Promise.all([
      this.platform.listen("status", (status) => this.#adopt(status)),
      this.platform.listen("load", (progress) => {
        if (this.status?.stage === "open") this.progress = progress;
      }),
      this.platform.listen("closed", (closed) => this.#leave(closed)),
    ]);
    await this.refresh();
    return () => stops.forEach((stop) => stop());
  }

  /** Asks where the app stands. */
  async refresh(): Promise<void> {
    try {
      this.#adopt(await this.platform.call("status", {}));
    } catch (failure) {
      this.error = asErrorView(failure);
    }
  }

  /** Whether a sign-in is under way in the browser. */
  get signingIn(): boolean {
    return this.#signingIn || this.status?.signing_in === true;
  }

  async signIn(): Promise<void> {
    if (this.signingIn) return;
    this.#signingIn = true;
    try {
      await this.#door("sign_in", {});
    } finally {
      this.#signingIn = false;
    }
  }

  async cancelSignIn(): Promise<void> {
    await this.platform.call("cancel_sign_in", {}).catch((failure: unknown) => (this.error = asErrorView(failure)));
  }

  createStore(passphrase: string): Promise<void> {
    return this.#door("create_store", { passphrase });
  }

  unlock(store: string, passphrase: string): Promise<void> {
    return this.#door("unlock", { store, passphrase });
  }

  /** Erases a store whose passphrase is forgotten. `confirm` is the word the app asks for. */
  eraseStore(store: string, confirm: string): Promise<void> {
    return this.#door("erase_store", { store, confirm });
  }

  signOut(): Promise<void> {
    return this.#door("sign_out", {});
  }

  /** Locks. The screen is cleared before the app has answered. */
  async lock(): Promise<void> {
    this.#clear();
    if (this.status) this.status = { ...this.status, stage: "locked" };
    await this.#door("lock", {});
  }

  /** Goes to a screen of the rail. The open patient stays open behind it only while they are on the screen. */
  go(screen: Exclude<Screen, "patient">): void {
    if (this.screen === "patient") this.patient.close();
    this.printing = null;
    this.screen = screen;
  }

  /** Opens a patient. */
  open(patient: string): void {
    // A record never stays under the wait for another.
    if (this.screen !== "patient") {
      this.#lingering = this.screen;
      clearTimeout(this.#lingers);
      this.#lingers = setTimeout(() => (this.#lingering = null), LINGER);
    } else if (this.patient.current?.first.value) this.#lingering = null;
    this.screen = "patient";
    this.printing = null;
    void this.patient.open(patient);
  }

  /** What is drawn: the screen on show, or for a moment still the one that the record on its way was opened from. */
  get drawn(): Screen {
    const first = this.patient.current?.first;
    const waits = this.screen === "patient" && first?.value === null && first.error === null;
    return (waits ? this.#lingering : null) ?? this.screen;
  }

  /** Opens a patient in an emergency. Rejects with why not. */
  async openInEmergency(patient: string, reason: string, text: string): Promise<void> {
    await this.patient.openInEmergency(patient, reason, text);
  }

  /** Shows the record that an entry of the access log showed. */
  showPast(shown: WhatWasShown, view: PatientView): void {
    this.screen = "patient";
    this.patient.showPast(shown, view);
  }

  /** Keeps what another program asks for waiting while something is half-written. Answers the function that lets go. */
  hold(): () => void {
    this.#held += 1;
    return () => void (this.#held -= 1);
  }

  /** Whether something half-written keeps another program's patient waiting. */
  get held(): boolean {
    return this.#held > 0;
  }

  /** Opens whom another program asked for, when that can be done now. */
  async takeLaunch(): Promise<void> {
    if (this.#taking || this.held || this.status?.launch?.ready !== true) return;
    this.#taking = true;
    const from = this.screen === "patient" ? this.patient.current : null;
    this.error = null;
    try {
      const { patient } = await this.platform.call("take_launch", {});
      // Locked while the patient was looked for.
      if (!this.#isOpen()) return;
      this.open(patient);
      const record = this.patient.current;
      if (record) record.launched = from === null ? "opened" : from.id === patient ? "again" : "switched";
      this.announcement = "Opened from another program. Check the name, date of birth and NHS number.";
    } catch (failure) {
      // Where it goes on waiting, the status says so.
      if (!this.#launchWaits()) this.error = asErrorView(failure);
    } finally {
      this.#taking = false;
    }
  }

  // As functions, for the compiler takes what it has seen before an answer for granted after it.
  #isOpen(): boolean {
    return this.status?.stage === "open";
  }

  #launchWaits(): boolean {
    return this.status?.launch != null;
  }

  /** Forgets what another program asked for. */
  async dismissLaunch(): Promise<void> {
    await this.platform.call("dismiss_launch", {}).catch(() => undefined);
  }

  /** Remembers who was opened, for a way back to them until the lock. */
  remember(person: Recent): void {
    this.recent = [person, ...this.recent.filter((one) => one.patient !== person.patient)].slice(0, RECENT);
  }

  /** Keeps a patient's copy on this device, or no longer. */
  async keepOffline(patient: string, keep: boolean): Promise<void> {
    const caseload = this.caseload;
    try {
      const view = await this.platform.call("keep_offline", { patient, keep });
      if (this.caseload === caseload) caseload.value = view;
    } catch (failure) {
      if (this.caseload === caseload) this.loadError = asErrorView(failure);
    }
  }

  /** Tells the app that somebody is there. That it could not be told shows at the next thing asked for. */
  touch(): void {
    this.platform.call("touch", {}).catch(() => undefined);
  }

  /** Tells the app what was copied, so that it does not stay in the clipboard. */
  copied(text: string): void {
    if (text.trim() !== "") this.platform.call("copied", { text }).catch(() => undefined);
  }

  /** Tells the app that the network is back. What comes of it arrives as a status. */
  networkReturned(): void {
    if (this.status?.stage === "open") this.platform.call("network_returned", {}).catch(() => undefined);
  }

  /** Shows what a print would look like, in front of the screen. */
  print(what: Printable): void {
    this.printing = new Printing(this.platform, what);
    void this.printing.preview();
  }

  /** Fetches the caseload again from the record API. */
  async refreshCaseload(): Promise<void> {
    if (this.refreshing) return;
    this.refreshing = true;
    const caseload = this.caseload;
    try {
      const view = await this.platform.call("refresh_caseload", {});
      if (this.caseload === caseload) caseload.value = view;
      this.loadError = null;
    } catch (failure) {
      if (this.caseload === caseload) this.loadError = asErrorView(failure);
    } finally {
      this.refreshing = false;
    }
  }

  /** Loads these patients, or everybody when the list is empty, and shows the proof. */
  async load(patients: string[] = []): Promise<void> {
    if (this.progress) return;
    const caseload = this.caseload;
    this.#loading = true;
    this.loadError = null;
    this.progress = { patients: 0, done: 0, failed: 0, resources: 0, bytes: 0, text: "Asking the record service what is new" };
    try {
      const proof = await this.platform.call("load_offline", { patients });
      if (this.caseload !== caseload) return;
      this.proof = proof;
      this.announcement = proof.summary;
    } catch (failure) {
      if (this.caseload === caseload) this.loadError = asErrorView(failure);
    } finally {
      this.#loading = false;
      if (this.caseload === caseload) {
        this.progress = null;
        await this.#showCaseload();
      }
    }
  }

  async cancelLoad(): Promise<void> {
    await this.platform.call("cancel_load", {}).catch((failure: unknown) => (this.loadError = asErrorView(failure)));
  }

  /** The app has closed a record: it leaves the screen, and the reason stays. */
  #leave(closed: RecordClosed): void {
    if (this.patient.current?.id !== closed.patient) return;
    this.patient.forget();
    this.printing = null;
    this.screen = "today";
    this.closed = closed;
  }

  async #door<K extends "erase_store" | "sign_in" | "create_store" | "unlock" | "lock" | "sign_out">(name: K, args: Commands[K]["args"]): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      this.#adopt(await this.platform.call(name, args));
    } catch (failure) {
      this.error = asErrorView(failure);
      // A wrong passphrase costs an attempt, and a destroyed store is no longer there to choose.
      await this.#restate();
    } finally {
      this.busy = false;
    }
  }

  async #restate(): Promise<void> {
    try {
      this.#adopt(await this.platform.call("status", {}));
    } catch {
      // The failure already on the screen is the one to act on.
    }
  }

  #adopt(status: Status): void {
    const before = this.status;
    if (status.stage !== "open") this.#clear();
    else if (this.status?.stage !== "open") {
      this.error = null;
      this.screen = "today";
    }
    this.status = status;
    if (status.stage === "open" && !this.#loading) this.progress = status.load;
    if (status.stage !== "open" || before?.stage !== "open") return;
    // What is held may have changed: the network is back, something was fetched, or a load has ended.
    const contact = status.connection === "online" && (before.connection !== "online" || before.connection_text !== status.connection_text);
    if (contact || (before.load !== null && status.load === null)) void this.#showCaseload();
  }

  /**
   * Fetches the list again where it is on the screen. Elsewhere nobody would see it, and each fetch is a look that is
   * logged; the screen asks by itself when it is next shown.
   */
  async #showCaseload(): Promise<void> {
    if (this.screen === "today") await this.caseload.reload();
  }

  #clear(): void {
    this.patient.forget();
    this.printing = null;
    this.round.end();
    this.caseload.discard();
    this.caseload = this.#emptyCaseload();
    this.progress = null;
    this.proof = null;
    this.loadError = null;
    this.closed = null;
    this.recent = [];
    this.announcement = "";
    this.screen = "today";
  }

  #emptyCaseload(): Lazy<CaseloadView> {
    return new Lazy(() => this.platform.call("caseload", {}));
  }
}
