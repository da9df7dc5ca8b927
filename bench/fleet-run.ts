// One measurement of a whole fleet, in a process of its own: a coordinator as `unwedge up` has it, with the run of a scenario
// of 100 machines, whose nodes and whose page are two other processes. Prints for each second how much processor the
// coordinator had, how many samples it was told, and how late the page was.
//
// Arguments: seconds.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { assert } from "#base/assert.ts";
import { type Coordinator, liveEngine, openRedis, startCoordinator } from "#coordinator/index.ts";
import { sourceFlags } from "#tools/source-flags.mjs";

const NODES = 100;
const TOKEN = "a-token-for-benchmarks";
const seconds = Number(process.argv[2] ?? "3");
const folder = mkdtempSync(join(tmpdir(), "unwedge-fleet-"));
const names = Array.from({ length: NODES }, (_, i) => `N${i}`);
const startMs = Date.now();

mkdirSync(join(folder, "scenarios"));
writeFileSync(join(folder, "scenarios", "fleet.yaml"), scenarioText());
const redis = await openRedis({ url: null, serverPath: "redis-server", folder });
const log = pino({ level: "silent" });
const coordinator = await startCoordinator({
  ...{ redisUrl: redis.url, host: "127.0.0.1", port: 0, token: TOKEN, log },
  ...{ runsFolder: join(folder, "runs"), scenariosFolder: join(folder, "scenarios") },
  page: () => Promise.reject(new Error("no page is asked for")),
  onDown: () => undefined,
  engine: liveEngine(log, "cluster"),
});
const env = { ...process.env, REDIS_URL: redis.url, UNWEDGE_TOKEN: TOKEN };
const options = { execArgv: sourceFlags(), env };
const own = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const at = [coordinator.url, String(startMs)];
const agents = fork(own("fleet-agents.ts"), [...at, ...names], options);
const page = fork(own("fleet-page.ts"), at, options);
await once(page, "message");
while (coordinator.engine.fleet.nodes().length < NODES) await sleep(10);
await begin(coordinator);
const windows = [];
// The first two seconds warm up.
for (let second = -2; second < seconds; second++) {
  const before = await state();
  await sleep(1000);
  const after = await state();
  const samples = after.samples - before.samples;
  assert(
    samples > 0 && after.delaysMs.length > 0,
    "nodes are heard, and the page is shown something",
  );
  const cpuMs = after.cpuMs - before.cpuMs;
  if (second >= 0) windows.push({ cpuMs, samples, delaysMs: after.delaysMs });
}
assert(coordinator.engine.lostWrites() === 0, "every sample reached Redis");
await coordinator.close();
agents.disconnect();
page.disconnect();
await redis.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify(windows));

async function state() {
  const answer = once(page, "message");
  page.send("delays");
  const [delaysMs]: unknown[] = await answer;
  assert(Array.isArray(delaysMs), "the page answers");
  const { user, system } = process.cpuUsage();
  const told = once(agents, "message");
  agents.send("samples");
  const [samples]: unknown[] = await told;
  return { cpuMs: (user + system) / 1000, samples: Number(samples), delaysMs };
}

async function begin({ url, history }: Coordinator): Promise<void> {
  const response = await fetch(`${url}/api/v1/runs`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
      "idempotency-key": "fleet",
    },
    body: JSON.stringify({ scenario: "fleet", slowdown: 1 }),
  });
  const text = await response.text();
  assert(response.ok, text);
  while (history.list()[0]?.phase !== "work") await sleep(10);
}

/** Nothing of it is emulated: what its machines say is a stand-in's. */
function scenarioText(): string {
  const machine =
    "{ role: machine, policy: mainline-6.1, memory: { ram: 64 MiB, kernel: 6 MiB }, run: { hog: { kind: anon, size: 1 MiB } } }";
  return [
    "schema: unwedge/v1",
    "id: fleet",
    "title: A hundred machines",
    "seed: 1",
    "runs: 1",
    "engine: { default: sockets, allow: [sockets], maxTime: 1 h }",
    "nodes:",
    ...names.map((name) => `  ${name}: ${machine}`),
    "timeline:",
    "  - { phase: work, at: 0 s }",
    "  - { phase: judged, id: over, at: 30 min, do: mark }",
    "checks:",
    '  - { id: worked, sometimes: "N0.mem.free > 0 pages" }',
    "  - { id: ends, verdict: completes, after: over }",
    "",
  ].join("\n");
}
