export default {
  one: { count: 1 },
  many: { count: 4, one: "medicine is", many: "medicines are" },
  none: { count: 0 },
};
