import { expect, test } from "vitest";
import { fromMs, MIB } from "#base/units.ts";
import { fingerprintOf } from "#explain/index.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { anonTask, worldOf } from "../support/worlds.ts";

const worldWith = (sizeMib: number) => {
  const world = worldOf({
    policy: presets["swapnbd-v9"],
    tasks: [anonTask(sizeMib * MIB)],
    swapBytes: 64 * MIB,
    seed: 1,
  });
  world.boot();
  return world;
};

test("time alone makes no other state", () => {
  // It fits: once every page was touched the program runs on what it has.
  const world = worldWith(1);
  world.runUntil(fromMs(200));
  const before = fingerprintOf(world.machine("A"));
  world.runUntil(fromMs(400));
  expect(fingerprintOf(world.machine("A"))).toBe(before);
});

test("whoever gets on makes another", () => {
  const world = worldWith(40);
  const prints = [60, 90, 120].map((ms) => {
    world.runUntil(fromMs(ms));
    return fingerprintOf(world.machine("A"));
  });
  expect(new Set(prints).size).toBe(3);
});

test("a copy is the same", () => {
  const world = worldWith(40);
  world.runUntil(fromMs(60));
  expect(fingerprintOf(world.machine("A").copy())).toBe(fingerprintOf(world.machine("A")));
});
