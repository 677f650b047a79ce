import { EARLY_WARNINGS } from "$lib/platform/fixtures/vitals";

const onopen = (): undefined => undefined;

export default {
  "recorded and calculated differ": { scores: EARLY_WARNINGS, note: "Readings within 5 minutes of each other stand together.", onopen },
  "not calculated": { scores: EARLY_WARNINGS.slice(1), onopen },
};
