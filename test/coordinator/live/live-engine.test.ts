// The engine under a clock that does not make it wait: a run from its beginning to its verdict, and a fault by hand in it.

import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Screen } from "#coordinator/engine-port.ts";
import { LiveEngine } from "#coordinator/live/live-engine.ts";
import type { MakeRun } from "#coordinator/live/live-run.ts";
import { selfContained } from "#coordinator/live/site.ts";
import { VirtualRun } from "#coordinator/live/virtual-run.ts";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import { RunFolder } from "#coordinator/runs/folder.ts";
import { handOrdersOf } from "#coordinator/runs/hand-orders.ts";
import { History, type Told } from "#coordinator/runs/history.ts";
import { newRecord } from "#coordinator/runs/record.ts";
import { ScenarioShelf } from "#coordinator/runs/scenarios.ts";
import { openScenario, sessionYaml } from "#coordinator/scenario/index.ts";
import { type Frame, Run } from "#sim/index.ts";
import { KEYS, samplesKey } from "#wire/keys.ts";
import { Publisher } from "../../../nodes/telemetry/publisher.ts";

const folder = mkdtempSync(join(tmpdir(), "unwedge-live-"));
let handle: RedisHandle;
let redis: Redis;
beforeAll(async () => {
  handle = await openRedis({ url: null, serverPath: null, folder });
  redis = new Redis(handle.url);
  await redis.ping();
});
afterAll(async () => {
  redis.disconnect();
  await handle.close();
  rmSync(folder, { recursive: true, force: true });
});

const REQUEST = {
  ...{ scenario: "outage", variant: "vanilla-2007", seed: 1 },
  ...{ policy: null, set: [], foreign: [], slowdown: null },
};

/** What a screen was shown, in its order. */
interface Seen {
  readonly frames: Frame[];
  readonly calls: string[];
}

/** A clock that is always far ahead: nothing is waited for. */
const atOnce: MakeRun = (of) => new VirtualRun(of, once(0, Number.MAX_SAFE_INTEGER));

function benchOf(nowMs: () => number, liveOf = atOnce) {
  const seen: Seen = { frames: [], calls: [] };
  const screen: Screen = {
    begins: (run) => seen.calls.push(`begins ${run}`),
    shows: (frames) => seen.frames.push(...frames),
    faultsEnd: () => seen.calls.push(`${engine.fleet.faults().length} faults`),
    ends: (end) => seen.calls.push(`ends ${end?.result.verdict ?? "unjudged"}`),
  };
  const told: Told = new EventEmitter();
  const history = new History({ folder: new RunFolder(folder), redis, told, nowMs });
  const publisher = new Publisher(redis);
  const engine = new LiveEngine({
    history,
    publisher,
    shelf: new ScenarioShelf("test/fixtures"),
    screen,
    site: selfContained("virtual", liveOf),
    log: pino({ level: "silent" }),
    nowMs,
  });
  return { history, engine, told, publisher, seen };
}

/** Gives the first value once, then the second. */
function once(first: number, second: number): () => number {
  let isFirst = true;
  return () => {
    const value = isFirst ? first : second;
    isFirst = false;
    return value;
  };
}

test("a run is told phase by phase, judged as in virtual time, and its samples are in Redis", async () => {
  const { history, engine, publisher, seen } = benchOf(() => 1_000);
  history.put(newRecord("r1", REQUEST, 1));
  await engine.execute("r1", new AbortController().signal);
  const record = history.get("r1");
  expect([record?.state, record?.verdict, record?.status]).toEqual(["ended", "recovers", "pass"]);
  expect(record?.why).toEqual([]);
  const types = history.events("r1").map(({ type }) => type);
  expect([types[0], types.includes("phase"), types[types.length - 1]]).toEqual([
    "started",
    true,
    "ended",
  ]);
  expect(engine.fleet.nodes().map(({ name, state }) => [name, state])).toEqual([
    ["A", "ended"],
    ["B", "ended"],
    ["C", "ended"],
  ]);
  expect(await engine.fleet.proc("A", "meminfo")).toMatch(/^MemTotal: /);
  expect(await redis.xlen(samplesKey("A"))).toBeGreaterThan(10);
  const latest = JSON.parse((await redis.hget(KEYS.state.key, "A")) ?? "null");
  expect(latest.host).toBe("A");
  expect(publisher.dropped).toBe(0);
  expect(seen.calls).toEqual(["begins r1", "ends recovers", "0 faults"]);
  expect(seen.frames.length).toBeGreaterThan(10);
  expect(seen.frames.every(({ machines }) => machines.length === 3)).toBe(true);
});

test("a fault by hand heals when its lease ends, and the run says that it was touched", async () => {
  let now = 1_000;
  const { history, engine, told } = benchOf(() => now);
  const opened: Promise<unknown>[] = [];
  told.on("event", (_, { type }) => {
    if (type !== "phase" || opened.length > 0) return;
    opened.push(
      engine.fleet
        .addFault({ name: "link.latency", target: "A->C", args: { extra: "1 ms" }, leaseMs: 500 })
        .then(() => {
          now += 500;
        }),
    );
  });
  history.put(newRecord("r2", REQUEST, 2));
  await engine.execute("r2", new AbortController().signal);
  await Promise.all(opened);
  const events = history.events("r2").filter(({ type }) => type === "fault" || type === "healed");
  expect(events.map(({ type, name, target, why }) => [type, name, target, why])).toEqual([
    ["fault", "link.latency", "A->C", undefined],
    ["healed", "link.latency", "A->C", "its lease ended"],
  ]);
  expect(engine.fleet.faults()).toEqual([]);
  expect(history.get("r2")?.why[0]).toContain("by hand");
});

test("a fault by hand waits for the machines to have booted", async () => {
  /** Machines that boot until somebody has tried to strike them. */
  class Slow extends VirtualRun {
    #isBooting = true;
    override get stage(): string {
      return this.#isBooting ? "booting" : super.stage;
    }
    override async start(): Promise<void> {
      const wish = { name: "link.cut", target: "A->C", args: {}, leaseMs: 500 };
      await expect(engine.fleet.addFault(wish)).rejects.toThrow("boot: ask again");
      this.#isBooting = false;
      await super.start();
    }
  }
  const { engine, history } = benchOf(
    () => 1_000,
    (of) => new Slow(of, once(0, Number.MAX_SAFE_INTEGER)),
  );
  history.put(newRecord("r5", REQUEST, 5));
  await engine.execute("r5", new AbortController().signal);
  expect(history.get("r5")?.verdict).toBe("recovers");
  expect(history.events("r5").filter(({ type }) => type === "fault")).toEqual([]);
});

test("a run that was touched is the same run again from the scenario it is saved as", async () => {
  const { history, engine, told } = benchOf(() => 1_000);
  const wish = { name: "link.latency", target: "A<->C", args: { extra: "3 ms" }, leaseMs: 60_000 };
  const done: Promise<unknown>[] = [];
  told.on("event", (_, { type, phase, fault }) => {
    if (type === "phase" && phase === "steady") done.push(engine.fleet.addFault(wish));
    if (type === "phase" && phase === "outage") done.push(engine.fleet.healFault("f1"));
    // Opened again, and left to be healed with all others.
    if (type === "healed" && fault === "f1") done.push(engine.fleet.addFault(wish));
    if (type === "phase" && phase === "settling")
      done.push(expect(engine.fleet.addFault(wish)).rejects.toThrow("being judged"));
  });
  history.put(newRecord("r4", REQUEST, 4));
  await engine.execute("r4", new AbortController().signal);
  await Promise.all(done);
  const orders = handOrdersOf(history.events("r4"));
  expect(orders.map(({ type, fault }) => [type, fault])).toEqual([
    ["open", "f1"],
    ["heal", "f1"],
    ["open", "f2"],
  ]);
  expect(history.events("r4")).toContainEqual(
    expect.objectContaining({ type: "healed", fault: "f2", why: "the run is judged" }),
  );

  const shelf = new ScenarioShelf("test/fixtures");
  const record = history.get("r4");
  const scenario = shelf.resolve(REQUEST);
  const text = sessionYaml({ scenario, seed: 1, orders, verdict: record?.verdict ?? null });
  const opened = openScenario(text, "session.yaml");
  const kept = opened.ok ? opened.scenario.resolve() : opened;
  if (!kept.ok || !("steps" in kept.scenario)) throw new Error(text);
  const { result, digest } = new Run({ scenario: kept.scenario, seed: 1 }).finish();
  expect(record?.report).toMatchObject({ digest });
  expect(result.verdict).toBe(record?.verdict);
});

test("a fault is refused where there is nothing that it could strike", async () => {
  const { engine } = benchOf(() => 1);
  const wish = { name: "swap.stall", target: "C", args: {}, leaseMs: 1_000 };
  await expect(engine.fleet.addFault(wish)).rejects.toThrow("no run goes on");
});

test("a run that is ended by hand is inconclusive and says so", async () => {
  const { history, engine, seen } = benchOf(() => 1);
  history.put(newRecord("r3", REQUEST, 3));
  await engine.execute("r3", AbortSignal.abort("cancelled"));
  expect(history.get("r3")?.verdict).toBe("inconclusive");
  expect(history.get("r3")?.why[0]).toContain("cancelled");
  expect(seen.calls).toEqual(["begins r3", "ends unjudged", "0 faults"]);
});
