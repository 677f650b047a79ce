import { viewOf } from "$lib/platform/fixtures/people";

export default {
  "every state": { sources: viewOf("ashdown").freshness, gapCount: 4, onopen: () => undefined },
  "nothing received": { sources: [], gapCount: 0, onopen: () => undefined },
};
