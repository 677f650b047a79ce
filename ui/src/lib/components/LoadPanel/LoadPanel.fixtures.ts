export default {
  "under way": { progress: { patients: 60, done: 23, failed: 1, resources: 14_210, bytes: 38e6, text: "23 of 60 patients, 14,210 resources" }, oncancel: () => undefined },
};
