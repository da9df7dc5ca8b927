// Dirty pages: who writes them, when, and who has to wait for it.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { STORE_STATE_DEFAULTS } from "#kernel/index.ts";
import { dirtyLimits } from "#kernel/mm/dirty-limits.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { World } from "#sim/world.ts";
import { anonTask, bootedWorld, faultsOf, fileTask, statsOf } from "../../support/worlds.ts";

const stall = (world: World, stalled: boolean): void =>
  world.tell("C", { type: "store", state: { ...STORE_STATE_DEFAULTS, stalled } });

/** Pages that are dirty or being written. */
function pending(world: World): number {
  const { memory, storage } = world.machine("A");
  return storage.cache.dirtyPages + memory.writebackPages;
}

describe.each(Object.values(presets))("$name", (policy) => {
  test("all that was dirtied is on the disk after the time it may stay in memory", () => {
    const world = bootedWorld({ policy, tasks: [fileTask("file-writer", MIB)] });
    world.runUntil(fromS(1));
    const machine = world.machine("A");
    expect(statsOf(machine, "file-writer").finished).toBe(1);
    expect(pending(world)).toBeGreaterThan(0);
    world.runUntil(fromS(36));
    expect(pending(world)).toBe(0);
    expect(machine.memory.parts.vmstat.counts.pgpgout / 4).toBe(256);
  });

  test.each([null, "C"])("a writer never gets far past the limit, disk %s", (server) => {
    const world = bootedWorld({ policy, tasks: [fileTask("file-writer", 24 * MIB, { server })] });
    const machine = world.machine("A");
    let worst = 0;
    while (statsSafe(world) === 0 && world.nowNs < fromS(60)) {
      world.runUntil(world.nowNs + fromMs(1));
      worst = Math.max(worst, pending(world) - dirtyLimits(machine.memory).limitPages);
    }
    expect(statsOf(machine, "file-writer").finished).toBe(1);
    // It looks every 32 pages, and the limit moves with free memory.
    expect(worst).toBeLessThanOrEqual(64);
    expect(faultsOf(world)).toEqual([]);
  });

  test("a writer stops when the server stops, and goes on when it does; others do not wait", () => {
    const tasks = [
      fileTask("file-writer", 24 * MIB, { server: "C" }),
      anonTask(2 * MIB, { touchPerSec: 1000 }),
    ];
    const world = bootedWorld({ policy, tasks });
    const machine = world.machine("A");
    world.runUntil(fromMs(50));
    stall(world, true);
    world.runUntil(fromS(10));
    const writer = statsOf(machine, "file-writer");
    const before = [writer.progressPages, statsOf(machine, "anon").touchedPages];
    world.runUntil(fromS(20));
    expect(writer.progressPages).toBe(before[0]);
    expect(statsOf(machine, "anon").touchedPages).toBe((before[1] ?? 0) + 10_000);
    const task = machine.sched.tasks().find(({ name }) => name === "file-writer");
    expect(task?.stack.map(({ type }) => type)).toContain("mm.balanceDirty");
    stall(world, false);
    world.runUntil(fromS(60));
    expect(writer.finished).toBe(1);
    expect(machine.memory.mismatches).toEqual([]);
  });

  test("in 2.6.12 a writer over the limit writes, later it only waits", () => {
    const world = bootedWorld({ policy, tasks: [fileTask("file-writer", 24 * MIB)] });
    const machine = world.machine("A");
    let writes = 0;
    while (world.nowNs < fromS(1)) {
      world.runUntil(world.nowNs + fromMs(1));
      const task = machine.sched.tasks().find(({ name }) => name === "file-writer");
      if (task?.stack.some(({ type }) => type === "mm.writePages") === true) writes++;
    }
    expect(writes > 0).toBe(policy.era === "2.6.12");
  });
});

function statsSafe(world: World): number {
  return world.machine("A").workload.stats()[0]?.finished ?? 0;
}

describe("limits", () => {
  test("2.6.12 leaves five percent to a machine full of programs, forty to an empty one", () => {
    const policy = presets["vanilla-2007"];
    const empty = bootedWorld({ policy }).machine("A").memory;
    const { managedPages } = empty.parts.pages;
    expect(dirtyLimits(empty)).toEqual({
      limitPages: Math.floor((40 * managedPages) / 100),
      backgroundPages: Math.floor((10 * managedPages) / 100),
    });
    const world = bootedWorld({ policy, tasks: [anonTask(21 * MIB)] });
    world.runUntil(fromS(1));
    expect(dirtyLimits(world.machine("A").memory).limitPages).toBe(
      Math.floor((5 * managedPages) / 100),
    );
  });

  test("anonymous pages count as dirtyable in 3.x while there is swap, in 6.1 they never do", () => {
    const shares = [presets["swapnbd-v9"], presets["mainline-6.1"]].map((policy) => {
      const tasks = [anonTask(12 * MIB, { touchPerSec: 1 })];
      const world = bootedWorld({ policy, tasks, swapBytes: 32 * MIB });
      const before = dirtyLimits(world.machine("A").memory).limitPages;
      world.runUntil(fromS(1));
      return dirtyLimits(world.machine("A").memory).limitPages / before;
    });
    expect(shares[0]).toBeGreaterThan(0.95);
    expect(shares[1]).toBeLessThan(0.5);
  });
});
