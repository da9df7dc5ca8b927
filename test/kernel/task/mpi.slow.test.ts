// A computation in steps: nobody is ahead of the slowest, and all end together.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import type { MpiTask, PolicySpec } from "#kernel/index.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { PF_OOM_VICTIM } from "#kernel/sched/task.ts";
import type { World } from "#sim/index.ts";
import { bootedWorld, faultsOf, statsOf, swappers } from "../../support/worlds.ts";

const job = (spec: Partial<MpiTask> = {}): MpiTask => ({
  kind: "mpi",
  name: "mpi",
  ranks: 4,
  sizeBytes: 8 * MIB,
  perStep: { touchPages: 100, cpuNs: fromMs(1) },
  steps: 10,
  startNs: 0,
  locked: false,
  ...spec,
});

test("each rank does each step once", () => {
  const world = bootedWorld({ tasks: [job()] });
  world.runUntil(fromS(1));
  const machine = world.machine("A");
  const stats = statsOf(machine, "mpi");
  expect([stats.finished, stats.passes]).toEqual([4, 10]);
  expect(stats.touchedPages).toBe(4 * 10 * 100);
  expect(machine.memory.parts.frames.pagesOf("anon")).toBe(0);
});

test("computing takes the time it takes, on as many CPUs as there are", () => {
  const steps = 50;
  const endNs = (cpus: number): number => {
    const world = bootedWorld({ tasks: [job({ steps })], cpus });
    world.runUntil(fromS(5));
    return statsOf(world.machine("A"), "mpi").progressAtNs;
  };
  const [one, four] = [endNs(1), endNs(4)];
  expect(one).toBeGreaterThan(4 * steps * fromMs(1));
  expect(four).toBeGreaterThan(steps * fromMs(1));
  expect(four).toBeLessThan(2 * steps * fromMs(1));
});

test("a rank that waits holds up all others", () => {
  const world = bootedWorld({ tasks: [job({ steps: null })], cpus: 4 });
  world.runUntil(fromMs(100));
  const machine = world.machine("A");
  const [rank] = machine.sched.tasks().filter(({ name }) => name === "mpi");
  if (rank === undefined) throw new Error("it was started");
  // Something of the kernel's keeps it: it is asleep and nobody wakes it.
  machine.programs.add("test.never", {
    step: (_frame, task) => machine.memory.reclaimWait.sleep(task, 0),
  });
  rank.stack.push({ type: "test.never" });
  const steps = statsOf(machine, "mpi").passes;
  world.runUntil(fromS(1));
  expect(statsOf(machine, "mpi").passes - steps).toBeLessThanOrEqual(1);
  const waits = machine.sched.tasks().filter(({ wait }) => wait?.on === "barrier");
  expect(waits).toHaveLength(3);
});

test("when one rank is killed all end", () => {
  const world = bootedWorld({ tasks: [job({ steps: null })], cpus: 2 });
  world.runUntil(fromMs(100));
  const machine = world.machine("A");
  const rank = machine.sched.tasks().find(({ name }) => name === "mpi");
  if (rank === undefined) throw new Error("it was started");
  rank.flags |= PF_OOM_VICTIM;
  world.runUntil(fromMs(200));
  expect(statsOf(machine, "mpi").killed).toBe(4);
  expect(machine.memory.parts.frames.pagesOf("anon")).toBe(0);
});

/** A job of 28 MiB on a machine that has 24. */
function swappingJob(policy: PolicySpec): World {
  const perStep = { touchPages: 500, cpuNs: fromMs(1) };
  const tasks = [job({ sizeBytes: 28 * MIB, perStep, steps: 4 })];
  return bootedWorld({ policy, tasks, swapBytes: 64 * MIB });
}

describe.each(swappers)("$name", (policy) => {
  test("a job larger than memory swaps, and finishes", () => {
    const world = swappingJob(policy);
    world.runUntil(fromS(300));
    const machine = world.machine("A");
    expect(statsOf(machine, "mpi").finished).toBe(4);
    expect(machine.memory.parts.vmstat.counts.pswpout).toBeGreaterThan(1000);
    expect(machine.memory.mismatches).toEqual([]);
    expect(faultsOf(world)).toEqual([]);
  });
});

test("vanilla-nbd: a job larger than memory stands still after a few pages of swap, with nobody else about", () => {
  const world = swappingJob(presets["vanilla-nbd"]);
  world.runUntil(fromS(20));
  const machine = world.machine("A");
  expect(statsOf(machine, "mpi").finished).toBe(0);
  const answered = machine.memory.parts.vmstat.counts.pswpout - machine.memory.writebackPages;
  expect(answered).toBeLessThan(200);
  const { freePages, totalWatermark } = machine.memory.parts.pages;
  expect(freePages).toBeLessThan(totalWatermark.lowPages);
  expect(faultsOf(world)).toEqual([]);
});
