/** What the record marks as not for the patient or their family to see, with the reason. */
interface Marked {
  hide_at_bedside?: string;
}

/**
 * Whether somebody who must not see everything can see this screen. Kept through lock and from patient to patient, until
 * it is turned off: forgetting it on is a nuisance, forgetting it off is a harm. Not kept when the window closes.
 */
class Bedside {
  /** Bedside mode is on. */
  on = $state(false);

  /** What of these may be on the screen now. Which ones may not is decided in the record, not here. */
  kept<T extends Marked>(items: readonly T[]): T[] {
    return this.on ? items.filter((item) => !this.hides(item)) : [...items];
  }

  /** How many of these are not on the screen now. */
  hidden(items: readonly Marked[]): number {
    return this.on ? items.filter((item) => this.hides(item)).length : 0;
  }

  /** Whether this one is off the screen now. */
  hides(item: Marked): boolean {
    return this.on && item.hide_at_bedside !== undefined;
  }
}

/** The bedside mode of this window. */
export const bedside = new Bedside();
