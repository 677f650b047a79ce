import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";
import App from "../src/App.svelte";
import { fetchAhead } from "../src/screens/later";
import type { ErrorCode, Status } from "$lib/generated/wire";
import { FakePlatform, settled } from "./fakePlatform";
import { status } from "./status";

// The rarer screens are files of their own; a slow machine must not be mistaken for a missing screen.
beforeAll(fetchAhead);

const error = (code: ErrorCode) => ({ code, message: "What happened.", next_step: "What to do.", reference: "r" });

async function at(stage: Status["stage"]): Promise<FakePlatform> {
  const platform = new FakePlatform();
  render(App, { platform });
  await settled();
  await platform.last("status").answer(status(stage));
  return platform;
}

describe("sign in", () => {
  it("waits for the browser, and can be cancelled", async () => {
    const platform = await at("signed-out");
    await userEvent.click(screen.getByTestId("sign-in"));
    expect(screen.getByText("Finish signing in in your browser.")).toBeTruthy();
    await userEvent.click(screen.getByTestId("cancel-sign-in"));
    expect(platform.named("cancel_sign_in")).toHaveLength(1);
  });

  it.each(["server-unreachable", "no-browser", "sign-in-abandoned", "sign-in-refused", "port-unavailable", "server-unusable"] as const)(
    "says what to do when it fails: %s",
    async (code) => {
      const platform = await at("signed-out");
      await userEvent.click(screen.getByTestId("sign-in"));
      await platform.last("sign_in").fail(error(code));
      await platform.last("status").answer(status("signed-out"));
      const alert = screen.getByTestId("error");
      expect(alert.dataset.code).toBe(code);
      expect(alert.textContent).toContain("What to do.");
      await userEvent.click(screen.getByTestId("error-action"));
      expect(platform.named("sign_in")).toHaveLength(2);
    },
  );
});

it("says why a sign-in failed while a store is open, and keeps the record on the screen", async () => {
  const platform = await at("open");
  platform.emit("status", status("open", { connection: "sign-in-needed" }));
  await settled();
  await userEvent.click(screen.getByTestId("status-sign-in"));
  expect(screen.getByText(/Finish signing in/)).toBeTruthy();
  await platform.last("sign_in").fail(error("sign-in-abandoned"));
  await platform.last("status").answer(status("open", { connection: "sign-in-needed" }));
  expect(screen.getByTestId("error").dataset.code).toBe("sign-in-abandoned");
  expect(screen.getByRole("heading", { name: "Today" })).toBeTruthy();
});

describe("first run", () => {
  it("sends nothing until both passphrases are the same, and forgets them afterwards", async () => {
    const platform = await at("first-run");
    await userEvent.type(screen.getByTestId("passphrase"), "correct horse");
    await userEvent.type(screen.getByTestId("passphrase-again"), "correct house");
    await userEvent.click(screen.getByTestId("create-store"));
    expect(platform.named("create_store")).toHaveLength(0);
    expect(screen.getByText("The two passphrases are not the same")).toBeTruthy();
    await userEvent.clear(screen.getByTestId("passphrase-again"));
    await userEvent.type(screen.getByTestId("passphrase-again"), "correct horse");
    await userEvent.click(screen.getByTestId("create-store"));
    expect(platform.last("create_store").args).toEqual({ passphrase: "correct horse" });
    await platform.last("create_store").fail(error("weak-passphrase"));
    await platform.last("status").answer(status("first-run"));
    expect(screen.getByTestId("error").dataset.code).toBe("weak-passphrase");
    expect(screen.getByTestId<HTMLInputElement>("passphrase").value).toBe("");
  });
});

describe("unlock", () => {
  it("opens the chosen store, and counts what is left after a wrong passphrase", async () => {
    const platform = await at("locked");
    await userEvent.click(screen.getByLabelText("B Doctor"));
    expect(screen.getByText("1 attempt left before this copy is destroyed")).toBeTruthy();
    await userEvent.click(screen.getByLabelText("A Nurse"));
    await userEvent.type(screen.getByTestId("unlock-passphrase"), "wrong{Enter}");
    expect(platform.last("unlock").args).toEqual({ store: "a", passphrase: "wrong" });
    expect(screen.getByTestId<HTMLInputElement>("unlock-passphrase").value).toBe("");
    await platform.last("unlock").fail(error("wrong-passphrase"));
    await platform.last("status").answer(status("locked", { stores: [{ id: "a", label: "A Nurse", attempts_left: 4 }] }));
    expect(screen.getByTestId("error").dataset.code).toBe("wrong-passphrase");
    expect(screen.getByText("4 attempts left before this copy is destroyed")).toBeTruthy();
  });

  it("opens onto Today, and Ctrl L locks again", async () => {
    const platform = await at("locked");
    await userEvent.type(screen.getByTestId("unlock-passphrase"), "right{Enter}");
    await platform.last("unlock").answer(status("open"));
    expect(screen.getByRole("heading", { name: "Today" })).toBeTruthy();
    await userEvent.keyboard("{Control>}l{/Control}");
    expect(screen.getByRole("heading", { name: "Unlock" })).toBeTruthy();
    expect(platform.named("lock")).toHaveLength(1);
  });

  it("does not lock when the letter is typed into a box", async () => {
    const platform = await at("open");
    await platform.last("caseload").answer({ rows: [], complete: 0, note: "Nobody", removed: [] });
    await userEvent.click(screen.getByTestId("nav-find"));
    await userEvent.type(screen.getByTestId("find-text"), "ll");
    expect(platform.named("lock")).toHaveLength(0);
    screen.getByTestId("find-text").blur();
    await userEvent.keyboard("l");
    expect(platform.named("lock")).toHaveLength(1);
  });
});
