// How the page looks where more depends on it than taste: many machines, and another scheme of colours.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Film } from "#sim/index.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { fleetFilm, tinyFilm } from "../support/films.ts";
import { reportIn } from "../support/reports.ts";

/** A figure of the whole fleet. */
const sumOf = async (page: Page, name: string): Promise<string> =>
  (await page.locator(".sums .figure", { hasText: name }).locator("dd").textContent()) ?? "";

/** Who is nearest to its min mark, or furthest below it. */
function worstAt({ title, frames }: Film, untilNs: number): string {
  const shots = frames.findLast(({ atNs }) => atNs <= untilNs)?.machines ?? [];
  const above = shots.map(({ pages, marks }) => pages.free - marks.minPages);
  return title.cast[above.indexOf(Math.min(...above))]?.name ?? "";
}

/** Each machine a tile, in one state, and the worst of them named. */
async function lookAtFleet(page: Page, fleet: Film): Promise<void> {
  const count = fleet.title.cast.length;
  await page
    .locator(".tile")
    .nth(count - 1)
    .waitFor();
  expect(await page.locator(".tile").count()).toBe(count);
  const states = (await sumOf(page, "states")).match(/\d+/g)?.map(Number) ?? [];
  expect(states.reduce((sum, many) => sum + many, 0)).toBe(count);
  expect(await sumOf(page, "worst")).toContain(`${worstAt(fleet, 300e6)}: `);
}

describe.skipIf(!hasChromium)("the page (skipped without chromium)", () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "unwedge-look-"));
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("many machines are a fleet: each a tile, in one state, and the worst of them named", async () => {
    const fleet = fleetFilm(11);
    const { page, complaints } = await openPage(browser);
    await page.goto(`${reportIn(folder, "fleet.html", fleet)}#/fleet?t=300ms`);
    await lookAtFleet(page, fleet);
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("charts are drawn in other colours as soon as the system has others, though the film stands still", async () => {
    const { page } = await openPage(browser, { colorScheme: "light" });
    await page.goto(`${reportIn(folder, "colours.html", tinyFilm("fits"))}#/charts`);
    const chart = await page.locator(".chart").first().elementHandle();
    await page.emulateMedia({ colorScheme: "dark" });
    // It gives its place to a new one.
    await chart?.waitForElementState("hidden");
    await page.locator(".chart canvas").first().waitFor();
    await page.close();
  });
});
