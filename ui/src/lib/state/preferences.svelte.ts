/** How the window looks and listens, for this person at this desk. Never anything about a patient. */
export type Theme = "system" | "light" | "dark";
export type TextSize = "normal" | "large" | "largest";

const KEY = "curlew.preferences";

/** Appearance preferences, kept by the web view. */
export class Preferences {
  theme = $state<Theme>("system");
  text = $state<TextSize>("normal");
  contrast = $state(false);
  /** Single-key shortcuts (`L`, `/`). Off for people who dictate or press keys by accident (WCAG 2.1.4). */
  singleKeys = $state(true);

  constructor() {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      if (typeof kept !== "object" || kept === null) return;
      if ("theme" in kept && (kept.theme === "light" || kept.theme === "dark")) this.theme = kept.theme;
      if ("text" in kept && (kept.text === "large" || kept.text === "largest")) this.text = kept.text;
      if ("contrast" in kept) this.contrast = kept.contrast === true;
      if ("singleKeys" in kept) this.singleKeys = kept.singleKeys !== false;
    } catch {
      // Storage is off or the entry is not ours: the defaults hold.
    }
  }

  /** Puts the preferences on the page and keeps them. */
  apply(): void {
    const root = document.documentElement;
    if (this.theme === "system") delete root.dataset.theme;
    else root.dataset.theme = this.theme;
    if (this.text === "normal") delete root.dataset.text;
    else root.dataset.text = this.text;
    if (this.contrast) root.dataset.contrast = "more";
    else delete root.dataset.contrast;
    try {
      const { theme, text, contrast, singleKeys } = this;
      localStorage.setItem(KEY, JSON.stringify({ theme, text, contrast, singleKeys }));
    } catch {
      // Not kept; it still holds for this window.
    }
  }
}

/** The preferences of this window. */
export const preferences = new Preferences();
