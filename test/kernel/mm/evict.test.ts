// What becomes of an anonymous page that reclaim looks at, by how often its owner has touched it.

import { expect, test } from "vitest";
import { fromMs, MIB } from "#base/units.ts";
import { considerPage } from "#kernel/mm/evict.ts";
import { GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { touch } from "#kernel/mm/page-life.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

/** A page of a hog that sleeps, as its first fault left it; `look` is one visit of reclaim, `touch` one of the hog. */
function restingPage(policy: (typeof presets)[keyof typeof presets]) {
  const rig = new MemoryRig({ zones: TINY, policy, kswapd: false });
  rig.hog({ name: "hog", sizeBytes: MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(50));
  const { memory } = rig;
  const space = memory.spaces.find((each) => each.frameOf(0) >= 0);
  if (space === undefined) throw new Error("the hog has its first page");
  const task = memory.parts.sched.taskById(0);
  const rules = { gfp: GFP_KERNEL, mayWritepage: true, priority: 12 };
  const counts = { writeback: 0, immediate: 0, dirty: 0 };
  return {
    look: () => considerPage(memory, task, space.frameOf(0), rules, counts),
    touch: () => touch(memory, space, 0, "read"),
  };
}

test("6.1: the fault's own reference is worth another turn, not a place among the active", () => {
  const { look } = restingPage(presets["mainline-6.1"]);
  expect([look(), look()]).toEqual(["keep", "write"]);
});

test("6.1: a page found touched twice running is activated", () => {
  const { look, touch } = restingPage(presets["mainline-6.1"]);
  const first = look();
  touch();
  expect([first, look()]).toEqual(["keep", "activate"]);
});

test.each(["vanilla-2007", "swapnbd-v9"] as const)("%s: one reference is enough", (name) => {
  const { look } = restingPage(presets[name]);
  expect(look()).toBe("activate");
});
