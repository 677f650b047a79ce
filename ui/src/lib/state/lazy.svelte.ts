import { untrack } from "svelte";
import { asErrorView } from "$lib/platform/types";
import type { ErrorView } from "$lib/generated/wire";

/**
 * One answer that is fetched when first asked for, with the words for when it is not there yet or could not be had.
 * A second `load` while the first is under way is the first one.
 */
export class Lazy<T> {
  /** The answer. */
  value = $state.raw<T | null>(null);
  /** Why there is none. */
  error = $state.raw<ErrorView | null>(null);
  #fetch: () => Promise<T>;
  #pending: Promise<void> | null = null;
  #stale = false;
  #discarded = false;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Fetches unless it is there already. An effect that asks does not run again because the answer came. */
  load(): Promise<void> {
    if (untrack(() => this.value) !== null || this.#discarded) return Promise.resolve();
    return this.#start();
  }

  /**
   * Fetches again; what is shown stays until the new answer is there. Asked for while an answer is on its way, which may
   * be older than the reason to ask, it fetches once more after that.
   */
  reload(): Promise<void> {
    this.#stale = this.#pending !== null;
    return this.#start();
  }

  /** Forgets the answer, and every answer still on its way. */
  discard(): void {
    this.#discarded = true;
    this.value = null;
    this.error = null;
  }

  #start(): Promise<void> {
    this.#pending ??= this.#run().finally(() => (this.#pending = null));
    return this.#pending;
  }

  async #run(): Promise<void> {
    this.#stale = false;
    await this.#once();
    if (this.#again()) await this.#run();
  }

  #again(): boolean {
    return this.#stale && !this.#discarded;
  }

  async #once(): Promise<void> {
    try {
      const answer = await this.#fetch();
      if (this.#discarded) return;
      this.value = answer;
      this.error = null;
    } catch (failure) {
      if (!this.#discarded) this.error = asErrorView(failure);
    }
  }
}
