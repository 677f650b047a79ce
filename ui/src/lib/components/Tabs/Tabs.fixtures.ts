export default {
  usual: {
    tabs: [
      { id: "overview", label: "Overview" },
      { id: "timeline", label: "Timeline", badge: "3 new" },
      { id: "medicines", label: "Medicines", badge: "1 to check", check: true },
    ],
    selected: "overview",
    label: "Parts of the record",
    onselect: (id: string) => void id,
  },
};
