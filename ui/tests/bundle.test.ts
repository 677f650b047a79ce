// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

async function bundle(mode: string): Promise<string> {
  // Vitest sets this to "test", which would choose the development build of Svelte.
  process.env.NODE_ENV = "production";
  const built = (await build({ root, mode, logLevel: "silent", build: { write: false } })) as Rolldown.RolldownOutput;
  process.env.NODE_ENV = "test";
  return built.output.map((file) => (file.type === "chunk" ? file.code : typeof file.source === "string" ? file.source : "")).join("\n");
}

const MARKS = ["ASHDOWN", "FixtureApp", "Fixture Road Surgery", "passed over"];

describe("the shipped bundle", () => {
  let shipped = "";
  let played = "";
  beforeAll(async () => {
    shipped = await bundle("production");
    played = await bundle("web");
  }, 120_000);

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
