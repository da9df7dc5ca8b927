// Debian's Chromium, with nothing it would do by itself on a network.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";

export const hasChromium = existsSync(EXECUTABLE);

const FLAGS = [
  ..."--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split(" "),
  ..."--disable-background-networking --disable-component-update --disable-sync".split(" "),
];

/** A browser of its own, with a profile that is new and goes with it. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });

/** A page that notes what it was refused, what failed in it, and what it asked of any other host. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

export async function openPage(
  browser: Browser,
  options: NonNullable<Parameters<Browser["newPage"]>[0]> = {},
): Promise<Watched> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, ...options });
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isOwn = ["file:", "data:", "blob:"].includes(protocol) || hostname === "127.0.0.1";
    if (!isOwn) complaints.push(`asked ${request.url()}`);
  });
  return { page, complaints };
}

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe-core finds wrong, each as its rule and where. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Through the debugger, past the page's own policy on scripts.
  await page.evaluate((await import("node:fs")).readFileSync(axeFile, "utf8"));
  const found: unknown = await page.evaluate(
    "axe.run(document).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))",
  );
  if (!Array.isArray(found)) throw new Error("axe-core gave no list");
  return found.map(String);
}
