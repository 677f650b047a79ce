import Ambulance from "@lucide/svelte/icons/ambulance";
import Brain from "@lucide/svelte/icons/brain";
import CircleHelp from "@lucide/svelte/icons/circle-question-mark";
import HandHeart from "@lucide/svelte/icons/hand-heart";
import HeartHandshake from "@lucide/svelte/icons/heart-handshake";
import Hospital from "@lucide/svelte/icons/hospital";
import House from "@lucide/svelte/icons/house";
import Pill from "@lucide/svelte/icons/pill";
import Stethoscope from "@lucide/svelte/icons/stethoscope";
import type { LucideIcon } from "@lucide/svelte";
import type { CareSetting } from "$lib/generated/wire";

/** A care setting's shape, so that it is told apart without colour. Its word comes with the data. */
export const SETTING_ICONS: Record<CareSetting, LucideIcon> = {
  gp: Stethoscope,
  acute: Hospital,
  community: House,
  "mental-health": Brain,
  "social-care": HandHeart,
  ambulance: Ambulance,
  voluntary: HeartHandshake,
  pharmacy: Pill,
  "not-stated": CircleHelp,
};
