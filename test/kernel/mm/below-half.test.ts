// Who takes the lower half of the reserve, and who begins to reclaim there, with the throttle and without.

import { describe, expect, test } from "vitest";
import { fromMs, MIB } from "#base/units.ts";
import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { PF_KTHREAD, PF_MEMALLOC } from "#kernel/sched/task.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";
import { allocator } from "./fixture.ts";

const throttled = presets["swapnbd-v9"];
const unthrottled: PolicySpec = { ...throttled, throttle: "writeout-only" };
const FREE = 20;

/** A disk that stands still, a thread that has taken the reserve but for about FREE pages, and then so many programs. */
function crowd(policy: PolicySpec, programs: number): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, policy, cpus: 2 });
  rig.isStalled = true;
  rig.hog({ name: "resident", sizeBytes: 3 * MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(100));
  const { pages } = rig.memory.parts;
  pages.drainPerCpu();
  rig.taker({ gfp: GFP_KERNEL, flags: PF_MEMALLOC | PF_KTHREAD, pages: pages.freePages - FREE });
  rig.runUntil(fromMs(200));
  for (let i = 0; i < programs; i++) rig.hog({ name: `hog${i}`, sizeBytes: 2 * MIB });
  rig.runUntil(fromMs(400));
  return rig;
}

describe.each([8, 32, 128])("%i programs at the lower half", (programs) => {
  test("held: nobody begins to reclaim, and each page is accounted to who may ignore marks", () => {
    const { memory } = crowd(throttled, programs);
    const { below, totalWatermark, freePages } = memory.parts.pages;
    expect(memory.parts.vmstat.counts.pgscan_direct_throttle).toBeGreaterThanOrEqual(programs);
    expect(below.begun).toBe(0);
    expect(below.pages).toMatchObject({ reclaimers: 0, others: 0 });
    expect(below.pages.memalloc).toBe(Math.floor(totalWatermark.minPages / 2) - freePages);
  });

  test("negative control: without the throttle all of them begin", () => {
    const { memory } = crowd(unthrottled, programs);
    expect(memory.parts.vmstat.counts.pgscan_direct_throttle).toBe(0);
    expect(memory.parts.pages.below.begun).toBeGreaterThanOrEqual(programs);
  });
});

test("a page that a softirq takes is counted as atomic, one above the line as nobody's", () => {
  const { pages, current } = allocator({ era: "3.x" });
  current.inSoftirq = true;
  // With and without the right to ignore the marks: what counts is who asks.
  for (const gfp of [GFP_ATOMIC, GFP_ATOMIC | __GFP_MEMALLOC])
    while (pages.alloc(0, gfp, PAGE_KIND.skb) !== null);
  const half = Math.floor(pages.totalWatermark.minPages / 2);
  expect(pages.below.pages).toEqual({
    atomic: half - pages.freePages,
    reclaimers: 0,
    memalloc: 0,
    others: 0,
  });
  expect(pages.below.pages.atomic).toBeGreaterThan(0);
});

test("a reclaimer that begins above the line is not counted", () => {
  const { pages } = allocator({ era: "3.x" });
  expect(pages.below.abovePages).toBeGreaterThan(0);
  pages.below.noteReclaim();
  expect(pages.below.begun).toBe(0);
});
