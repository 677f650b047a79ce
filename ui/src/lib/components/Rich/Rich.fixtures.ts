import { muted, plain, strong } from "$lib/platform/fixtures/lines";

export default {
  "every style": { text: [strong("apixaban"), plain(" — tablet — DOSE "), strong("5 mg"), muted(" (03-Nov-2026)")] },
};
