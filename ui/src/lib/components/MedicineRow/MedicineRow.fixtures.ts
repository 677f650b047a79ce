import { MEDICINES } from "$lib/platform/fixtures/ashdown";

const onopen = () => undefined;
const [first] = MEDICINES.current;
if (!first) throw new Error("the fixture has medicines");

export default {
  "sources disagree": { medicine: first, onopen },
  wide: { medicine: first, wide: true, onopen },
};
