// The point of no return, sought in the page: the page goes on meanwhile, and leads there when it is found.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { timeText } from "#dashboard/model/figures.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { type PageServer, servePage } from "../support/page-server.ts";

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name, exact: true }).click();

/** Sought, given up, sought again beside the page; gives the instant and how long after the fault it is, in ms. */
async function soughtIn(page: Page): Promise<readonly [atMs: number, afterMs: number]> {
  await press(page, "find the point of no return");
  await press(page, "stop looking");
  await press(page, "find the point of no return");
  await page.getByRole("status").filter({ hasText: "tried; the latest" }).waitFor();
  await press(page, "Fleet");
  await page.locator(".tile").first().waitFor();
  await press(page, "Wedge");
  const found = page.getByRole("status").filter({ hasText: /: recovers; healed at .*: wedged\./ });
  const said = (await found.textContent()) ?? "";
  const [, at, after] = /return: ([\d.]+) s.* ([\d.]+) s after it opened/.exec(said) ?? [];
  return [Math.round(Number(at) * 1e3), Math.round(Number(after) * 1e3)];
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

  test("the point of no return is found, marked and gone back to, and the run is rescued there", async () => {
    const { page, complaints } = await openPage(browser);
    page.setDefaultTimeout(200_000);
    await page.goto(`${server.url}#/wedge?scenario=closed-loop&variant=open&seed=2007`);
    const [atMs, afterMs] = await soughtIn(page);
    expect(await violationsOf(page)).toEqual([]);

    await press(page, "rewind to it");
    await page.locator('main [aria-label="Cluster"]').waitFor();
    const slider = page.getByRole("slider", { name: "time" });
    expect(await slider.inputValue()).toBe(String(atMs));
    expect(await page.locator(".no-return-mark").getAttribute("title")).toContain(
      timeText(atMs * 1e6),
    );
    await press(page, "Wedge");
    await press(page, "run it, healed by then");
    await press(page, "Runs");
    const change = `timeline.c-away.for=${afterMs} ms`;
    const rescued = page.locator("tr[aria-current]", { hasText: change });
    expect(await rescued.filter({ hasNotText: "▸ running" }).textContent()).not.toContain("wedged");
    expect(complaints).toEqual([]);
    await page.close();
  }, 600_000);
});
