import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeAll, describe, expect, it } from "vitest";
import App from "../src/App.svelte";
import { fetchAhead } from "../src/screens/later";
import { GAPS, MEDICINES } from "$lib/platform/fixtures/ashdown";
import { CASELOAD, viewOf } from "$lib/platform/fixtures/people";
import type { PrintWords } from "$lib/generated/wire";
import { FakePlatform, settled } from "./fakePlatform";
import { status } from "./status";

// The rarer screens are files of their own; a slow machine must not be mistaken for a missing screen.
beforeAll(fetchAhead);

const words = (more: Partial<PrintWords> = {}): PrintWords => ({
  title: "Medicines",
  marking: "Confidential: patient information",
  printed: "Printed 23-Nov-2026 15:40 by A Nurse",
  copy: "From the copy of 23-Nov-2026 07:41, 8 h old when printed",
  destroy_by: "Destroy by 24-Nov-2026 15:40",
  warning: "Look at the record before acting on this page.",
  reference: "Access log entry 215",
  ...more,
});
const refusal = { code: "audit-failed", message: "Not written down.", next_step: "Free some space.", reference: "r" };

/** An open record, with its preview asked for. */
async function previewing(): Promise<FakePlatform> {
  const platform = new FakePlatform();
  render(App, { platform });
  await settled();
  await platform.last("status").answer(status("open"));
  await platform.last("caseload").answer(CASELOAD);
  await userEvent.keyboard("{Control>}k{/Control}Ashdown{Enter}");
  const patient = String(platform.last("open_patient").args.patient);
  await platform.last("open_patient").answer(viewOf(patient));
  await userEvent.click(screen.getByTestId("print"));
  await fetchAhead();
  await settled();
  return platform;
}

async function answerAll(platform: FakePlatform): Promise<void> {
  await platform.last("medicines").answer(MEDICINES);
  await platform.last("gaps").answer(GAPS);
  await settled();
}

describe("a print", () => {
  it("shows no page before its preview is written down", async () => {
    const platform = await previewing();
    await answerAll(platform);
    expect(platform.last("print_patient").args).toMatchObject({ page: "summary", stage: "preview" });
    expect(screen.queryAllByTestId("page")).toEqual([]);
    expect(screen.getByTestId<HTMLButtonElement>("print-paper").disabled).toBe(true);
    await platform.last("print_patient").answer(words());
    await settled();
    expect(screen.getAllByTestId("page")).toHaveLength(1);
  });

  it("says on every page whose it is, how old, by whom, until when, and which of how many", async () => {
    const platform = await previewing();
    await platform.last("print_patient").answer(words());
    await answerAll(platform);
    const page = screen.getByTestId("page");
    for (const text of ["ASHDOWN, Walter (Mr)", "NHS No. 999 000 1234", "Known allergies", "penicillin", "8 h old when printed", "by A Nurse", "Destroy by 24-Nov-2026 15:40", "Page 1 of 1", "Access log entry 215", "Confidential"]) {
      expect(page.textContent).toContain(text);
    }
    expect(within(page).getAllByText(/Sources differ/).length).toBeGreaterThan(0);
    expect(page.textContent).toContain("What is not shown");
  });

  it("reaches the printer only after the log, and carries the words of that entry", async () => {
    const platform = await previewing();
    await platform.last("print_patient").answer(words());
    await answerAll(platform);
    await userEvent.click(screen.getByTestId("print-paper"));
    expect(platform.last("print_patient").args).toMatchObject({ stage: "paper" });
    expect(platform.printed).toBe(0);
    await platform.last("print_patient").answer(words({ reference: "Access log entry 216" }));
    await settled();
    expect(platform.printed).toBe(1);
    expect(screen.getByTestId("page").textContent).toContain("Access log entry 216");
  });

  it("is refused, and taken off the screen, when it cannot be written down", async () => {
    const platform = await previewing();
    await platform.last("print_patient").answer(words());
    await answerAll(platform);
    await userEvent.click(screen.getByTestId("print-paper"));
    await platform.last("print_patient").fail(refusal);
    await settled();
    expect(platform.printed).toBe(0);
    expect(screen.queryAllByTestId("page")).toEqual([]);
    expect(screen.getByTestId("error").dataset.code).toBe("audit-failed");
  });

  it("leaves the screen with the lock, and with Escape", async () => {
    const platform = await previewing();
    await platform.last("print_patient").answer(words());
    await answerAll(platform);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByTestId("print-preview")).toBeNull();
    await userEvent.keyboard("{Control>}p{/Control}");
    expect(screen.getByTestId("print-preview")).toBeTruthy();
    await userEvent.keyboard("{Control>}l{/Control}");
    expect(screen.queryByTestId("print-preview")).toBeNull();
    expect(screen.getByRole("heading", { name: "Unlock" })).toBeTruthy();
  });
});
