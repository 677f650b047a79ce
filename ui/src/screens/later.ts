// Parts of the window that the door, or the first screen behind it, does not need. Each is a file of its own beside the program, fetched ahead as
// soon as the first screen stands, so that nobody waits for one, and a start carries none of them.

/** How each part is fetched. */
export const later = {
  access: () => import("./MyAccess.svelte"),
  asAt: () => import("./patient/AsAtBar.svelte"),
  emergency: () => import("$lib/components/EmergencyDialog/EmergencyDialog.svelte"),
  /** Everything behind the door. Whoever types a passphrase is long not done when it is there. */
  frame: () => import("./Frame.svelte"),
  find: () => import("./Find.svelte"),
  gaps: () => import("./patient/Gaps.svelte"),
  print: () => import("./print/PrintPreview.svelte"),
  results: () => import("./patient/Results.svelte"),
  settings: () => import("./Settings.svelte"),
  source: () => import("$lib/components/SourceDrawer/SourceDrawer.svelte"),
  sync: () => import("./Sync.svelte"),
  trolley: () => import("./patient/TrolleyCheck.svelte"),
};

/** Fetches every part that is not there yet. A part that cannot be had now is asked for again when it is opened. */
export async function fetchAhead(): Promise<void> {
  await Promise.allSettled(Object.values(later).map((part) => part()));
}
