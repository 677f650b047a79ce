import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// PDF.js asks for its decoders of scans (JBIG2, fax and JPEG 2000) by name, when a page needs them. As JavaScript: the content
// security policy allows no WebAssembly. Their licences lie beside them.
const DECODERS = ["jbig2_nowasm_fallback.js", "openjpeg_nowasm_fallback.js", "LICENSE_JBIG2", "LICENSE_OPENJPEG", "LICENSE_PDFJS_JBIG2", "LICENSE_PDFJS_OPENJPEG"];
const decoders = {
  name: "pdf-decoders",
  apply: "build" as const,
  generateBundle(this: { emitFile: (file: { type: "asset"; fileName: string; source: Uint8Array }) => string }) {
    for (const file of DECODERS) this.emitFile({ type: "asset", fileName: `pdf/${file}`, source: readFileSync(source(`./node_modules/pdfjs-dist/wasm/${file}`)) });
  },
};

export default defineConfig(({ command, mode }) => {
  // The fixture platform serves `npm run dev` in a browser, and visual checks. A production build, or a development
  // server started by the Tauri program (which sets this variable for its hooks), talks to the real app.
  const fixtures = mode === "web" || (command === "serve" && mode !== "test" && !process.env.TAURI_ENV_PLATFORM);
  return {
    plugins: [svelte(), svelteTesting(), decoders],
    resolve: {
      alias: {
        "$platform": source(fixtures || mode === "test" ? "./src/lib/platform/web.ts" : "./src/lib/platform/tauri.ts"),
        "$lib": source("./src/lib"),
      },
    },
    clearScreen: false,
    // The mark is the app's own icon, one folder up.
    server: { port: 5173, strictPort: true, fs: { allow: [source("."), source("../icons")] } },
    build: {
      // The web views we ship on: WebKitGTK 2.40+, WKWebView of macOS 13, WebView2.
      target: ["es2022", "safari16"],
      // The content security policy allows no data: fonts, and every asset is local anyway.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      emptyOutDir: true,
    },
    test: {
      environment: "jsdom",
      setupFiles: ["./tests/setup.ts"],
      include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
      css: false,
      // A shared machine may be many times slower than the tests are; nothing in them measures time.
      testTimeout: 60_000,
    },
  };
});
