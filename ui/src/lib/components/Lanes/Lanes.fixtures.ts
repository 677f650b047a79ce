const lanes = [
  { value: "gp", label: "GP practice", count: 3 },
  { value: "acute", label: "Hospital", count: 2 },
  { value: "ambulance", label: "Ambulance", count: 1 },
];

export default {
  "in a lane": { lanes, setting: "acute" },
};
