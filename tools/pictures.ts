// `npm run pictures`: docs/images anew, dark and light, from real runs in Debian's Chromium. Whoever runs it looks at each.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Film } from "#sim/index.ts";
import { openBrowser, openPage } from "../test/support/browser.ts";
import { fleetFilm, shippedFilm } from "../test/support/films.ts";
import { openLiveCluster } from "../test/support/live-cluster.ts";
import { servePage } from "../test/support/page-server.ts";
import { reportIn } from "../test/support/reports.ts";

const IMAGES = "docs/images";
/** A run on a busy host. */
const PATIENCE_MS = 400_000;
const REDRAWN_MS = 500;
const PHONE = { width: 390, height: 844 };
const RUN = "scenario=zijlstra-wedge&variant=vanilla-2007&seed=2007";

/** What is on the page now, in both schemes. */
async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    // Charts are drawn anew at most twenty times a second.
    await page.waitForTimeout(REDRAWN_MS);
    await page.screenshot({ path: `${IMAGES}/${name}-${colorScheme}.png` });
  }
}

const open = (page: Page, view: string): Promise<void> =>
  page.getByRole("button", { name: view, exact: true }).click();

/** A report from disk, at the instant where its knot has closed, or at another. */
async function reported(browser: Browser, film: Film, atMs: number): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-pictures-"));
  const { page } = await openPage(browser);
  await page.goto(`${reportIn(folder, "report.html", film)}#/cluster?t=${atMs}ms`);
  await page.locator("main .view").waitFor();
  rmSync(folder, { recursive: true });
  return page;
}

async function ofReports(browser: Browser): Promise<void> {
  const film = shippedFilm("zijlstra-wedge", "vanilla-2007", 2_007);
  const closedMs = Math.ceil((film.closure?.atNs ?? 0) / 1e6);
  const page = await reported(browser, film, closedMs);
  for (const view of ["Cluster", "Charts", "Wedge", "Story"]) {
    await open(page, view);
    await page.locator(`main [aria-label="${view}"]`).waitFor();
    await picture(page, view.toLowerCase());
  }
  await open(page, "Cluster");
  await page.setViewportSize(PHONE);
  await picture(page, "phone");
}

async function ofFleet(browser: Browser): Promise<void> {
  const fleet = await reported(browser, fleetFilm(12), 300);
  await open(fleet, "Fleet");
  await fleet.locator(".tile").nth(12).waitFor();
  await picture(fleet, "fleet");
}

/** The page by itself: a run beside another, and what may be done to one. */
async function ofLocal(browser: Browser): Promise<void> {
  const server = await servePage();
  const { page } = await openPage(browser);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${server.url}#/runs?${RUN}`);
  await page.locator("td", { hasText: "wedged" }).waitFor();
  await page.getByLabel("variant").selectOption("swapnbd-v9");
  await page.locator("td", { hasText: "recovers" }).waitFor();
  await page.getByLabel("time", { exact: true }).fill("8000");
  await page.getByLabel("time", { exact: true }).blur();
  await picture(page, "runs");
  await open(page, "Controls");
  await page.getByLabel("time", { exact: true }).fill("1500");
  await page.getByLabel("time", { exact: true }).blur();
  await page.getByRole("button", { name: "inject at" }).click();
  await page.locator("code.block", { hasText: "page-1" }).waitFor();
  await picture(page, "controls");
  await server.close();
}

/** What was found beside a run that is lost. */
async function ofNoReturn(browser: Browser): Promise<void> {
  const server = await servePage();
  const { page } = await openPage(browser);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${server.url}#/wedge?scenario=closed-loop&variant=open&seed=2007`);
  await page.getByRole("button", { name: "find the point of no return" }).click();
  await page.getByRole("status").filter({ hasText: "Point of no return: " }).waitFor();
  await picture(page, "no-return");
  await server.close();
}

/** The page on a cluster: its history, a fault by hand, and the machines under it. */
async function ofLive(browser: Browser): Promise<void> {
  const cluster = await openLiveCluster();
  const set = ["params.outage=3 s"];
  const { page } = await openPage(browser);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${cluster.coordinator.url}/#token=${cluster.token}`);
  await open(page, "Runs");
  for (const variant of ["vanilla-2007", "swapnbd-v9", "mainline-6.1"]) {
    await cluster.ask({ scenario: "zijlstra-wedge", variant, set });
    await page.locator("tbody tr", { hasText: variant }).getByText(/[✓✕?]/).first().waitFor();
  }
  await picture(page, "live-runs");
  cluster.hold(2_500);
  await cluster.ask({ scenario: "zijlstra-wedge", variant: "vanilla-without-outage", set });
  await open(page, "Controls");
  await page.locator("header", { hasText: "vanilla-without-outage" }).waitFor();
  await page.getByRole("button", { name: "open this fault now" }).click();
  await page.locator(".rows li", { hasText: "swap.stall" }).waitFor();
  await picture(page, "live-controls");
  await page.close();
  await cluster.close();
}

/** Three processes on real TCP, long after C has stopped. */
async function ofProcesses(browser: Browser): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-pictures-"));
  const words = ["up", "--port", "0", "--out", folder, "--set", "params.outage=12 s"];
  const up = spawn(process.execPath, ["tools/run.mjs", "cli/main.ts", ...words], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [said]: Buffer[] = await once(up.stdout, "data");
  const { page } = await openPage(browser);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(String(said).trim());
  // A host that is late has its run once more, slower.
  await page.locator(".standing", { hasText: /progress now.*steady/ }).waitFor();
  await page.locator(".age", { hasText: /no progress for [6-9]/ }).waitFor();
  await page.getByRole("button", { name: "pause (space)" }).click();
  await picture(page, "live");
  await page.close();
  up.kill("SIGINT");
  await once(up, "exit");
  rmSync(folder, { recursive: true });
}

const browser = await openBrowser();
const parts = {
  ...{ reports: ofReports, fleet: ofFleet, local: ofLocal },
  ...{ "no-return": ofNoReturn, live: ofLive, processes: ofProcesses },
};
const wanted = process.argv.slice(2);
for (const [name, take] of Object.entries(parts))
  if (wanted.length === 0 || wanted.includes(name)) await take(browser);
await browser.close();
