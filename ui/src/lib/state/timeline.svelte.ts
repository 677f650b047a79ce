import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { asErrorView, type Platform } from "$lib/platform/types";
import type { CareSetting, ErrorView, Line, LineKind, TimelineFilter, TimelineGroup, TimelineIndex } from "$lib/generated/wire";
import { needed, rowsOf, type Row } from "./grouping";

const EVERYTHING: TimelineFilter = { settings: [], kinds: [], text: "" };

/** Lines fetched in one window. */
export const WINDOW = 100;

/**
 * A patient's timeline under one filter: how many lines there are, and the windows fetched so far.
 * Changing the filter starts afresh; answers to the old filter are dropped.
 */
export class Timeline {
  /** What the timeline is narrowed to. */
  filter = $state.raw<TimelineFilter>(EVERYTHING);
  /** The words that what is shown was found by. They lag behind the filter until its answer is there. */
  found = $state.raw("");
  /** Totals, years and facets under the filter. */
  index = $state.raw<TimelineIndex | null>(null);
  /** The whole timeline's totals, years and facets: what can be filtered on. */
  whole = $state.raw<TimelineIndex | null>(null);
  /** Why the last fetch failed. */
  error = $state.raw<ErrorView | null>(null);
  /** The filter has changed and its totals are not there yet. */
  waiting = $state(false);
  /** Entries of one contact, stay or episode stand together. */
  grouping = $state(true);
  /** Settings stand side by side, each in its lane. */
  lanes = $state(false);
  /** The groups under the filter; none while words are searched for, which stand one by one. */
  groups = $state.raw<readonly TimelineGroup[]>([]);
  /** Groups that are open. They stay so while the patient is. */
  readonly #open = new SvelteSet<string>();
  /** Groups that have opened by themselves, because something in them was new: once, and not against a wish. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #met = new Set<string>();
  /** What stands on the screen, row by row. */
  readonly rows: readonly Row[] = $derived(rowsOf(this.index?.total ?? 0, this.groups, (id) => this.#open.has(id)));
  #windows = new SvelteMap<number, readonly Line[]>();
  /** Windows asked for. Nothing on the screen depends on it. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #asked = new Set<number>();
  #turn = 0;
  #typed = "";
  #typing = false;
  #discarded = false;
  #platform: Platform;
  #patient: string;

  constructor(platform: Platform, patient: string) {
    this.#platform = platform;
    this.#patient = patient;
  }

  /** Fetches the totals and the first window, once. */
  async start(): Promise<void> {
    if (this.index === null && !this.waiting) await this.narrow(this.filter);
  }

  /** Applies a filter. */
  async narrow(filter: TimelineFilter): Promise<void> {
    const turn = ++this.#turn;
    this.filter = filter;
    this.waiting = true;
    try {
      const [index, first, groups] = await Promise.all([
        this.#platform.call("timeline_index", { patient: this.#patient, filter }),
        this.#platform.call("timeline", { patient: this.#patient, filter, offset: 0, limit: WINDOW }),
        this.grouping && filter.text === "" ? this.#platform.call("timeline_groups", { patient: this.#patient, filter }) : { groups: [] },
      ]);
      if (turn !== this.#turn) return;
      this.#meet(groups.groups);
      this.#windows.clear();
      this.#asked.clear();
      this.#asked.add(0);
      this.#windows.set(0, first.lines);
      this.index = index;
      this.found = filter.text;
      if (this.whole === null && isEverything(filter)) this.whole = index;
      this.error = null;
    } catch (failure) {
      if (turn === this.#turn) this.error = asErrorView(failure);
    } finally {
      if (turn === this.#turn) this.waiting = false;
    }
  }

  /** Keeps or drops one care setting. */
  toggleSetting(setting: CareSetting): Promise<void> {
    return this.narrow({ ...this.filter, settings: toggled(this.filter.settings, setting) });
  }

  /** Keeps or drops one kind of line. */
  toggleKind(kind: LineKind): Promise<void> {
    return this.narrow({ ...this.filter, kinds: toggled(this.filter.kinds, kind) });
  }

  /** Keeps or drops one organisation. */
  toggleOrganisation(organisation: string): Promise<void> {
    return this.narrow({ ...this.filter, organisations: toggled(this.filter.organisations ?? [], organisation) });
  }

  /** Keeps or drops one problem, with what is linked to it. */
  toggleProblem(problem: string): Promise<void> {
    return this.narrow({ ...this.filter, problems: toggled(this.filter.problems ?? [], problem) });
  }

  /** Narrows to days from and to, as `YYYY-MM-DD`; an empty one is open. */
  between(from: string, to: string): Promise<void> {
    const filter: TimelineFilter = { ...this.filter };
    delete filter.from;
    delete filter.to;
    return this.narrow({ ...filter, ...(from === "" ? {} : { from }), ...(to === "" ? {} : { to }) });
  }

  /** Keeps only what is new or changed since the last look, or no longer. */
  toggleChanged(): Promise<void> {
    return this.narrow({ ...this.filter, only_changed: this.filter.only_changed !== true });
  }

  /** Narrows to lines with these words. */
  search(text: string): Promise<void> {
    return this.narrow({ ...this.filter, text });
  }

  /**
   * Searches for what is being typed. The app answers within a few milliseconds, so no key is waited for; a burst of keys
   * becomes one question, asked as soon as the one before is answered.
   */
  async type(text: string): Promise<void> {
    this.#typed = text.trim();
    if (this.#typing) return;
    this.#typing = true;
    for (let asked: string | null = null; asked !== this.#typed && !this.#discarded; ) {
      asked = this.#typed;
      await this.search(asked);
    }
    this.#typing = false;
  }

  /** Removes every filter. */
  everything(): Promise<void> {
    this.#typed = "";
    return this.narrow(EVERYTHING);
  }

  /** Whether anything is filtered away. */
  get narrowed(): boolean {
    return !isEverything(this.filter);
  }

  /** Groups by contact, or no longer. The order does not change, only what stands together. */
  group(on: boolean): Promise<void> {
    this.grouping = on;
    return this.narrow(this.filter);
  }

  /** Opens or closes a group. */
  toggleGroup(id: string): void {
    if (!this.#open.delete(id)) this.#open.add(id);
  }

  /** Opens every group, or closes every group. */
  openAll(open: boolean): void {
    for (const { id } of this.groups) {
      if (open) this.#open.add(id);
      else this.#open.delete(id);
    }
  }

  /** Whether every group is open. */
  get allOpen(): boolean {
    return this.groups.every(({ id }) => this.#open.has(id));
  }

  /** The line at an offset, when its window has been fetched. */
  at(offset: number): Line | undefined {
    return this.#windows.get(Math.floor(offset / WINDOW))?.[offset % WINDOW];
  }

  /** Fetches the windows that these rows are drawn from. */
  async show(from: number, to: number): Promise<void> {
    // Nothing on the screen depends on it.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const windows = new Set(needed(this.rows, from, to).map((offset) => Math.floor(offset / WINDOW)));
    await Promise.all([...windows].filter((window) => !this.#asked.has(window)).map((window) => this.#fetch(window)));
  }

  /** Forgets everything, and every answer still on its way. */
  discard(): void {
    this.#discarded = true;
    this.#turn++;
    this.#windows.clear();
    this.#asked.clear();
    this.#open.clear();
    this.#met.clear();
    this.groups = [];
    this.index = null;
    this.whole = null;
    this.error = null;
  }

  #meet(groups: readonly TimelineGroup[]): void {
    for (const { id, new_words } of groups) {
      if (new_words !== null && !this.#met.has(id)) this.#open.add(id);
      this.#met.add(id);
    }
    this.groups = groups;
  }

  async #fetch(window: number): Promise<void> {
    const turn = this.#turn;
    this.#asked.add(window);
    try {
      const page = await this.#platform.call("timeline", {
        patient: this.#patient,
        filter: this.filter,
        offset: window * WINDOW,
        limit: WINDOW,
      });
      if (turn === this.#turn) this.#windows.set(window, page.lines);
    } catch (failure) {
      if (turn !== this.#turn) return;
      this.#asked.delete(window);
      this.error = asErrorView(failure);
    }
  }
}

function isEverything(filter: TimelineFilter): boolean {
  const chosen = [filter.settings, filter.kinds, filter.organisations ?? [], filter.problems ?? []].some((values) => values.length > 0);
  const bounded = [filter.encounter, filter.from, filter.to].some((bound) => bound !== undefined);
  return !chosen && !bounded && filter.text === "" && filter.only_changed !== true;
}

function toggled<T>(values: readonly T[], value: T): T[] {
  return values.includes(value) ? values.filter((kept) => kept !== value) : [...values, value];
}
