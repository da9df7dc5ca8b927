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

const WIDE = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };

/** In every frame three packets are lost on each way of a line. */
function allLost(film: Film): Film {
  const [{ from, to } = { from: "", to: "" }] = film.title.links;
  const ways = [
    { from, to },
    { from: to, to: from },
  ];
  const lost = { what: "missed", isCritical: false, reason: "no receive buffer" } as const;
  const messagesAt = (atNs: number) =>
    ways.flatMap((way) => [1, 2, 3].map(() => ({ ...lost, ...way, atNs })));
  return {
    ...film,
    frames: film.frames.map((frame) => ({ ...frame, messages: messagesAt(frame.atNs) })),
  };
}

/** On which side of the two ways of the line the crosses are, and how many are over a card. */
const FALLEN = `(() => {
  const boxes = (all) => [...document.querySelectorAll(all)].map((each) => each.getBoundingClientRect());
  const wires = boxes("main .wire line");
  const across = wires[0].width > wires[0].height ? "y" : "x";
  const ends = wires.map((wire) => wire[across]);
  const crosses = boxes("main .cross");
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return {
    before: crosses.filter((cross) => cross[across === "y" ? "bottom" : "right"] < Math.min(...ends)).length,
    behind: crosses.filter((cross) => cross[across] > Math.max(...ends)).length,
    over: crosses.filter((cross) => boxes("main .card").some((card) => meet(cross, card))).length,
  };
})()`;

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

  test("what is lost leaves each way on the side where the other is not, and never falls over a card", async () => {
    const { page } = await openPage(browser);
    const url = reportIn(folder, "lost.html", allLost(tinyFilm("fits")));
    for (const viewport of [WIDE, PHONE]) {
      await page.setViewportSize(viewport);
      await page.goto(`${url}#/cluster?t=100ms`);
      await page.locator("main .cross").first().waitFor({ state: "attached" });
      expect(await page.evaluate(FALLEN)).toEqual({ before: 3, behind: 3, over: 0 });
    }
    await page.close();
  });

  test("figures under a chart are those of the instant that is shown, until somebody points at another", async () => {
    const film = tinyFilm("fits");
    const { page } = await openPage(browser);
    await page.goto(`${reportIn(folder, "figures.html", film)}#/charts?t=100ms`);
    const free = page.locator(".chart", { hasText: "Free memory" });
    const said = free.locator(".u-series", { hasText: "free" }).locator(".u-value");
    const freeAt = (untilNs: number): string =>
      String(film.frames.findLast(({ atNs }) => atNs <= untilNs)?.machines[0]?.pages.free);
    await said.filter({ hasText: freeAt(100e6) }).waitFor();
    await free.locator(".u-over").hover({ position: { x: 2, y: 20 } });
    await said.filter({ hasText: freeAt(0) }).waitFor();
    await page.mouse.move(0, 0);
    await said.filter({ hasText: freeAt(100e6) }).waitFor();
    expect(freeAt(0)).not.toBe(freeAt(100e6));
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
