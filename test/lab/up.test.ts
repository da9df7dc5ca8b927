// `unwedge up` as a process: it serves, shows a wedge, and leaves nothing running when it is stopped.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openRedis } from "#coordinator/redis/choice.ts";
import { until } from "../support/cluster.ts";
import { descendantsOf, isAlive } from "../support/sockets.ts";

let folder = "";
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unwedge-up-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Up {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: Interface;
  /** What it said on stderr so far. */
  said(): string;
}

async function started(env: Record<string, string>, ...args: string[]): Promise<Up> {
  const at = ["--port", "0", "--out", join(folder, "runs")];
  const child = spawn(process.execPath, ["tools/run.mjs", "cli/main.ts", "up", ...at, ...args], {
    env: { ...process.env, TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  const lines = createInterface({ input: child.stdout });
  // One that ends instead has told why.
  const [first] = await Promise.race([once(lines, "line"), once(child, "exit")]);
  if (typeof first !== "string") throw new Error(`unwedge up ended: ${said}`);
  return { child, url: first, lines, said: () => said };
}

/** Its exit code, and which of its processes are left. */
async function stopped({ child }: Up, signal: NodeJS.Signals) {
  const processes = descendantsOf(child.pid ?? 0);
  const exit = once(child, "exit");
  child.kill(signal);
  const [code] = await exit;
  return { code, left: processes.filter(isAlive) };
}

/** A PATH on which there is nothing. */
function emptyPath(): string {
  const path = join(folder, "nothing");
  mkdirSync(path);
  return path;
}

const readyOf = async ({ url }: Up): Promise<number> => (await fetch(`${url}readyz`)).status;

test("with no Redis anywhere: A wedges, Ctrl-C is exit code 0 and leaves nothing", async () => {
  // In virtual time: on a host that is busy with other tests a cluster is begun again until it keeps up.
  const short = ["--engine", "virtual", "--set", "params.outage=3s"];
  const up = await started({ PATH: emptyPath(), REDIS_URL: "" }, ...short);
  expect(up.said()).toContain("one in JavaScript, the slow mode");
  const [line] = await once(up.lines, "line");
  expect(line).toMatch(/^vanilla-2007 2007 wedged \(\w+\) /);
  expect(await readyOf(up)).toBe(200);
  const { code, left } = await stopped(up, "SIGINT");
  expect([code, left]).toEqual([0, []]);
  expect(up.said()).toContain("nothing is left running");
});

const hasServer = (process.env["PATH"] ?? "").split(delimiter).some((on) => {
  try {
    accessSync(join(on, "redis-server"));
    return true;
  } catch {
    return false;
  }
});

test.skipIf(!hasServer)(
  "with redis-server on PATH: it and three nodes, and none is left",
  async () => {
    const up = await started({ REDIS_URL: "" }, "--idle");
    expect(up.said()).toMatch(/Redis: .*redis-server, ours/);
    await until(() => descendantsOf(up.child.pid ?? 0).length >= 5);
    const { code, left } = await stopped(up, "SIGTERM");
    expect([code, left]).toEqual([0, []]);
  },
);

test("with REDIS_URL: that one, and it is left as it was; unwedge down stops it", async () => {
  const redis = await openRedis({ url: null, serverPath: null, folder });
  try {
    const named = { PATH: emptyPath(), REDIS_URL: redis.url, UNWEDGE_TOKEN: "told" };
    const up = await started(named, "--idle");
    expect(up.said()).toContain("from REDIS_URL");
    const processes = descendantsOf(up.child.pid ?? 0);
    const exit = once(up.child, "exit");
    const down = spawn("./unwedge", ["down", "--url", up.url, "--token", "told"], {
      stdio: "ignore",
    });
    children.push(down);
    expect(await once(down, "exit")).toEqual([0, null]);
    expect([await exit, processes.filter(isAlive)]).toEqual([[0, null], []]);
    expect(up.said()).toContain("nothing is left running");
  } finally {
    await redis.close();
  }
});

test("killed in the middle of a run, it takes nodes, machines and Redis with it; the next one says what became of the run", async () => {
  const up = await started({ REDIS_URL: "" });
  await until(() => up.said().includes("phase warm-up"));
  const processes = descendantsOf(up.child.pid ?? 0);
  // Three agents, and a machine of each.
  expect(processes.length).toBeGreaterThanOrEqual(6);
  up.child.kill("SIGKILL");
  await until(() => !processes.some(isAlive));
  const next = await started({ REDIS_URL: "" }, "--idle");
  const answer: unknown = await (await fetch(`${next.url}api/v1/runs`)).json();
  expect(answer).toMatchObject({
    runs: [{ state: "ended", verdict: "inconclusive", status: "inconclusive" }],
  });
  expect(JSON.stringify(answer)).toContain("the coordinator ended in the middle of it");
  expect(await stopped(next, "SIGINT")).toEqual({ code: 0, left: [] });
});
