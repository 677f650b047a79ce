import { expect, it } from "vitest";
import { settled } from "../../../tests/fakePlatform";
import { Lazy } from "./lazy.svelte";

it("is fetched once, however often it is asked for", async () => {
  let fetched = 0;
  const lazy = new Lazy(() => Promise.resolve(++fetched));
  void lazy.load();
  void lazy.load();
  await settled();
  void lazy.load();
  expect(fetched).toBe(1);
  expect(lazy.value).toBe(1);
});

it("keeps what is shown when a refresh fails, and says why it failed", async () => {
  const answers = [() => Promise.resolve("first"), () => Promise.reject(new Error("gone"))];
  const lazy = new Lazy(() => (answers.shift() ?? (() => Promise.reject(new Error("empty"))))());
  await lazy.load();
  await lazy.reload();
  expect(lazy.value).toBe("first");
  expect(lazy.error?.code).toBe("unexpected");
});

it("keeps nothing once discarded", async () => {
  let answer: (value: string) => void = () => undefined;
  const lazy = new Lazy(() => new Promise<string>((resolve) => (answer = resolve)));
  void lazy.load();
  lazy.discard();
  answer("late");
  await settled();
  expect(lazy.value).toBeNull();
});

it("asks once more when a refresh is wanted while an older answer is on its way", async () => {
  const asked: ((value: string) => void)[] = [];
  const lazy = new Lazy(() => new Promise<string>((resolve) => asked.push(resolve)));
  void lazy.load();
  void lazy.reload();
  void lazy.reload();
  expect(asked).toHaveLength(1);
  asked[0]?.("older");
  await settled();
  expect(asked).toHaveLength(2);
  asked[1]?.("newer");
  await settled();
  expect(asked).toHaveLength(2);
  expect(lazy.value).toBe("newer");
});
