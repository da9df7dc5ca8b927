// A report from disk, and what of it a hostile film can do: nothing.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Film } from "#sim/index.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { tinyFilm } from "../support/films.ts";
import { reportIn } from "../support/reports.ts";

const VIEWS = ["Cluster", "Fleet", "Charts", "Wedge", "Story", "Runs"];

const RESCUED = { afterNs: 200e6, verdict: "recovers", isRescued: true } as const;
const LOST = { afterNs: 210e6, verdict: "wedged", isRescued: false } as const;
/** As `unwedge report --point-of-no-return` has it of a run that is lost. */
const FOUND: NonNullable<Film["noReturn"]> = {
  fault: { id: "away", forNs: 1e9 },
  found: {
    ...{ verdict: "wedged", openedNs: 100e6, provenNs: 400e6, last: RESCUED, first: LOST },
    ...{ contradictionsNs: [], trials: [RESCUED, LOST], isRepeated: true },
  },
};

async function throughAll(page: Page, look: (view: string) => Promise<void>): Promise<void> {
  for (const view of VIEWS) {
    await page.getByRole("button", { name: view, exact: true }).click();
    await page.locator(`main [aria-label="${view}"]`).waitFor();
    await look(view);
  }
}

/** It is told in the Wedge view, leads to its instant, and is a moment of the story. */
async function backToIt(page: Page): Promise<void> {
  await page.getByRole("status").filter({ hasText: "Point of no return: 0.30 s." }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  expect(await page.getByRole("button", { name: "run it, healed by then" }).count()).toBe(0);
  await page.getByRole("button", { name: "rewind to it" }).click();
  await page.locator('main [aria-label="Cluster"]').waitFor();
  expect(await page.getByRole("slider", { name: "time" }).inputValue()).toBe("300");
  expect(await page.locator(".no-return-mark").count()).toBe(1);
  await page.getByRole("button", { name: "Story", exact: true }).click();
  await page.locator(".moments [aria-current] b", { hasText: "The last chance" }).waitFor();
}

async function fitsPhone(page: Page): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  await throughAll(page, async (view) => {
    const beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect({ view, beyond }).toEqual({ view, beyond: 0 });
  });
  const text = await page.locator(".what-run").evaluate((element) => {
    const range = element.ownerDocument.createRange();
    range.selectNodeContents(element);
    return range.getBoundingClientRect().right;
  });
  const button = await page.locator(".head .quiet").boundingBox();
  expect(text).toBeLessThanOrEqual(button?.x ?? 0);
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

  test("the point of no return that was found before is told, marked and gone back to; there is nothing to run", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${reportIn(folder, "asked.html", { ...film, noReturn: FOUND })}#/wedge`);
    await backToIt(page);
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

  test("on a phone no view is wider than the screen, and the head's button lies on no text", async () => {
    const { page } = await openPage(browser);
    await page.goto(reportIn(folder, "phone.html", film));
    await fitsPhone(page);
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
    const slipped = "<body><script>document.title='owned'</script>";
    writeFileSync(url, readFileSync(url, "utf8").replace("<body>", slipped));
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
