// What is told of a cluster while it works, by what the test says: the story of the run that goes on, and how far campaigns are.

import { Redis } from "ioredis";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageFolder } from "#cli/page-files.ts";
import { CampaignBoard } from "#coordinator/campaign/campaign-board.ts";
import type { Feed } from "#coordinator/feed/feed.ts";
import { momentsOf } from "#dashboard/model/moments.ts";
import { reelOf } from "#dashboard/model/reel.ts";
import type { Film } from "#sim/index.ts";
import { hasChromium, openBrowser, openPage, violationsOf } from "../support/browser.ts";
import { openBench } from "../support/coordinator.ts";
import { tinyFilm } from "../support/films.ts";

/** A net, not a measure. */
const PATIENCE_MS = 100_000;

/** The page has been told something with these words in it. */
const heardOf = (page: Page, words: string): Promise<void> =>
  new Promise((resolve) => {
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        if (String(payload).includes(words)) resolve();
      }),
    );
  });

/** That moment is the one of the story that is told. */
const told = (page: Page, title: string): Promise<void> =>
  page.locator(".moments [aria-current] b", { hasText: title }).waitFor();

function show(feed: Feed, run: string, { title, frames, closure }: Film): void {
  feed.begins(run, title);
  feed.shows(frames, closure);
}

describe.skipIf(!hasChromium)("the page on a cluster (skipped without chromium)", () => {
  let browser: Browser;
  beforeAll(async () => {
    await pageFolder();
    browser = await openBrowser();
  }, 120_000);
  afterAll(() => browser.close());

  test("the story of a run that goes on is held at each instant that decided it, and no other run breaks it off", async () => {
    const { coordinator, close } = await openBench({ page: pageFolder });
    const { feed } = coordinator;
    const film = tinyFilm("too-large");
    const [lowNs = 0, endNs = 0] = momentsOf(reelOf(film))
      .slice(1)
      .map(({ atNs }) => atNs);
    show(feed, "r1", { ...film, frames: film.frames.filter(({ atNs }) => atNs < lowNs) });
    const { page } = await openPage(browser);
    page.setDefaultTimeout(PATIENCE_MS);
    const heard = heardOf(page, '"run":"r2"');
    await page.goto(`${coordinator.url}/#/story`);
    await told(page, "The cast");

    feed.shows(
      film.frames.filter(({ atNs }) => atNs >= lowNs),
      null,
    );
    feed.ends(film.end);
    await told(page, "A is down to its min mark");
    const slider = page.getByRole("slider", { name: "time" });
    expect(await slider.inputValue()).toBe(String(lowNs / 1e6));
    show(feed, "r2", tinyFilm("fits"));
    await heard;
    await page.getByRole("button", { name: "play (space)" }).click();
    await told(page, "Verdict: wedged");
    expect(await slider.inputValue()).toBe(String(endNs / 1e6));
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole("button", { name: "● live" }).click();
    await page.locator("header", { hasText: "fits" }).waitFor();
    await page.close();
    await close();
  }, 300_000);

  test("a campaign that goes on at the coordinator's Redis has a bar, which moves, and goes when it has ended", async () => {
    const { coordinator, redis, close } = await openBench({ page: pageFolder });
    show(coordinator.feed, "r1", tinyFilm("fits"));
    const link = new Redis(redis.url);
    const board = new CampaignBoard(link, "a-sweep");
    const sweep = { title: "scenarios/zijlstra-wedge.yaml", runs: 400 };
    const { page } = await openPage(browser);
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`${coordinator.url}/#/runs`);
    const bar = page.getByRole("progressbar");
    for (const done of [0, 120]) {
      await board.tell({ ...sweep, done });
      await page.locator(".campaigns li", { hasText: `${done} of 400 runs` }).waitFor();
      expect(await bar.getAttribute("value")).toBe(String(done));
    }
    expect(await violationsOf(page)).toEqual([]);
    await board.clear();
    await bar.waitFor({ state: "hidden" });
    await page.close();
    link.disconnect();
    await close();
  }, 300_000);
});
