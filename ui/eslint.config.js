import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default ts.config(
  { ignores: ["dist/", "dist-web/", "src/lib/generated/"] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: { allowDefaultProject: ["*.js"] }, tsconfigRootDir: import.meta.dirname, extraFileExtensions: [".svelte"] },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      // `void x` names a dependency of an effect.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // A failed command rejects with an ErrorView: that is the wire contract, and Tauri gives no Error.
      "@typescript-eslint/only-throw-error": "off",
      "no-console": "error",
      // Tauri is named in one place, so that everything else runs in a browser and in tests.
      "no-restricted-imports": ["error", { patterns: [{ group: ["@tauri-apps/*"], message: "Only src/lib/platform/tauri.ts talks to Tauri." }] }],
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    // The rule's parser sees snippets and event handlers as `any`; svelte-check, which does not, checks their types.
    files: ["**/*.svelte"],
    rules: Object.fromEntries(["argument", "assignment", "call", "member-access", "return"].map((what) => [`@typescript-eslint/no-unsafe-${what}`, "off"])),
  },
  { files: ["src/lib/platform/tauri.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["**/*.test.ts", "tests/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off", "@typescript-eslint/no-empty-function": "off", "@typescript-eslint/no-unnecessary-condition": "off", "@typescript-eslint/unbound-method": "off" } },
  { files: ["*.js"], ...ts.configs.disableTypeChecked },
);
