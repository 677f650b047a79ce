/** Rows that stand for a person each. */
const ROWS = "[data-patient]";

/** How long somebody needs to see that a row is no longer where it was and to hold their finger back, in milliseconds. */
export const REACTION = 400;

/** Less than this is a line's breath, not another place, in pixels. */
const STIR = 4;

/**
 * Knows of each person's row when it last came to another place by itself: because something above it arrived or went, or
 * the list was read again. What the person scrolls is their own doing and no movement.
 */
export class Steadiness {
  readonly #list: HTMLElement;
  #places = new Map<string, number>();
  readonly #moved = new Map<string, number>();

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** Looks where the rows are. `now` in milliseconds. Tells whether one has moved. */
  look(now: number): boolean {
    const places = this.#measured();
    // Where there was no row before, nobody was about to press one.
    const first = this.#places.size === 0;
    let any = false;
    for (const [patient, top] of places) {
      const before = this.#places.get(patient);
      if (first || (before !== undefined && Math.abs(before - top) <= STIR)) continue;
      this.#moved.set(patient, now);
      any = true;
    }
    this.#places = places;
    return any;
  }

  /** Takes the rows' places as they are: the person has scrolled. */
  accept(): void {
    this.#places = this.#measured();
  }

  /** Whether what is at this row has been there for less than anybody needs to see it. `now` in milliseconds. */
  unsteady(target: Element, now: number): boolean {
    const patient = target.closest<HTMLElement>(ROWS)?.dataset["patient"];
    const moved = patient === undefined ? undefined : this.#moved.get(patient);
    return moved !== undefined && now - moved < REACTION;
  }

  #measured(): Map<string, number> {
    const rows = [...this.#list.querySelectorAll<HTMLElement>(ROWS)];
    return new Map(rows.map((row) => [row.dataset["patient"] ?? "", row.getBoundingClientRect().top]));
  }
}
