// The page on a cluster: the story of zijlstra-wedge told by hand, what a page says when something is wrong, and that what
// others have named is text.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageFolder } from "#cli/page-files.ts";
import type { Feed } from "#coordinator/feed/feed.ts";
import type { Film } from "#sim/index.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { openBench } from "../support/coordinator.ts";
import { tinyFilm } from "../support/films.ts";
import { type LiveCluster, openLiveCluster } from "../support/live-cluster.ts";
import { runSaved } from "../support/saved-session.ts";

/** A net, not a measure: the machines run in the same process as what serves the page. */
const PATIENCE_MS = 100_000;

const open = (page: Page, view: string): Promise<void> =>
  page.getByRole("button", { name: view, exact: true }).click();

/** Stops C by hand; when it is done the machines go on, up to that instant if there is one. */
async function strike(page: Page, cluster: LiveCluster, untilMs: number | null): Promise<void> {
  await open(page, "Controls");
  await page.locator("code", { hasText: "./unwedge fault add swap.stall C --for" }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  goOnAfter(cluster, "fault", untilMs);
  await page.getByLabel("heals itself after, in s").fill("600");
  await page.getByRole("button", { name: "open this fault now" }).click();
  await page.locator(".rows li", { hasText: "swap.stall" }).waitFor();
}

/** When something of that type is told, the machines go on, up to an instant of theirs if there is one. */
function goOnAfter(cluster: LiveCluster, type: string, untilMs: number | null): void {
  const { told } = cluster.coordinator;
  const hear = (_: string, news: { readonly type: string }): void => {
    if (news.type !== type) return;
    told.off("event", hear);
    cluster.hold(untilMs);
  };
  told.on("event", hear);
}

/** The proof is stepped through. It has ended the run, and the fault with it. */
async function prove(page: Page): Promise<void> {
  await open(page, "Wedge");
  await page.locator(".circle .party").first().waitFor();
  await page.getByRole("button", { name: "next sentence" }).click();
  await page.locator(".sentence", { hasText: /^2\. / }).waitFor();
  expect(await violationsOf(page)).toEqual([]);

  await open(page, "Runs");
  await page.locator("tbody td", { hasText: "✕ wedged (certain)" }).first().waitFor();
  await open(page, "Controls");
  await page.locator(".rows li", { hasText: "none" }).waitFor();
}

/** What was done by hand is in the scenario that the run is saved as: it is the same run again, to its last event. */
async function save(page: Page): Promise<void> {
  const { result, digest } = await runSaved(page);
  expect([result.verdict, result.certainty]).toEqual(["wedged", "certain"]);
  expect(result.faults.map(({ id }) => id)).toEqual(["f1"]);
  await open(page, "Runs");
  await page.locator("tbody td", { hasText: digest }).waitFor();
  await open(page, "Controls");
  await page.locator('main [aria-label="Controls"]').waitFor();
}

describe.skipIf(!hasChromium)("the page on a cluster (skipped without chromium)", () => {
  let browser: Browser;
  beforeAll(async () => {
    await pageFolder();
    browser = await openBrowser();
  }, 120_000);
  afterAll(() => browser.close());

  test("C is stopped from the page, A wedges, the proof is stepped through, and another policy survives", async () => {
    const cluster = await openLiveCluster();
    // Memory fills; here somebody comes and looks.
    cluster.hold(800);
    const set = ["params.outage=3 s"];
    await cluster.ask({ scenario: "zijlstra-wedge", variant: "vanilla-without-outage", set });
    const { page, complaints } = await openPage(browser);
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${cluster.coordinator.url}/#token=${cluster.token}`);
    await page.getByRole("heading", { name: "A", exact: true }).waitFor();
    expect(page.url()).not.toContain("token");

    await strike(page, cluster, null);
    await prove(page);
    await save(page);

    cluster.hold(800);
    await page.getByLabel("variant").last().selectOption("swapnbd-v9");
    await page.getByLabel("changed, path=value").fill("params.outage=3 s");
    await page.getByRole("button", { name: "run it" }).click();
    await page.locator("header", { hasText: "swapnbd-v9" }).waitFor();
    await strike(page, cluster, 2500);
    goOnAfter(cluster, "healed", null);
    await page.getByRole("button", { name: "heal", exact: true }).click();
    await page.locator(".rows li", { hasText: "none" }).waitFor();
    await open(page, "Runs");
    await page.locator("tbody td", { hasText: "✓ recovers" }).first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
    await cluster.close();
  }, 600_000);

  test("a coordinator that is started again is found, an old token is told what to do, and names are text", async () => {
    const first = await openBench({ page: pageFolder });
    const film = tinyFilm("fits");
    show(first.coordinator.feed, "r1", film);
    const { page } = await openPage(browser);
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${first.coordinator.url}/#token=an-old-token`);
    await page.getByRole("heading", { name: "A", exact: true }).waitFor();
    await open(page, "Controls");
    await page.getByRole("button", { name: "open this fault now" }).click();
    await page.getByRole("status").filter({ hasText: "not this coordinator's token" }).waitFor();

    const port = Number(new URL(first.coordinator.url).port);
    await first.close();
    const notice = page.getByRole("alert").filter({ hasText: "./unwedge up" });
    await notice.waitFor();
    const second = await openBench({ page: pageFolder, port });
    show(second.coordinator.feed, "r2", hostile(film));
    await notice.waitFor({ state: "hidden" });
    for (const view of ["Runs", "Fleet", "Charts", "Wedge", "Story", "Controls", "Cluster"]) {
      await open(page, view);
      await page.locator(`main [aria-label="${view}"]`).waitFor();
    }
    await page.locator("h2", { hasText: "<img" }).first().waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
    expect(await page.title()).toBe("Unwedge");
    await page.close();
    await second.close();
  }, 600_000);
});

function show(feed: Feed, run: string, { title, frames, closure }: Film): void {
  feed.begins(run, title);
  feed.shows(frames, closure);
}

const EVIL = "<img src=x onerror=\"document.title='owned'\">";

/** Everything that somebody else may have named is code. */
const hostile = (film: Film): Film => ({
  ...film,
  title: {
    ...film.title,
    ...{ scenario: EVIL, about: EVIL, story: EVIL, variant: EVIL, refs: [EVIL] },
    cast: film.title.cast.map((member) => ({ ...member, name: `${EVIL}${member.name}` })),
  },
  frames: film.frames.map((frame) => ({ ...frame, phase: EVIL })),
});
