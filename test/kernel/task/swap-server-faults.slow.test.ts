// The emulated swap server under each fault of its process, listener and answers: that it strikes, and that it heals.

import { expect, test } from "vitest";
import { fromS, MIB } from "#base/units.ts";
import { type FaultName, storeUnder } from "#faults/index.ts";
import { STORE_STATE_DEFAULTS } from "#kernel/index.ts";
import type { Strikes } from "#kernel/task/strikes.ts";
import type { World } from "#sim/world.ts";
import { anonTask, bootedWorld } from "../../support/worlds.ts";

/** A machine that swaps, some way into it. */
function swapping(): World {
  const world = bootedWorld({ swapBytes: 64 * MIB, tasks: [anonTask(40 * MIB)] });
  while (serverOf(world).answered < 20) world.runUntil(world.nowNs + fromS(0.05));
  return world;
}

const serverOf = (world: World) => {
  const server = world.machine("C").workload.swapServer;
  if (server === null) throw new Error("C is a swap server");
  return server;
};

function tell(world: World, names: readonly FaultName[]): void {
  const target = { kind: "host", host: "C" } as const;
  const open = names.map((name) => ({ id: name, name, target, args: { share: 1_000_000 } }));
  world.tell("C", { type: "store", state: storeUnder(open, "C", STORE_STATE_DEFAULTS) });
}

test.each([
  ["swap.eio", "failedRequests"],
  ["swap.enospc", "failedRequests"],
  ["swap.corrupt", "corruptedReplies"],
  ["swap.disconnect", "droppedConnections"],
  ["swap.hang", "cutReplies"],
  ["swap.crash", "crashes"],
  ["swap.amnesia", "crashes"],
] as const satisfies readonly (readonly [FaultName, keyof Strikes])[])(
  "%s strikes the emulated server: %s",
  (name, counter) => {
    const world = swapping();
    expect(serverOf(world).strikes[counter]).toBe(0);
    tell(world, [name]);
    world.runUntil(world.nowNs + fromS(0.5));
    expect(serverOf(world).strikes[counter]).toBeGreaterThan(0);
  },
);

test("a reply that hung half way is finished after healing, and the machine goes on", () => {
  const world = swapping();
  tell(world, ["swap.hang"]);
  world.runUntil(world.nowNs + fromS(1));
  const { pswpin, pgmajfault } = world.machine("A").memory.parts.vmstat.counts;
  world.runUntil(world.nowNs + fromS(1));
  expect(world.machine("A").memory.parts.vmstat.counts.pswpin).toBe(pswpin);
  tell(world, []);
  world.runUntil(world.nowNs + fromS(2));
  expect(world.machine("A").memory.parts.vmstat.counts.pgmajfault).toBeGreaterThan(pgmajfault);
  expect(world.machine("A").memory.mismatches).toEqual([]);
});

test("a wrong byte is noticed by who gets it", () => {
  const world = swapping();
  tell(world, ["swap.corrupt"]);
  world.runUntil(world.nowNs + fromS(1));
  expect(world.machine("A").memory.mismatches.length).toBeGreaterThan(0);
});

test("requests that a stalled server had already taken are a trace of the stall, though no other comes", () => {
  const world = swapping();
  while (serverOf(world).queueLength === 0) world.runUntil(world.nowNs + fromS(0.00001));
  const { unheard, queueLength } = serverOf(world);
  tell(world, ["swap.stall"]);
  world.runUntil(world.nowNs);
  expect(serverOf(world).unheard - unheard).toBeGreaterThanOrEqual(queueLength);
});
