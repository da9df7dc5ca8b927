// A small cluster under pressure, looked at whole after every few events (every-event.slow.test.ts: after each); and each thing
// that is looked for, found.

import { beforeAll, describe, expect, test } from "vitest";
import { fromMs, fromS, fromUs } from "#base/units.ts";
import {
  machineFaults,
  networkFaults,
  requestFaults,
  setAsideFaults,
} from "#kernel/audit/machine.ts";
import { presets } from "#kernel/index.ts";
import { PG_WRITEBACK } from "#kernel/mm/page-frames.ts";
import type { World, WorldWatch } from "#sim/index.ts";
import { changeWay, smallWorld } from "../support/small-world.ts";
import { HEALED_NS, OUTAGE_NS, throughOutage, watched } from "../support/watched-world.ts";
import { swappers } from "../support/worlds.ts";

/** A prime, so that looks do not fall in step with anything. */
const EVERY = 11;

const passes = (world: World): number =>
  world
    .machine("A")
    .workload.stats()
    .reduce((sum, stats) => sum + stats.passes, 0);

const names = ["mainline-6.1", "swapnbd-v9", "vanilla-2007", "zijlstra-2007"] as const;

describe.each(names)("%s", (policy) => {
  test("flood and outage leave the cluster whole", () => {
    const { world, watch } = watched(policy, { every: EVERY });
    throughOutage(world);
    expect(watch.faults).toEqual([]);
    expect(watch.looks).toBeGreaterThan(100);
    const { memory } = world.machine("A");
    expect(memory.parts.vmstat.counts.pswpout).toBeGreaterThan(1000);
    expect(watch.lost(world.machine("A"))).toEqual([]);
    expect(memory.mismatches).toEqual([]);
  }, 300_000);

  test("being looked at changes nothing", () => {
    const { world } = watched(policy);
    const other = smallWorld({ policy: presets[policy], seed: 1 });
    other.boot();
    for (const each of [world, other]) each.runUntil(fromMs(40));
    expect(world.digest()).toBe(other.digest());
    expect(world.eventCount).toBe(other.eventCount);
  }, 300_000);
});

test.each(swappers)(
  "$name: after an outage every page comes back as it was written",
  (policy) => {
    const world = smallWorld({ policy, seed: 1, highatomic: false });
    world.boot();
    world.runUntil(OUTAGE_NS);
    // Without the flood each of them survives.
    world.tell("B", { type: "load", name: "flood", action: "stop" });
    changeWay(world, { cut: true });
    world.runUntil(HEALED_NS);
    changeWay(world, { cut: false });
    const before = passes(world);
    // Each of two hogs goes twice through its memory: what one pass had in memory is read back in the next.
    while (passes(world) < before + 4 && world.nowNs < fromS(30))
      world.runUntil(world.nowNs + fromMs(100));
    expect(passes(world)).toBeGreaterThanOrEqual(before + 4);
    expect(world.machine("A").memory.mismatches).toEqual([]);
  },
  300_000,
);

describe("what is looked for is found", () => {
  let world: World;
  let watch: WorldWatch;
  beforeAll(() => {
    ({ world, watch } = watched("swapnbd-v9", { every: EVERY }));
    const requests = () => world.machine("A").storage.swap?.queue.all() ?? [];
    const isBusy = () => requests().length > 1 && requests().some(({ op }) => op === "write");
    while (!isBusy() && world.nowNs < fromS(1)) world.runUntil(world.nowNs + fromUs(100));
    expect(isBusy()).toBe(true);
    changeWay(world, { cut: true });
    world.runUntil(world.nowNs + fromMs(20));
  }, 300_000);

  test("nothing, while nobody broke it", () => {
    expect(machineFaults(world.machine("A"))).toEqual([]);
    expect(watch.faults).toEqual([]);
  });

  test("a page in flight that is not under writeback", () => {
    const machine = world.machine("A");
    const { flags } = machine.memory.parts.frames;
    const write = machine.storage.swap?.queue.all().find(({ op }) => op === "write");
    const pfn = write?.pfns[0] ?? -1;
    flags[pfn] = (flags[pfn] ?? 0) & ~PG_WRITEBACK;
    expect(requestFaults(machine)).toEqual([expect.stringContaining("not under writeback")]);
    flags[pfn] = (flags[pfn] ?? 0) | PG_WRITEBACK;
  });

  test("a page in two requests", () => {
    const machine = world.machine("A");
    const [one, other] = machine.storage.swap?.queue.all() ?? [];
    other?.pfns.push(one?.pfns[0] ?? -1);
    expect(requestFaults(machine)).toContainEqual(expect.stringContaining("in two requests"));
    other?.pfns.pop();
  });

  test("a page under writeback that nobody writes", () => {
    const machine = world.machine("A");
    machine.memory.writebackPages++;
    expect(requestFaults(machine)).toEqual([expect.stringContaining("found")]);
    machine.memory.writebackPages--;
  });

  test("a connection that nothing will send again", () => {
    const machine = world.machine("A");
    const sock = machine.net.socks().find(({ retransmitQueue }) => retransmitQueue.length > 0);
    sock?.rto.clear();
    expect(networkFaults(machine)).toHaveLength(1);
    sock?.rto.set(machine.nowNs + fromS(1));
    expect(networkFaults(machine)).toEqual([]);
  });

  test("a page that the server lost", () => {
    const server = world.machine("C").workload.swapServer;
    const state = server?.save();
    if (state === undefined) throw new Error("C serves");
    server?.load({ ...state, stores: state.stores.map((store) => ({ ...store, stamps: [] })) });
    expect(watch.lost(world.machine("A")).length).toBeGreaterThan(0);
    server?.load(state);
    expect(watch.lost(world.machine("A"))).toEqual([]);
  });

  test("a fault between two events, by the hook", () => {
    const { memory } = world.machine("A");
    memory.isolatedPages++;
    world.runUntil(world.nowNs + fromMs(200));
    memory.isolatedPages--;
    expect(watch.faults).toContainEqual(expect.stringContaining("isolated pages"));
  });
});

test("what is looked for is found: a charge that no packet holds, and one that the reserve does not know", () => {
  const zijlstra = watched("zijlstra-2007", { every: 1_000_000 }).world;
  zijlstra.runUntil(fromMs(100));
  const machine = zijlstra.machine("A");
  expect(setAsideFaults(machine)).toEqual([]);
  machine.reserve?.charge(2048);
  expect(setAsideFaults(machine)).toEqual([expect.stringContaining("are used")]);
  machine.reserve?.uncharge(2048);
  const state = machine.net.save();
  const charges = [...state.memory.charges, [-7, 0] as const];
  machine.net.load({ ...state, memory: { ...state.memory, charges } });
  expect(setAsideFaults(machine)).toEqual([expect.stringContaining("no packet has it")]);
  machine.net.load(state);
  machine.memory.parts.pages.setEmergencyPages(0);
  expect(setAsideFaults(machine)).toEqual([expect.stringContaining("the zones keep 0")]);
}, 300_000);
