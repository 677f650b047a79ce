/**
 * Imported before anything else. Under the locale C.UTF-8, the default of many Linux machines, WebKitGTK says the
 * person's language is "C", which is no language tag: Intl throws on it, and a library that asks Intl while it loads
 * would leave the window blank. Curlew's texts are British English whatever the machine's language is.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-GB" });
}
