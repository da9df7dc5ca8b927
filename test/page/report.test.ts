// A report from disk, and what of it a hostile film can do: nothing.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageFile } from "#cli/page-files.ts";
import { reportHtml } from "#cli/report-html.ts";
import type { Film } from "#sim/index.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { fleetFilm, tinyFilm } from "../support/films.ts";

const VIEWS = ["Cluster", "Fleet", "Charts", "Wedge", "Story", "Runs"];

/** The address of a report in a folder. */
function reportIn(folder: string, name: string, film: Film): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    reportHtml(film, { style: pageFile("index.css"), script: pageFile("page.js") }),
  );
  return pathToFileURL(path).href;
}

async function throughAll(page: Page, look: (view: string) => Promise<void>): Promise<void> {
  for (const view of VIEWS) {
    await page.getByRole("button", { name: view, exact: true }).click();
    await page.locator(`main [aria-label="${view}"]`).waitFor();
    await look(view);
  }
}

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

const EVIL =
  "<img src=x onerror=\"document.title='owned'\"></script><script>document.title='owned'</script>";

/** Everything that somebody else may have named is code. */
function hostile({ title, frames, ...film }: Film): Film {
  const cast = title.cast.map((member) => ({
    ...member,
    name: `${EVIL}${member.name}`,
    policy: EVIL,
  }));
  const said = { scenario: EVIL, about: EVIL, story: EVIL, variant: EVIL, refs: [EVIL] };
  return {
    ...film,
    title: { ...title, ...said, cast },
    frames: frames.map((frame) => ({ ...frame, phase: EVIL })),
  };
}

describe.skipIf(!hasChromium)("report.html (skipped without chromium)", () => {
  let folder: string;
  let browser: Browser;
  let film: Film;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "unwedge-report-"));
    film = tinyFilm("fits");
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("opens from disk, asks nobody for anything, and scrubs to the verdict", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(reportIn(folder, "plain.html", film));
    await page.getByRole("heading", { name: "A", exact: true }).waitFor();
    await page.keyboard.press("End");
    await page.locator(".pill", { hasText: "completes" }).first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  for (const colorScheme of ["dark", "light"] as const)
    test(`axe-core finds nothing in any view, ${colorScheme}`, async () => {
      const { page, complaints } = await openPage(browser, { colorScheme });
      await page.goto(reportIn(folder, "axe.html", film));
      await throughAll(page, async (view) => {
        expect({ view, wrong: await violationsOf(page) }).toEqual({ view, wrong: [] });
      });
      expect(complaints).toEqual([]);
      await page.close();
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

  test("names and texts are shown, never executed", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(reportIn(folder, "hostile.html", hostile(film)));
    await throughAll(page, () => Promise.resolve());
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).toContain("<img src=x");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a script that was slipped into a report is refused by its policy", async () => {
    const { page } = await openPage(browser);
    const url = new URL(reportIn(folder, "slipped.html", film));
    const html = readFileSync(url, "utf8");
    const slipped = "<body><script>document.title='owned'</script>";
    writeFileSync(url, html.replace("<body>", slipped));
    await page.goto(url.href);
    await page.getByRole("heading", { name: "A", exact: true }).waitFor();
    expect(await page.title()).not.toBe("owned");
    await page.close();
  });

  test("a report of another version says so", async () => {
    const { page } = await openPage(browser);
    const other = Object.assign({}, film, { schema: "unwedge-film/v0" });
    await page.goto(reportIn(folder, "other.html", other));
    await page.getByRole("alert").filter({ hasText: "another version" }).waitFor();
    await page.close();
  });
});
