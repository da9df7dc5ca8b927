// The page without any server but for its own files: the kernel runs in it.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Run } from "#sim/index.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { type PageServer, servePage } from "../support/page-server.ts";
import { resolve } from "../support/run-job.ts";
import { runSaved } from "../support/saved-session.ts";

async function stepThroughWedge(page: Page): Promise<void> {
  // The knot is drawn as soon as it has closed, long before the verdict.
  await page.locator(".circle .party").first().waitFor({ timeout: 100_000 });
  expect(await page.locator(".circle .party").count()).toBe(5);
  await page.locator(".sentence", { hasText: "receive buffers" }).waitFor();
  await page.getByRole("button", { name: "next sentence" }).click();
  await page.locator(".sentence", { hasText: "packets for A/svc" }).waitFor();
  await page.locator(".pill", { hasText: "knot closed" }).waitFor();
  await page
    .locator(".command code", {
      hasText: "./unwedge run zijlstra-wedge --variant vanilla-2007 --seed 2007",
    })
    .waitFor();
}

/** Flags of commands that do not stand in one line. */
const SPLIT_FLAGS = `[...document.querySelectorAll("code")].flatMap((code) => {
  const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  const split = [];
  while (texts.nextNode()) {
    for (const { index, 0: flag } of texts.currentNode.data.matchAll(/--[a-z-]+/g)) {
      const range = new Range();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + flag.length);
      if (range.getClientRects().length > 1) split.push(flag);
    }
  }
  return split;
})`;

/** Its verdict is what the saved scenario expects, and comes to. */
async function saveWithVerdict(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Runs", exact: true }).click();
  const row = page.locator("tr[aria-current]", { hasText: "page-1" });
  await row.filter({ hasText: "✕ wedged (certain)" }).waitFor({ timeout: 200_000 });
  const told = await row.textContent();
  await page.getByRole("button", { name: "Controls", exact: true }).click();
  const { result, digest } = await runSaved(page);
  expect(told).toContain(digest);
  expect([result.verdict, result.certainty]).toEqual(["wedged", "certain"]);
  expect(result.checks.find(({ kind }) => kind === "verdict")?.status).toBe("pass");
}

describe.skipIf(!hasChromium)("the page by itself (skipped without chromium)", () => {
  let server: PageServer;
  let browser: Browser;
  beforeAll(async () => {
    server = await servePage();
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    expect(await server.close()).toBe(0);
  });

  test("zijlstra-wedge wedges, its certificate is stepped through, and it is judged so", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${server.url}#/wedge?scenario=zijlstra-wedge&variant=vanilla-2007&seed=2007`);
    await stepThroughWedge(page);
    expect(await violationsOf(page)).toEqual([]);

    await page.getByRole("button", { name: "Runs", exact: true }).click();
    await page.locator("td", { hasText: "✕ wedged (certain)" }).waitFor({ timeout: 100_000 });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a run in the browser has the digest of the same run on the command line", async () => {
    const variant = "vanilla-nbd-without-flood";
    const { page } = await openPage(browser);
    await page.goto(`${server.url}#/runs?scenario=zijlstra-wedge&variant=${variant}&seed=2007`);
    const scenario = resolve({ scenario: "zijlstra-wedge", variant, seed: 2007 });
    const { digest } = new Run({ scenario, seed: 2007 }).finish();
    await page.locator("td", { hasText: digest }).waitFor({ timeout: 200_000 });
    await page.close();
  }, 300_000);

  test("a fault from the page becomes a setting, is saved with its run, is undone, and asks nobody else for anything", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(
      `${server.url}#/controls?scenario=zijlstra-wedge&variant=vanilla-without-outage&seed=2007`,
    );
    await page.locator("code.block", { hasText: "--seed 2007" }).waitFor();
    // Memory is full by then.
    await page.getByRole("slider", { name: "time" }).fill("2000");
    await page.getByRole("button", { name: "inject at 2.0 s" }).click();
    await page.locator("code.block", { hasText: "--set 'timeline.+={ id: page-1" }).waitFor();
    expect(await page.evaluate(SPLIT_FLAGS)).toEqual([]);
    await saveWithVerdict(page);
    await page.getByRole("button", { name: "undo the last change" }).click();
    await page.locator("pre", { hasText: "(nothing is changed)" }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  }, 300_000);

  test("every key of the list does what the list says", async () => {
    const { page } = await openPage(browser);
    await page.goto(
      `${server.url}#/cluster?scenario=zijlstra-wedge&variant=vanilla-2007&seed=2007`,
    );
    await page.getByRole("heading", { name: "A", exact: true }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.locator("main").focus();
    await page.keyboard.press("3");
    await page.locator('main [aria-label="Charts"]').waitFor();
    await page.keyboard.press("+");
    // The select follows with the next frame drawn.
    const chosen = page.locator('select[aria-label="speed"] option:checked', { hasText: /^×2$/ });
    await chosen.waitFor({ state: "attached" });
    await page.close();
  });
});
