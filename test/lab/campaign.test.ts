// Sweeps whose runs are on a queue in a real Redis: the same output as without, whoever is killed in the middle, and no run twice.

import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as turn } from "node:timers/promises";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { coreHash } from "#coordinator/campaign/core.ts";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import { cellsQueue, QUEUE, resultKey } from "#wire/keys.ts";
import { endOf } from "../support/cluster.ts";
import { FakeIo } from "../support/fake-io.ts";

const path = "test/fixtures/grid.yaml";
const text = readFileSync(path, "utf8");
const RUNS = 30;
/** Twice as long as a process that does nothing but renew it may be kept from that. */
const LOCK_MS = 2_000;
const serverPath =
  spawnSync("sh", ["-c", "command -v redis-server"], { encoding: "utf8" }).stdout.trim() || null;

async function sweep(...args: string[]): Promise<FakeIo & { code: number }> {
  return await started(...args).ended;
}

/** A sweep that goes on, and what Ctrl-C does to it. */
function started(...args: string[]) {
  const io = new FakeIo({ [path]: text });
  const ended = main(["sweep", path, "--id", "corner", "--json", ...args], io).then((code) =>
    Object.assign(io, { code }),
  );
  return { io, ended };
}

const onRedis = test.skipIf(serverPath === null);
let local = "";
let folder = "";
let server: RedisHandle;
let redis: Redis;
const workers: ChildProcess[] = [];

beforeAll(async () => {
  local = (await sweep()).stdout;
  expect(JSON.parse(local).cells).toHaveLength(6);
});
beforeEach(async () => {
  if (serverPath === null) return;
  folder = mkdtempSync(join(tmpdir(), "unwedge-campaign-"));
  server = await openRedis({ url: null, serverPath, folder });
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
});
afterEach(async () => {
  if (serverPath === null) return;
  for (const worker of workers.splice(0)) worker.kill("SIGKILL");
  redis.disconnect();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One whose batches are given to others `LOCK_MS` after it was killed; takes runs when this resolves. */
async function worker(): Promise<ChildProcess> {
  const file = "test/support/campaign-worker-process.ts";
  const args = [file, server.url, String(LOCK_MS)];
  const child = fork("tools/run.mjs", args, { execArgv: [] });
  workers.push(child);
  await once(child, "message");
  return child;
}

/** Who ran what to its end: the workers of each result that is there. */
async function record(): Promise<string[][]> {
  const keys = await redis.keys(resultKey("*"));
  const results = await Promise.all(keys.map((key) => redis.hgetall(key)));
  return results.map((fields) =>
    Object.keys(fields).flatMap((name) => (name.startsWith("by:") ? [fields[name] ?? ""] : [])),
  );
}

async function untilSomeAreDone(least = 1): Promise<void> {
  while ((await redis.keys(resultKey("*"))).length < least) await turn(5);
}

const onceEach = Array.from({ length: RUNS }, () => 1);
const timesOf = (runs: string[][]): number[] => runs.map((by) => by.length);

onRedis(
  "two workers share a sweep, and what it prints is what it prints without them, byte for byte",
  async () => {
    const flags = ["worker", "--redis", server.url, "--threads", "1"];
    const both = [1, 2].map(() => spawn("./unwedge", flags, { stdio: ["ignore", "pipe", "pipe"] }));
    workers.push(...both);
    const said = await Promise.all(both.map(async ({ stdout }) => `${await once(stdout, "data")}`));
    for (const line of said) expect(line).toMatch(/^worker .* threads 1, core [0-9a-f]{12}\n$/);
    const { stdout, stderr } = await sweep("--redis", server.url);
    expect([stdout, stderr]).toEqual([local, ""]);
    const runs = await record();
    expect(timesOf(runs)).toEqual(onceEach);
    expect(new Set(runs.flat()).size).toBe(2);
    const exits = both.map((child) => once(child, "exit"));
    for (const child of both) child.kill("SIGTERM");
    expect(await Promise.all(exits)).toEqual([
      [EXIT.ok, null],
      [EXIT.ok, null],
    ]);
  },
);

onRedis(
  "a worker that is killed in the middle changes nothing; what it had finished is not run again",
  async () => {
    const first = await worker();
    const { ended } = started("--redis", server.url);
    await untilSomeAreDone(2);
    first.kill("SIGKILL");
    await once(first, "exit");
    const before = (await record()).length;
    expect(before).toBeLessThan(RUNS);
    await worker();
    expect((await ended).stdout).toBe(local);
    const runs = await record();
    expect(timesOf(runs)).toEqual(onceEach);
    const byFirst = runs.flat().filter((name) => name.endsWith(`-${first.pid}`));
    expect(byFirst.length).toBeGreaterThanOrEqual(before);
  },
);

onRedis(
  "Redis that is killed in the middle and comes back has lost nothing and repeats nothing",
  async () => {
    await worker();
    const { io, ended } = started("--redis", server.url);
    await untilSomeAreDone(2);
    process.kill(Number(readFileSync(join(folder, "redis.pid"), "utf8")), "SIGKILL");
    expect((await ended).stdout).toBe(local);
    expect(timesOf(await record())).toEqual(onceEach);
    expect(io.stderr).toBe("Redis is gone; waiting for it\nRedis answers again\n");
  },
);

onRedis("what Redis has forgotten is put on the queue again", async () => {
  await worker();
  const { ended } = started("--redis", server.url);
  await untilSomeAreDone(2);
  await redis.flushall();
  expect((await ended).stdout).toBe(local);
});

onRedis(
  "a sweep that is killed in the middle is gone on with, also while its runs are still on the queue",
  async () => {
    const command = ["sweep", path, "--id", "corner", "--json", "--redis", server.url];
    const killed = spawn("./unwedge", command, { stdio: "ignore" });
    await worker();
    await untilSomeAreDone(2);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect((await sweep("--redis", server.url)).stdout).toBe(local);
    expect(timesOf(await record())).toEqual(onceEach);
  },
);

onRedis(
  "stopped by hand it takes back what nobody has begun; asked again it goes on, and again it runs nothing",
  async () => {
    const own = await worker();
    const { io, ended } = started("--redis", server.url);
    await untilSomeAreDone(2);
    io.stop?.(EXIT.interrupted);
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([
      EXIT.interrupted,
      expect.stringMatching(
        /^interrupted after \d+ of 30 runs; the same command goes on from there\n$/,
      ),
    ]);
    expect(await redis.keys("unwedge:bull:cells-*:wait")).toEqual([]);
    expect((await sweep("--redis", server.url)).stdout).toBe(local);
    expect(timesOf(await record())).toEqual(onceEach);
    await endOf(own);
    // Nobody is there to run anything.
    const { stdout, stderr: nothing } = await sweep("--redis", server.url);
    expect([stdout, nothing]).toEqual([local, ""]);
  },
);

onRedis(
  "a worker that is stopped gives its batch back at once, and others need not wait for its lock",
  async () => {
    const flags = ["worker", "--redis", server.url, "--threads", "1"];
    const first = spawn("./unwedge", flags, { stdio: ["ignore", "pipe", "pipe"] });
    workers.push(first);
    let said = "";
    first.stderr.on("data", (chunk) => {
      said += String(chunk);
    });
    await once(first.stdout, "data");
    const { ended } = started("--redis", server.url);
    await untilSomeAreDone(2);
    const exit = once(first, "exit");
    first.kill("SIGTERM");
    expect(await exit).toEqual([EXIT.ok, null]);
    expect(said).toMatch(/, given back\n$/);
    expect(await redis.keys("unwedge:bull:cells-*:active")).toEqual([]);
    expect(await redis.keys("unwedge:bull:cells-*:lock")).toEqual([]);
    await worker();
    expect((await ended).stdout).toBe(local);
    expect(timesOf(await record())).toEqual(onceEach);
  },
);

onRedis("a batch that fails is told with the reason; asked again it is tried again", async () => {
  const broken = new Worker(
    cellsQueue(coreHash()),
    () => Promise.reject(new Error("no such luck")),
    {
      connection: redis,
      prefix: QUEUE.prefix,
    },
  );
  const { code, stdout, stderr } = await sweep("--redis", server.url);
  expect([code, stdout]).toEqual([EXIT.internal, ""]);
  expect(stderr).toMatch(/grid.yaml .*, seeds 1 to 5: no such luck\n$/);
  await broken.close();
  await worker();
  expect((await sweep("--redis", server.url)).stdout).toBe(local);
  expect(timesOf(await record())).toEqual(onceEach);
});

onRedis("claims, matrix and search find the same workers", async () => {
  await worker();
  const files = Object.fromEntries(
    ["test/fixtures/claims.yaml", "test/fixtures/tiny.yaml"].map((file) => [
      file,
      readFileSync(file, "utf8"),
    ]),
  );
  const commands = [
    ["claims", "--table", "test/fixtures/claims.yaml", "--seeds", "1", "--json"],
    ["matrix", "test/fixtures/tiny.yaml", "--policy", "vanilla-2007"],
    ["search", "test/fixtures/tiny.yaml", "--seeds", "1"],
  ];
  for (const args of commands) {
    const [here, there] = [new FakeIo(files), new FakeIo(files)];
    await main(args, here);
    await main([...args, "--redis", server.url], there);
    expect(there.stdout).toBe(here.stdout);
  }
  expect((await record()).length).toBeGreaterThan(0);
});

onRedis(
  "without a worker it says how to have one; with a Redis that evicts, or none, it says so and ends",
  async () => {
    const { io, ended } = started("--redis", server.url);
    while (io.stderr === "") await turn(5);
    expect(io.stderr).toMatch(/^no worker of this core .* unwedge worker --redis redis:\/\/127/);
    io.stop?.(EXIT.interrupted);
    await ended;
    await redis.config("SET", "maxmemory-policy", "allkeys-lru");
    for (const command of [["sweep", path, "--id", "corner"], ["worker"]]) {
      const evicts = new FakeIo({ [path]: text });
      expect(await main([...command, "--redis", server.url], evicts)).toBe(EXIT.unavailable);
      expect(evicts.stderr).toContain("set maxmemory-policy noeviction");
      const none = new FakeIo({ [path]: text });
      expect(await main([...command, "--redis", "redis://127.0.0.1:1"], none)).toBe(
        EXIT.unavailable,
      );
      expect(none.stderr).toMatch(/^Redis at 127.0.0.1:1 does not answer \(connect ECONNREFUSED/);
    }
  },
);
