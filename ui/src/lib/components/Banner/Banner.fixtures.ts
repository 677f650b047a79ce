import { viewOf } from "$lib/platform/fixtures/people";

export default {
  usual: { banner: viewOf("ashdown").banner },
  deceased: { banner: viewOf("person-14").banner },
  "restricted, unverified, conflicting": { banner: viewOf("person-9").banner },
};
