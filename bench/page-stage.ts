// A coordinator of its own, with a film that it is told to show: what the feed and the page cost without the machines.
//
// The film is zijlstra-wedge's first seconds, over and over, at an instant that goes on. Each frame says in `useful` when it
// was shown, in ms of the host's clock.
//
// Told by messages: {rateHz} from now on; "counts": what it has cost and counted so far.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { fromMs } from "#base/units.ts";
import { pageFolder } from "#cli/page-files.ts";
import { liveEngine, openRedis, startCoordinator } from "#coordinator/index.ts";
import { openScenario } from "#coordinator/scenario/index.ts";
import { Camera, type Frame, Run, titleOf } from "#sim/index.ts";

/** A is full, the flood runs, swap is in use: frames are as large as they get. */
const FILMED_NS = fromMs(4_000);
/** A film's own time between two frames, in ns. */
const FRAME_NS = fromMs(100);
const SEED = 2_007;

const folder = mkdtempSync(join(tmpdir(), "unwedge-page-"));
const redis = await openRedis({ url: null, serverPath: null, folder });
const log = pino({ level: "silent" });
const coordinator = await startCoordinator({
  redisUrl: redis.url,
  ...{ host: "127.0.0.1", port: 0, token: "nobody-asks", log },
  runsFolder: folder,
  scenariosFolder: "scenarios",
  page: pageFolder,
  engine: liveEngine(log, "virtual"),
  onDown: () => undefined,
});
const { title, frames } = filmed();
coordinator.feed.begins("r1", title);
let shown = 0;
let timer: NodeJS.Timeout | null = null;
show();
process.on("message", (order: { readonly rateHz: number } | "counts" | "end") => {
  if (order === "end") void end();
  else if (order === "counts") tellCounts();
  else {
    if (timer !== null) clearInterval(timer);
    timer = setInterval(show, 1_000 / order.rateHz);
  }
});
process.send?.({ url: coordinator.url });

function show(): void {
  const frame = frames[shown % frames.length];
  if (frame === undefined) return;
  const useful = Date.now();
  coordinator.feed.shows([{ ...frame, atNs: ++shown * FRAME_NS, useful }], null);
}

function tellCounts(): void {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMs: (user + system) / 1_000, shown, ...coordinator.feed.counts });
}

async function end(): Promise<void> {
  if (timer !== null) clearInterval(timer);
  await coordinator.close();
  await redis.close();
  rmSync(folder, { recursive: true, force: true });
  process.disconnect();
}

function filmed() {
  const path = "scenarios/zijlstra-wedge.yaml";
  const opened = openScenario(readFileSync(path, "utf8"), path);
  const found = opened.ok ? opened.scenario.resolve({ variant: "vanilla-2007" }) : opened;
  if (!found.ok || !("scenario" in found)) throw new Error(`${path}: not sound`);
  const run = new Run({ scenario: found.scenario, seed: SEED });
  const camera = new Camera(run);
  const taken: Frame[] = [];
  while (run.world.nowNs < FILMED_NS) {
    run.step();
    camera.observe();
    taken.push(...camera.takeFrames());
  }
  camera.close();
  const told = { seed: SEED, policy: null, settings: [] };
  return { title: titleOf(found.scenario, told), frames: taken.slice(-20) };
}
