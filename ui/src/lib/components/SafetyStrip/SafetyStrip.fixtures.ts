import type { AllergyState, SafetyStrip } from "$lib/generated/wire";
import { viewOf } from "$lib/platform/fixtures/people";

const known = viewOf("ashdown").safety;
const stated = (allergy_state: AllergyState, allergy_heading: string, allergy_note: string | null): { safety: SafetyStrip } => ({
  safety: { ...known, allergy_state, allergy_heading, allergy_note, allergies: [] },
});

export default {
  known: { safety: known },
  "none known": stated("none-known", "No known allergies", "Stated by C Fixture, GP, 03-Nov-2026"),
  "not recorded": stated("not-recorded", "Allergies not recorded", null),
  unavailable: stated("unavailable", "Allergies unavailable", "The GP record did not arrive"),
  many: {
    safety: { ...known, allergies: Array.from({ length: 9 }, (_, index) => ({ text: `substance ${index}`, note: "rash", line: `AllergyIntolerance/${index}` })) },
  },
};
