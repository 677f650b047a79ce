// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What PDF.js brings: it is loaded when the first PDF is opened, and held to rules of its own below. */
const PDF = /^(assets\/pdf|pdf\/)/;

const text = (file: Rolldown.OutputChunk | Rolldown.OutputAsset) => (file.type === "chunk" ? file.code : typeof file.source === "string" ? file.source : new TextDecoder().decode(file.source));

async function bundle(mode: string): Promise<Rolldown.RolldownOutput["output"]> {
  // Vitest sets this to "test", which would choose the development build of Svelte.
  process.env.NODE_ENV = "production";
  const built = (await build({ root, mode, logLevel: "silent", build: { write: false } })) as Rolldown.RolldownOutput;
  process.env.NODE_ENV = "test";
  return built.output;
}

const textOf = (files: Rolldown.RolldownOutput["output"], pdf: boolean) =>
  files.filter((file) => !/\.woff2$/.test(file.fileName) && PDF.test(file.fileName) === pdf).map(text).join("\n");

/** The files a page must have before it can show anything: the entry and what it imports, not what it may import later. */
function start(files: Rolldown.RolldownOutput["output"]): Rolldown.OutputChunk[] {
  const chunks = new Map(files.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])));
  const needed = new Set(files.flatMap((file) => (file.type === "chunk" && file.isEntry ? [file] : [])));
  for (const chunk of needed) for (const name of chunk.imports) needed.add(chunks.get(name)!);
  return [...needed];
}

const compressed = (code: string) => gzipSync(code, { level: 9 }).length;

/** Bytes of JavaScript, gzip. Raised only for something a person sees. */
const BUDGET = {
  start: 40_000,
  /** Any one part fetched later. The charts are the largest. */
  part: 32_000,
  pdf: 150_000,
};

const MARKS = ["ASHDOWN", "FixtureApp", "Fixture Road Surgery", "passed over"];

describe("the shipped bundle", () => {
  let files: Rolldown.RolldownOutput["output"];
  let shipped = "";
  let pdf = "";
  let played = "";
  beforeAll(async () => {
    files = await bundle("production");
    shipped = textOf(files, false);
    pdf = textOf(files, true);
    played = textOf(await bundle("web"), false);
  }, 120_000);

  it("starts small, and no part of it is large", () => {
    const first = start(files);
    expect(first.length).toBeGreaterThan(0);
    expect(first.some((chunk) => PDF.test(chunk.fileName))).toBe(false);
    expect(first.reduce((sum, chunk) => sum + compressed(chunk.code), 0)).toBeLessThan(BUDGET.start);
    const late = files.flatMap((file) => (file.type === "chunk" && !first.includes(file) ? [file] : []));
    expect(late.length).toBeGreaterThan(5);
    for (const chunk of late) expect([chunk.fileName, compressed(chunk.code) < (PDF.test(chunk.fileName) ? BUDGET.pdf : BUDGET.part)]).toEqual([chunk.fileName, true]);
  });

  it("draws PDFs without eval, and brings the decoders of scans as plain JavaScript", () => {
    expect(pdf.length).toBeGreaterThan(1_000_000);
    expect(pdf).not.toMatch(/\beval\(|new Function\(/);
    expect(files.map((file) => file.fileName)).toEqual(expect.arrayContaining(["pdf/jbig2_nowasm_fallback.js", "pdf/openjpeg_nowasm_fallback.js"]));
    expect(files.filter((file) => file.fileName.endsWith(".wasm"))).toEqual([]);
  });

  it("holds no fixture", () => {
    expect(MARKS.filter((mark) => shipped.includes(mark))).toEqual([]);
    // The same marks are found where fixtures belong, so the check can fail.
    expect(played).toContain("ASHDOWN");
  });

  it("asks nothing of the policy that it does not give: no eval, no inline script, no style element", () => {
    expect(shipped).not.toMatch(/\beval\(|new Function\(/);
    const html = /<!doctype html>[\s\S]*<\/html>/i.exec(shipped)?.[0] ?? "";
    expect(html).toContain("<script");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    expect(shipped).not.toMatch(/createElement\(["'`]style["'`]\)/);
  });

  it("names no host of its own", () => {
    const hosts = [...shipped.matchAll(/https?:\/\/([\w.-]+)/g)].map((match) => match[1]);
    // Namespaces of SVG and MathML, and the pages that Svelte's and Lucide's licences and errors point to; none is fetched.
    expect(hosts.filter((host) => !["www.w3.org", "svelte.dev", "lucide.dev"].includes(host ?? ""))).toEqual([]);
  });
});

it("imports Tauri in one place", () => {
  const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) => /\.(ts|svelte)$/.test(file));
  const importing = files.filter((file) => readFileSync(join(root, "src", file), "utf8").includes("@tauri-apps/"));
  expect(importing.map((file) => file.replaceAll("\\", "/"))).toEqual(["lib/platform/tauri.ts"]);
});
