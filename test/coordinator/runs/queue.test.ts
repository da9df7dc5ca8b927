// Runs over the end of a coordinator and of Redis: none disappears, none runs twice, two never run at once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import { RunFolder } from "#coordinator/runs/folder.ts";
import type { History } from "#coordinator/runs/history.ts";
import { newRecord } from "#coordinator/runs/record.ts";
import { type Bench, bodyOf, judged, openBench, until } from "../../support/coordinator.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-runs-"));
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function redisOf(): Promise<RedisHandle> {
  const redis = await openRedis({ url: null, serverPath: null, folder });
  open.push(() => redis.close());
  return redis;
}

async function benchOf(options: Parameters<typeof openBench>[0]): Promise<Bench> {
  const bench = await openBench({ folder, ...options });
  open.push(() => bench.close());
  return bench;
}

const REQUEST = {
  ...{ scenario: "zijlstra-wedge", variant: null, seed: 1 },
  ...{ policy: null, set: [], foreign: [], slowdown: null },
};
let keys = 0;

async function ask(bench: Bench): Promise<string> {
  const headers = { "idempotency-key": `k${keys++}` };
  const response = await bench.ask("POST", "/api/v1/runs", { scenario: "zijlstra-wedge" }, headers);
  expect(response.status).toBe(202);
  return (await bodyOf(response)).id;
}

const isEnded = (bench: Bench, id: string) => (): boolean =>
  bench.coordinator.history.get(id)?.state === "ended";

test("one at a time, in the order in which they were asked for", async () => {
  const seen: string[] = [];
  let now = 0;
  let most = 0;
  const bench = await benchOf({
    redis: await redisOf(),
    execute: async (history: History, id: string) => {
      most = Math.max(most, ++now);
      seen.push(id);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      await judged(history, id);
    },
  });
  const ids = [await ask(bench), await ask(bench), await ask(bench)];
  await until(bench.coordinator, isEnded(bench, ids[2] ?? ""));
  expect(seen).toEqual(ids);
  expect(most).toBe(1);
});

test("what ran when the coordinator ended is inconclusive and says why; what waited runs", async () => {
  const disk = new RunFolder(folder);
  disk.write({ ...newRecord("running", REQUEST, 1), state: "running", startedAtMs: 2 });
  disk.write(newRecord("waiting", REQUEST, 3));
  const bench = await benchOf({ redis: await redisOf() });
  await until(bench.coordinator, isEnded(bench, "waiting"));
  const { history } = bench.coordinator;
  expect([history.get("running")?.verdict, history.get("running")?.status]).toEqual([
    "inconclusive",
    "inconclusive",
  ]);
  expect(history.get("running")?.why[0]).toContain("the coordinator ended in the middle of it");
  expect(history.get("waiting")?.verdict).toBe("recovers");
});

test("a run that was acknowledged is there after a restart with a Redis that knows nothing", async () => {
  const never = new Promise<void>(() => undefined);
  const first = await openBench({ folder, redis: await redisOf(), execute: () => never });
  const ids = [await ask(first), await ask(first)];
  await until(first.coordinator, () => first.coordinator.history.list().length === 2);
  // As a SIGKILL would leave it: nothing is closed, only the disk is left.
  const second = await benchOf({ redis: await redisOf() });
  for (const id of ids) await until(second.coordinator, isEnded(second, id));
  expect(second.coordinator.history.list().map(({ id }) => id)).toEqual([...ids].reverse());
});

test("while Redis is gone a run is refused and leaves nothing; the one that goes on is judged", async () => {
  const redis = await redisOf();
  let go = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    go = resolve;
  });
  const bench = await benchOf({
    redis,
    execute: async (history, id) => {
      await gone;
      await judged(history, id);
    },
  });
  const id = await ask(bench);
  await redis.close();
  const refused = await bench.ask(
    "POST",
    "/api/v1/runs",
    { scenario: "zijlstra-wedge" },
    { "idempotency-key": "gone" },
  );
  expect(refused.status).toBe(503);
  expect((await bench.ask("GET", "/readyz")).status).toBe(503);
  expect((await bodyOf(await bench.ask("GET", "/readyz"))).missing).toContain(
    "Redis does not answer",
  );
  go();
  await until(bench.coordinator, isEnded(bench, id));
  const { history } = bench.coordinator;
  expect(history.list().map((run) => [run.id, run.verdict])).toEqual([[id, "recovers"]]);
  expect(history.lostWrites).toBeGreaterThan(0);
});

test("a run that waits is cancelled, one that goes on is ended", async () => {
  const bench = await benchOf({
    redis: await redisOf(),
    execute: (history, id, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          resolve(judged(history, id));
        });
      }),
  });
  const ids = [await ask(bench), await ask(bench)];
  expect((await bench.ask("DELETE", `/api/v1/runs/${ids[1]}`)).status).toBe(204);
  expect(bench.coordinator.history.get(ids[1] ?? "")?.why).toEqual(["cancelled before it began"]);
  expect((await bench.ask("DELETE", `/api/v1/runs/${ids[0]}`)).status).toBe(204);
  await until(bench.coordinator, isEnded(bench, ids[0] ?? ""));
  expect((await bench.ask("DELETE", `/api/v1/runs/${ids[0]}`)).status).toBe(204);
  expect(bench.coordinator.history.get(ids[0] ?? "")).toBeNull();
});
