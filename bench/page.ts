// The page of a coordinator: until something is to be seen, what a hundred of them cost the coordinator, whether one that
// does not read is felt by the others, and whether a page that is open for long grows.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { assert } from "#base/assert.ts";
import { MIB } from "#base/units.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import { hasChromium, openBrowser, openPage } from "../test/support/browser.ts";
import type { Benchmark, Plan } from "./benchmark.ts";
import type { MeasuredRow, Row, Unit } from "./row.ts";
import { quantile, summaryOf } from "./statistics.ts";

const READERS = 100;
/** A film's own rate, and the most that a page is ever sent: four frames twenty times a second. */
const USUAL_HZ = 10;
const FULL_HZ = 80;
/** As many as one process can read for at that rate. */
const FULL_READERS = 10;
const WINDOW_MS = 2_000;
/** Full rate until a page has as many frames as it keeps, 600, and has drawn each kind of them. */
const FILL_MS = 12_000;
const HELD_MS = 60_000;
/** Until what the host buffers for one that does not read is full. */
const STALL_MS = 60_000;

const named = {
  paint: ["page-paint", "from opening a coordinator's page to its first paint"],
  state: ["page-state", "from opening it to the machines and their state"],
  cpu: ["feed-cpu", "100 pages and a Chromium at 10 frames/s: the coordinator's CPU of a second"],
  stalled: [
    "feed-stalled",
    "99 of 100 frames are at most so late, beside a page that stopped reading",
  ],
  heap: ["page-heap", "what a page's heap has grown by after 60 s of 80 frames/s, collected"],
} as const;

export const page: Benchmark = {
  name: "page",
  run: async (plan) => {
    if (!hasChromium)
      return Object.values(named).map(
        ([name, what]): Row => ({ type: "skipped", name, what, reason: "no chromium" }),
      );
    const stage = await Stage.open();
    const browser = await openBrowser();
    try {
      return await rowsOf(stage, browser, plan);
    } finally {
      await browser.close();
      await stage.close();
    }
  },
};

async function rowsOf(stage: Stage, browser: Browser, plan: Plan): Promise<readonly Row[]> {
  stage.rate(USUAL_HZ);
  const openings = await repeated(plan.pairs, () => openingOf(stage.url, browser));
  const { page: watching } = await openPage(browser);
  await watching.goto(stage.url);
  const readers = await child("page-readers.ts", [stage.url, String(READERS)]);
  const cpu = await repeated(plan.pairs, () => cpuOf(stage));
  readers.disconnect();
  const stalled = await besideStalled(stage, plan.pairs);
  const heap = await growthOf(stage, watching, HELD_MS / plan.shorterBy);
  return [
    rowOf("paint", { unit: "ms", values: openings.map(({ paintMs }) => paintMs), most: 1_000 }),
    rowOf("state", { unit: "ms", values: openings.map(({ stateMs }) => stateMs), most: 2_000 }),
    // 5 % of a core.
    rowOf("cpu", { unit: "ms", values: cpu, most: 50 }),
    stalled,
    rowOf("heap", { unit: "MiB", values: [heap / MIB], most: 1 }),
  ];
}

interface Figures {
  readonly unit: Unit;
  readonly values: readonly number[];
  /** The target. */
  readonly most: number;
}

function rowOf(of: keyof typeof named, { unit, values, most }: Figures): MeasuredRow {
  const [name, what] = named[of];
  const target = { type: "at most", value: most } as const;
  return { type: "measured", name, what, unit, ours: summaryOf(values), peer: null, target };
}

interface Opening {
  readonly paintMs: number;
  readonly stateMs: number;
}

// In the page, by its own clock: Node's compiler has no types of a document.
const MARKS_STATE = `new MutationObserver((_, observer) => {
  if (document.querySelector("[data-machine] .memory-bar") === null) return;
  performance.mark("state");
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });`;
const READS_MARKS = `(() => {
  const at = (name) => performance.getEntriesByName(name)[0]?.startTime ?? 0;
  return { paintMs: at("first-contentful-paint"), stateMs: at("state") };
})()`;

/** In a profile that has nothing in its cache, by the page's own clock. */
async function openingOf(url: string, browser: Browser): Promise<Opening> {
  const { page: opened } = await openPage(browser);
  await opened.addInitScript({ content: MARKS_STATE });
  await opened.goto(url);
  await opened.locator("[data-machine] .memory-bar").first().waitFor();
  const opening: Opening = await opened.evaluate(READS_MARKS);
  await opened.close();
  assert(opening.paintMs > 0 && opening.stateMs > 0, "the page was painted, and showed machines");
  return opening;
}

async function cpuOf(stage: Stage): Promise<number> {
  const [before, beforeMs] = [await stage.counts(), performance.now()];
  await sleep(WINDOW_MS);
  const after = await stage.counts();
  assert(after.shown > before.shown && after.pages > READERS, "all of them watch, and are shown");
  return ((after.cpuMs - before.cpuMs) * 1_000) / (performance.now() - beforeMs);
}

/** Delays of those who read: alone, then beside one that was stopped; at full rate, so that its buffers fill. */
async function besideStalled(stage: Stage, pairs: number): Promise<Row> {
  stage.rate(FULL_HZ);
  const readers = await child("page-readers.ts", [stage.url, String(FULL_READERS)]);
  const without = await repeated(pairs, () => delayOf(readers));
  const still = await child("page-readers.ts", [stage.url, "1"]);
  still.kill("SIGSTOP");
  try {
    const { dropped } = await stage.counts();
    const untilMs = performance.now() + STALL_MS;
    while ((await stage.counts()).dropped === dropped && performance.now() < untilMs)
      await sleep(200);
    const beside = await repeated(pairs, () => delayOf(readers));
    assert((await stage.counts()).dropped > dropped, "somebody was too slow meanwhile");
    const [name, what] = named.stalled;
    const ratios = beside.map((ms, i) => ms / (without[i] ?? ms));
    return {
      ...{ type: "measured", name, what, unit: "ms", ours: summaryOf(beside) },
      peer: { name: "without", theirs: summaryOf(without), ratio: summaryOf(ratios) },
      target: { type: "ratio at most", value: 1.25 },
    };
  } finally {
    still.kill("SIGKILL");
    readers.disconnect();
  }
}

async function delayOf(readers: ChildProcess): Promise<number> {
  await delays(readers);
  await sleep(WINDOW_MS);
  return quantile(await delays(readers), 0.99);
}

async function delays(readers: ChildProcess): Promise<readonly number[]> {
  readers.send("delays");
  const [told]: unknown[] = await once(readers, "message");
  assert(Array.isArray(told), "readers tell their delays");
  return told.map(Number);
}

async function growthOf(stage: Stage, watching: Page, heldMs: number): Promise<number> {
  stage.rate(FULL_HZ);
  const inspector = await watching.context().newCDPSession(watching);
  const used = async (): Promise<number> => {
    await inspector.send("HeapProfiler.collectGarbage");
    return (await inspector.send("Runtime.getHeapUsage")).usedSize;
  };
  await sleep(FILL_MS);
  const before = await used();
  await sleep(heldMs);
  return (await used()) - before;
}

interface Counts {
  readonly cpuMs: number;
  readonly shown: number;
  readonly pages: number;
  readonly dropped: number;
}

class Stage {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  static async open(): Promise<Stage> {
    const started = fork(fileURLToPath(new URL("page-stage.ts", import.meta.url)), [], {
      execArgv: sourceFlags(),
    });
    const [told] = await once(started, "message");
    return new Stage(started, String(told.url));
  }

  rate(rateHz: number): void {
    this.#process.send({ rateHz });
  }

  async counts(): Promise<Counts> {
    this.#process.send("counts");
    const [counts] = await once(this.#process, "message");
    return counts;
  }

  async close(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.send("end");
    await ended;
  }
}

/** Started, and ready. */
async function child(file: string, args: readonly string[]): Promise<ChildProcess> {
  const started = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: sourceFlags(),
  });
  await once(started, "message");
  return started;
}

async function repeated<T>(count: number, take: () => Promise<T>): Promise<readonly T[]> {
  const taken: T[] = [];
  for (let i = 0; i < count; i++) taken.push(await take());
  return taken;
}
