// One measurement of the fleet's state, in a process of its own: it is what a coordinator does with samples, its reader is
// another process. Prints for each second how much processor it cost and how late the reader was.
//
// The sample is A's of zijlstra-wedge after three seconds: a machine that swaps and has 200 connections.
//
// Arguments: seconds.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { assert } from "#base/assert.ts";
import type { FleetNode } from "#coordinator/fleet/fleet.ts";
import { foldFleet } from "#coordinator/fleet/fold.ts";
import { openRedis } from "#coordinator/index.ts";
import { flatValues } from "#coordinator/live/flat-values.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { MachineSample } from "#wire/telemetry/sample.ts";
import { Publisher } from "../nodes/telemetry/publisher.ts";
import { busySample } from "./busy-sample.ts";

const NODES = 100;
const RATE_HZ = 20;
const PERIOD_MS = 1000 / RATE_HZ;

const seconds = Number(process.argv[2] ?? "3");
const folder = mkdtempSync(join(tmpdir(), "unwedge-state-"));
const names = Array.from({ length: NODES }, (_, i) => `N${i}`);
const handle = await openRedis({ url: null, serverPath: "redis-server", folder });
const redis = new Redis(handle.url);
const reader = fork(fileURLToPath(new URL("state-reader.ts", import.meta.url)), names, {
  execArgv: sourceFlags(),
  env: { ...process.env, REDIS_URL: handle.url },
});
await once(reader, "message");
const publisher = new Publisher(redis);
const sample = busySample();
const windows: { cpuMs: number; delaysMs: unknown[] }[] = [];
// The first second warms up.
for (let second = 0; second <= seconds; second++) {
  const cpuBefore = process.cpuUsage();
  await publishOneSecond();
  const { user, system } = process.cpuUsage(cpuBefore);
  const answer = once(reader, "message");
  reader.send("delays");
  const [delaysMs]: unknown[] = await answer;
  assert(Array.isArray(delaysMs) && delaysMs.length > 0, "the reader reads");
  if (second > 0) windows.push({ cpuMs: (user + system) / 1000, delaysMs });
}
assert(publisher.dropped === 0, "every sample reached Redis");
reader.disconnect();
redis.disconnect();
await handle.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify(windows));

async function publishOneSecond(): Promise<void> {
  const startMs = performance.now();
  for (let tick = 0; tick < RATE_HZ; tick++) {
    const atNs = Date.now() * 1e6;
    const nodes = names.map((host) => nodeOf({ ...sample, host, atNs }));
    const { byState } = foldFleet(nodes);
    assert(byState["connected"] === NODES, "every node is folded in");
    await sleep(Math.max(0, startMs + (tick + 1) * PERIOD_MS - performance.now()));
  }
}

function nodeOf(own: MachineSample): FleetNode {
  publisher.sample(own.host, JSON.stringify(own));
  const values = flatValues(own);
  return { name: own.host, role: own.role, state: "connected", sinceMs: 0, run: null, values };
}
