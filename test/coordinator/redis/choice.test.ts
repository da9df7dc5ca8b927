// Each of the three kinds of Redis: opened, used by a client and a queue, closed, gone.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, describe, expect, test } from "vitest";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import { evictionComplaint } from "#coordinator/redis/policy.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-redis-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const serverPath =
  spawnSync("sh", ["-c", "command -v redis-server"], { encoding: "utf8" }).stdout.trim() || null;

const pidIn = (own: string): number => Number(readFileSync(join(own, "redis.pid"), "utf8"));
const isThere = (pid: number): boolean => spawnSync("kill", ["-0", `${pid}`]).status === 0;

async function withRedis(
  handle: RedisHandle,
  work: (redis: Redis) => Promise<void>,
): Promise<void> {
  const redis = new Redis(handle.url, { maxRetriesPerRequest: 2 });
  redis.on("error", () => undefined);
  try {
    await work(redis);
  } finally {
    redis.disconnect();
    await handle.close();
    await handle.close();
  }
}

/** A job goes through a queue and comes back with its answer. */
async function oneJob(url: string): Promise<unknown> {
  const connection = () => new Redis(url, { maxRetriesPerRequest: null });
  const clients = [connection(), connection(), connection()] as const;
  const queue = new Queue("q", { connection: clients[0] });
  const worker = new Worker("q", async ({ data }) => data.n * 2, { connection: clients[1] });
  const events = new QueueEvents("q", { connection: clients[2] });
  try {
    await events.waitUntilReady();
    const job = await queue.add("double", { n: 21 });
    return await job.waitUntilFinished(events);
  } finally {
    await worker.close();
    await events.close();
    await queue.close();
    for (const client of clients) client.disconnect();
  }
}

describe.skipIf(serverPath === null)("a redis-server of our own (needs redis-server)", () => {
  test("has a password, no eviction, an append-only file, and is gone when closed", async () => {
    const own = join(folder, "own");
    const handle = await openRedis({ url: null, serverPath, folder: own });
    const pid = pidIn(own);
    await withRedis(handle, async (redis) => {
      expect(handle.kind).toBe("server");
      expect(await evictionComplaint(redis)).toBeNull();
      expect(await redis.config("GET", "appendonly")).toEqual(["appendonly", "yes"]);
      const { port } = new URL(handle.url);
      const stranger = new Redis(Number(port), "127.0.0.1", { lazyConnect: true });
      stranger.on("error", () => undefined);
      await expect(stranger.set("a", "b")).rejects.toThrow(/NOAUTH/);
      stranger.disconnect();
      expect(await oneJob(handle.url)).toBe(42);
      expect(isThere(pid)).toBe(true);
    });
    expect(isThere(pid)).toBe(false);
  });

  test("keeps what it was told over a restart in the same folder", async () => {
    const own = join(folder, "twice");
    const first = await openRedis({ url: null, serverPath, folder: own });
    await withRedis(first, async (redis) => {
      await redis.set("kept", "yes");
    });
    const second = await openRedis({ url: null, serverPath, folder: own });
    await withRedis(second, async (redis) => {
      expect(await redis.get("kept")).toBe("yes");
    });
  });

  test("killed, it is started again where it was, with what it was told", async () => {
    const own = join(folder, "killed");
    const handle = await openRedis({ url: null, serverPath, folder: own });
    const first = pidIn(own);
    let second = 0;
    await withRedis(handle, async (redis) => {
      await redis.set("kept", "yes");
      // On disk before it is acknowledged.
      await redis.config("SET", "appendfsync", "always");
      await redis.set("more", "yes");
      process.kill(first, "SIGKILL");
      const again = new Redis(handle.url, { maxRetriesPerRequest: null });
      again.on("error", () => undefined);
      await again.ping();
      expect(await again.mget("kept", "more")).toEqual(["yes", "yes"]);
      again.disconnect();
      second = pidIn(own);
    });
    expect(second).not.toBe(first);
    expect([first, second].map(isThere)).toEqual([false, false]);
  });

  test("one that evicts is complained of", async () => {
    const handle = await openRedis({ url: null, serverPath, folder: join(folder, "evicts") });
    await withRedis(handle, async (redis) => {
      await redis.config("SET", "maxmemory-policy", "allkeys-lru");
      expect(await evictionComplaint(redis)).toContain("allkeys-lru");
    });
  });

  test("a path that is no Redis is said, not waited for", async () => {
    const wish = { url: null, serverPath: "/bin/false", folder: join(folder, "false") };
    await expect(openRedis(wish)).rejects.toThrow("ended as soon as it was started");
  });
});

test("the embedded one runs a queue, and says that it is the slow mode", async () => {
  const handle = await openRedis({ url: null, serverPath: null, folder });
  await withRedis(handle, async (redis) => {
    expect(handle.said).toContain("slow mode");
    const listening = spawnSync("sh", ["-c", "cat /proc/net/tcp6 /proc/net/tcp"]).stdout.toString();
    const port = Number(new URL(handle.url).port).toString(16).toUpperCase().padStart(4, "0");
    const places = listening
      .split("\n")
      .filter((line) => line.includes(`:${port} `) && / 0A /.test(line));
    expect(places.map((line) => line.trim().split(" ")[1])).toEqual([`0100007F:${port}`]);
    expect(await redis.xadd("s", "MAXLEN", "~", "10", "*", "a", "b")).toMatch(/^\d+-\d+$/);
    expect(await oneJob(handle.url)).toBe(42);
  });
});

test("REDIS_URL comes first and is left alone; nonsense is refused", async () => {
  const url = "redis://127.0.0.1:1";
  const handle = await openRedis({ url, serverPath, folder });
  expect([handle.url, handle.kind]).toEqual([url, "given"]);
  await handle.close();
  await expect(openRedis({ url: "http://x", serverPath, folder })).rejects.toThrow("REDIS_URL");
});
