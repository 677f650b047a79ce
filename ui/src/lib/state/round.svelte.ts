import { SvelteMap } from "svelte/reactivity";

/** What somebody found when holding a medicine's line against what is in the trolley. */
export type Finding = "matches" | "differs";

/**
 * A medicines round: the trolley is held against the record, one resident at a time. What is found stays in this window
 * until it is locked; nothing is written back, and nothing is kept.
 */
export class Round {
  /** The round is on: every record opens at its check. */
  on = $state(false);
  #findings = new SvelteMap<string, SvelteMap<string, Finding>>();
  #notes = new SvelteMap<string, string>();

  /** What was found for one medicine of a patient. */
  finding(patient: string, medicine: string): Finding | undefined {
    return this.#findings.get(patient)?.get(medicine);
  }

  /** Notes a finding; the same once more takes it back. */
  note(patient: string, medicine: string, finding: Finding): void {
    const of = this.#findings.get(patient) ?? new SvelteMap<string, Finding>();
    this.#findings.set(patient, of);
    if (of.get(medicine) === finding) of.delete(medicine);
    else of.set(medicine, finding);
  }

  /** Of these medicines, how many were compared and how many differ. */
  count(patient: string, medicines: readonly { id: string }[]): { compared: number; differing: number } {
    const found = medicines.map((medicine) => this.finding(patient, medicine.id));
    return { compared: found.filter((one) => one !== undefined).length, differing: found.filter((one) => one === "differs").length };
  }

  /** What was written down about a patient's check. */
  words(patient: string): string {
    return this.#notes.get(patient) ?? "";
  }

  /** Writes it down, in this window only. */
  write(patient: string, words: string): void {
    this.#notes.set(patient, words);
  }

  /** Ends the round and forgets it. */
  end(): void {
    this.on = false;
    this.#findings.clear();
    this.#notes.clear();
  }
}
