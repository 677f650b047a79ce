import { STATUS } from "$lib/platform/fixtures/status";

const nothing = (): undefined => undefined;
const props = { policy: STATUS.emergency, words: "The record opens for 60 minutes and your privacy officer is told.", error: null, busy: false, onopen: nothing, onclose: nothing };

export default {
  asking: props,
  refused: { ...props, error: { code: "audit-failed" as const, message: "It could not be written down.", next_step: "Try again.", reference: "7F3A", emergency: null } },
};
