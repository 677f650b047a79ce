import type { TimelineGroup } from "$lib/generated/wire";

const group: TimelineGroup = {
  id: "Encounter/stay",
  label: "Emergency admission via ambulance",
  when: "11-Nov-2026",
  setting: { setting: "acute", label: "Hospital", rule: "the setting of the contact itself" },
  words: "14 entries, 05-Nov-2026 to 11-Nov-2026 · results 6, medicines 4, documents 2",
  new_words: "3 new",
  own: 6,
  runs: [[0, 14]],
};
const ontoggle = () => undefined;

export default {
  closed: { group, open: false, ontoggle },
  "in lanes": { group, open: false, lanes: [{ value: "gp", label: "GP practice", count: 3 }, { value: "acute", label: "Hospital", count: 2 }], ontoggle },
  open: { group, open: true, marks: [{ tone: "check", text: "cancelled" }], ontoggle },
};
