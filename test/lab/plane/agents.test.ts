// Nodes that outlive a run: agents as real processes, a machine of each for every run.

import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { KEYS, samplesKey } from "#wire/keys.ts";
import {
  agentProcess,
  type Cluster,
  ended,
  endOf,
  isConnected,
  openCluster,
  TOKEN,
  until,
} from "../../support/cluster.ts";
import { FakeIo } from "../../support/fake-io.ts";
import { isAlive, machinesOf } from "../../support/sockets.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-plane-"));
let cluster: Cluster;
beforeAll(async () => {
  cluster = await openCluster(folder);
});
afterAll(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

const TINY = { scenario: "tiny", variant: "fits" };

test("without a node for every host a run is refused, and who is missing is said", async () => {
  expect((await cluster.ask(TINY)).body.detail).toBe("no node for A, C (no node is connected)");
  await cluster.join("C", 1);
  const { status, body } = await cluster.ask(TINY);
  expect([status, body.missing, body.nodes]).toEqual([503, ["A"], ["C"]]);
  expect(cluster.coordinator.history.list()).toEqual([]);
});

test("a scenario that says it is for virtual time only is refused, and by which engines it may be run", async () => {
  const { status, body } = await cluster.ask({ ...TINY, set: ["engine.allow=[virtual]"] });
  expect([status, body.detail]).toEqual([422, "tiny: not on sockets, it says itself"]);
  expect(cluster.coordinator.history.list()).toEqual([]);
});

test("two runs on the same nodes: a machine each, judged, published by the nodes", async () => {
  const agent = await cluster.join("A", 0);
  const machines: number[] = [];
  let slowdown = 1;
  for (let nth = 0; nth < 2; nth++) {
    const { status, body } = await cluster.ask(TINY);
    expect(status).toBe(202);
    await until(() => machinesOf(agent.pid ?? 0).length === 1);
    machines.push(...machinesOf(agent.pid ?? 0));
    const record = await ended(cluster, body.id);
    expect([record.verdict, record.status, record.engine]).toEqual([
      "completes",
      "pass",
      "cluster",
    ]);
    expect(record.slowdown).toBeGreaterThanOrEqual(slowdown);
    slowdown = record.slowdown ?? 0;
  }
  await until(() => machinesOf(agent.pid ?? 0).length === 0);
  expect(new Set(machines).size).toBe(2);
  const redis = new Redis(cluster.redis.url);
  const [state, samples, events] = await Promise.all([
    redis.hget(KEYS.state.key, "A"),
    redis.xlen(samplesKey("A")),
    redis.xrange(KEYS.events.key, "-", "+"),
  ]);
  redis.disconnect();
  expect(JSON.parse(state ?? "null").host).toBe("A");
  expect(samples).toBeGreaterThan(10);
  const ofA = events.filter(([, [, node]]) => node === "A").map(([, fields]) => fields[3] ?? "");
  // And one more for each time that this host was found too slow, and the pace halved.
  const started = ofA.filter((event) => event.includes("machine-started"));
  expect(started).toHaveLength(2 + Math.log2(slowdown));
  expect(cluster.coordinator.engine.lostWrites()).toBe(0);
});

test("unwedge run --engine cluster: asked, followed, told as any other run, with its exit code", async () => {
  const file = "test/fixtures/swapping.yaml";
  const run = async (...args: string[]) => {
    const io = new FakeIo({ [file]: readFileSync(file, "utf8") });
    const at = ["--engine", "cluster", "--url", cluster.coordinator.url, "--token", TOKEN];
    return { code: await main(["run", file, ...at, ...args], io), io };
  };
  const fits = await run();
  expect(fits.io.stdout).toMatch(/^- 1 completes pass - /m);
  expect(fits.io.stdout).toMatch(/^ {2}run r\w+ of http:/m);
  expect(fits.io.stderr).toContain("phase judged\n");
  expect(fits.code).toBe(EXIT.ok);
  const vacuous = await run("--set", "nodes.A.run.hog.size=4MiB", "--json");
  const { status, engine, checks } = JSON.parse(vacuous.io.stdout);
  expect([status, engine, vacuous.code]).toEqual(["inconclusive", "cluster", EXIT.inconclusive]);
  expect(checks.length).toBeGreaterThan(1);
  const nobody = await run("--url", "http://127.0.0.1:9");
  expect([nobody.code, nobody.io.stderr]).toEqual([
    EXIT.unavailable,
    expect.stringContaining("nobody answers; is the cluster up?"),
  ]);
});

test("unwedge logs and wipe: what happened on a node; nothing is left of what is over", async () => {
  const at = ["--url", cluster.coordinator.url, "--token", TOKEN];
  const lastFour = async (): Promise<unknown[]> => {
    const logs = new FakeIo();
    expect(await main(["logs", "A", "--last", "4", ...at], logs)).toBe(EXIT.ok);
    const lines = logs.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return lines.map(({ node, event }) => [node, event.type]);
  };
  // A node tells Redis that its machine has ended beside telling the coordinator: either may hear it first.
  let last = await lastFour();
  while (JSON.stringify(last.at(-1)) !== '["A","machine-ended"]') last = await lastFour();
  expect(last).toEqual([
    ["A", "machine-started"],
    ["A", "machine-ended"],
    ["A", "machine-started"],
    ["A", "machine-ended"],
  ]);
  const wipe = new FakeIo();
  expect(await main(["wipe", ...at], wipe)).toBe(EXIT.ok);
  expect(wipe.stderr).toMatch(/^\d+ runs removed, 0 that wait or go on are kept\n$/);
  expect(cluster.coordinator.history.list()).toEqual([]);
});

test("a machine that is killed ends its run, which says so, and its agent has the next one", async () => {
  const agent = await started("A");
  const { body } = await cluster.ask(TINY);
  await until(() => machinesOf(agent).length === 1);
  for (const pid of machinesOf(agent)) process.kill(pid, "SIGKILL");
  const record = await ended(cluster, body.id);
  expect([record.verdict, record.why]).toEqual([
    "inconclusive",
    ["node A is gone: it ended with SIGKILL"],
  ]);
  const next = await ended(cluster, (await cluster.ask(TINY)).body.id);
  expect(next.verdict).toBe("completes");
});

test("an agent that is killed takes its machine with it, ends the run, and may come back", async () => {
  const agent = await started("A");
  const { body } = await cluster.ask(TINY);
  await until(() => machinesOf(agent).length === 1);
  const machines = machinesOf(agent);
  process.kill(agent, "SIGKILL");
  const record = await ended(cluster, body.id);
  expect(record.verdict).toBe("inconclusive");
  expect(record.why[0]).toMatch(/^node A is gone: its agent is gone/);
  await until(() => !machines.some(isAlive));
  const lack = (await cluster.ask(TINY)).body;
  expect(lack.missing).toEqual(["A"]);
  await cluster.join("A", 0);
  const next = await ended(cluster, (await cluster.ask(TINY)).body.id);
  expect(next.verdict).toBe("completes");
});

test("a second agent of a name waits until the first is gone", async () => {
  const second = agentProcess({ ...where(), name: "A", index: 3 });
  const lines: string[] = [];
  second.stderr?.on("data", (chunk) => lines.push(String(chunk)));
  await until(() => lines.join("").includes("a node A is connected already"));
  expect(isConnected(cluster.coordinator, "A")).toBe(true);
  await endOf(second);
});

test("a wrong token is told, and ends the agent", async () => {
  const stranger = agentProcess({ ...where(), name: "X", index: 4, token: "guessed" });
  const lines: string[] = [];
  stranger.stderr?.on("data", (chunk) => lines.push(String(chunk)));
  const [code] = await once(stranger, "exit");
  expect(code).toBe(EXIT.unavailable);
  expect(lines.join("")).toContain("it does not take this token");
  expect(isConnected(cluster.coordinator, "X")).toBe(false);
});

const where = () => ({
  coordinator: cluster.coordinator.url,
  redisUrl: cluster.redis.url,
});

/** Pid of the agent that plays a host. */
async function started(name: string): Promise<number> {
  await until(() => isConnected(cluster.coordinator, name));
  const pid = cluster.pidOf(name);
  if (pid === null) throw new Error(`${name} was started`);
  return pid;
}
