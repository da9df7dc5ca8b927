// Who takes the lower half of the reserve, and who begins to reclaim there, with the throttle and without.

import { describe, expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import { __GFP_MEMALLOC, GFP_ATOMIC } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import type { MemoryRig } from "../../support/memory-rig.ts";
import { drainedRig } from "./drained.ts";
import { allocator } from "./fixture.ts";

const throttled = presets["swapnbd-v9"];
const unthrottled: PolicySpec = { ...throttled, throttle: "writeout-only" };

function crowd(policy: PolicySpec, programs: number): MemoryRig {
  const rig = drainedRig(policy, { freePages: 20, programs });
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
