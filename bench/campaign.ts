// `npm run campaign`: the same sweep by one worker of one thread and by two, side by side, each from an empty Redis of its
// own, until two are done: how much more they have done by then than one. Without arguments the 400 cells of
// test/fixtures/grid.yaml with five seeds each; else the sweep and the seeds that are named: `npm run campaign -- corner 20`.
//
// Side by side, since a host that has other things to do gives each of the three threads the same share: one after the other
// would compare what else it did. On an idle host with two processors or more it is how much sooner two are done.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { assert } from "#base/assert.ts";
import { openRedis } from "#coordinator/index.ts";
import { resultKey } from "#wire/keys.ts";
import { factsText, machineFacts } from "./facts.ts";

const [, , id = "diagram", seeds = "5"] = process.argv;
const command = ["sweep", "test/fixtures/grid.yaml", "--id", id, "--seeds", seeds];

process.stdout.write(`${factsText(machineFacts())}\n\nunwedge ${command.join(" ")}\n`);
const [one, two] = await Promise.all([opened(1), opened(2)]);
try {
  const startMs = performance.now();
  one.start();
  const [code] = await once(two.start(), "exit");
  assert(code === 0, "the sweep ends well");
  const wallS = (performance.now() - startMs) / 1_000;
  const [byOne, byTwo] = [await one.count(), await two.count()];
  process.stdout.write(
    `after ${wallS.toFixed(0)} s: ${byTwo} runs by two workers, ${byOne} by one: ${(byTwo / byOne).toFixed(2)} times as many\n`,
  );
} finally {
  await Promise.all([one.close(), two.close()]);
}

interface Side {
  /** The sweep, on these workers. */
  start(): ChildProcess;
  /** Results that are there. */
  count(): Promise<number>;
  close(): Promise<void>;
}

/** A Redis and workers that wait. */
async function opened(workers: number): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-campaign-"));
  const handle = await openRedis({ url: null, serverPath: "redis-server", folder });
  const redis = new Redis(handle.url);
  const unwedge = (...args: readonly string[]): ChildProcess =>
    spawn("./unwedge", args, {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, UNWEDGE_REDIS: handle.url },
    });
  const started = Array.from({ length: workers }, () => unwedge("worker", "--threads", "1"));
  await Promise.all(started.map(({ stdout }) => stdout && once(stdout, "data")));
  return {
    start: () => {
      const sweep = unwedge(...command);
      sweep.stdout?.resume();
      started.push(sweep);
      return sweep;
    },
    count: async () => (await redis.keys(resultKey("*"))).length,
    close: async () => {
      for (const child of started.filter(({ exitCode }) => exitCode === null)) {
        const exit = once(child, "exit");
        child.kill();
        await exit;
      }
      redis.disconnect();
      await handle.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
