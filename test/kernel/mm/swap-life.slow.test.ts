// What a page of anonymous memory costs on its way to swap and back.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { swapFaults } from "#kernel/audit/memory.ts";
import { GFP_KERNEL, GFP_NOFS, GFP_NOIO } from "#kernel/mm/gfp.ts";
import { LRU } from "#kernel/mm/lru-set.ts";
import { PAGE_KIND, PG_SWAPCACHE, PG_WRITEBACK } from "#kernel/mm/page-frames.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

describe.each(Object.values(presets))("$name", (policy) => {
  test("a dirty page is not freed before its write is acknowledged", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.isStalled = true;
    rig.hog({ sizeBytes: 8 * MIB });
    rig.runUntil(fromMs(500));
    const { counts } = rig.memory.parts.vmstat;
    expect(counts.pswpout).toBeGreaterThan(32);
    expect(counts.pgsteal_kswapd + counts.pgsteal_direct).toBe(0);
    expect(rig.memory.writebackPages).toBe(counts.pswpout);
    rig.resume();
    rig.runUntil(fromS(1));
    expect(counts.pgsteal_kswapd + counts.pgsteal_direct).toBeGreaterThan(0);
  });

  test("an acknowledged page is freed only by a later scan", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.isStalled = true;
    rig.hog({ sizeBytes: 8 * MIB });
    rig.runUntil(fromMs(500));
    const free = rig.memory.parts.pages.freePages;
    const swapped = pagesWith(rig, PG_SWAPCACHE);
    rig.resume();
    expect(pagesWith(rig, PG_WRITEBACK)).toBe(0);
    expect(pagesWith(rig, PG_SWAPCACHE)).toBe(swapped);
    expect(rig.memory.parts.pages.freePages).toBe(free);
    const { counts } = rig.memory.parts.vmstat;
    const scanned = counts.pgscan_kswapd + counts.pgscan_direct;
    rig.runUntil(fromS(1));
    const freed = counts.pgsteal_kswapd + counts.pgsteal_direct;
    expect(freed).toBeGreaterThan(0);
    expect(counts.pgscan_kswapd + counts.pgscan_direct).toBeGreaterThanOrEqual(scanned + freed);
  });

  test("each page that is freed was written and looked at twice", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ sizeBytes: 8 * MIB, touchPerSec: 1 });
    rig.runUntil(fromS(3));
    const { counts } = rig.memory.parts.vmstat;
    const freed = counts.pgsteal_kswapd + counts.pgsteal_direct;
    const scanned = counts.pgscan_kswapd + counts.pgscan_direct;
    expect(freed).toBeGreaterThan(100);
    expect(counts.pswpout).toBeGreaterThanOrEqual(freed);
    expect(scanned).toBeGreaterThanOrEqual(2 * freed);
  });

  test("a page that was read back and not written again is freed without a write", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ sizeBytes: 8 * MIB, access: "read", loops: 2 });
    rig.runUntil(fromS(300));
    const { counts } = rig.memory.parts.vmstat;
    const freed = counts.pgsteal_kswapd + counts.pgsteal_direct;
    expect(counts.pswpin).toBeGreaterThan(1000);
    expect(freed - counts.pswpout).toBeGreaterThan(500);
  });

  test("a page that is written again takes its copy in swap away", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    const stats = rig.hog({ sizeBytes: 8 * MIB, access: "write", loops: 2 });
    rig.runUntil(fromMs(40));
    while (stats.passes < 1) rig.timers.fire();
    expect(rig.memory.mismatches).toEqual([]);
    expect(swapFaults(rig.memory)).toEqual([]);
    expect(rig.memory.swap.usedSlots).toBeLessThan(rig.memory.parts.vmstat.counts.pswpout);
  });
});

describe.each(Object.values(presets))("$name", (policy) => {
  test("locked memory is never written out", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ name: "locked", sizeBytes: 2 * MIB, locked: true, touchPerSec: 1 });
    rig.runUntil(fromMs(50));
    rig.hog({ sizeBytes: 8 * MIB });
    rig.runUntil(fromS(1));
    expect(rig.memory.parts.vmstat.counts.pswpout).toBeGreaterThan(0);
    expect(rig.memory.spaceOf(0).residentPages).toBe(512);
    expect(rig.memory.lru.total(LRU.unevictable)).toBe(512);
  });
});

/** A full machine without kswapd, and a task that asks for more with `gfp` while the program sleeps. */
function askOfFullMachine(gfp: number): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, kswapd: false });
  rig.hog({ sizeBytes: 5 * MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(20));
  expect(rig.memory.parts.vmstat.counts.pswpout).toBe(0);
  rig.taker({ gfp, pages: 400, kind: PAGE_KIND.kernel });
  rig.runUntil(fromMs(400));
  return rig;
}

test("GFP_NOIO never swaps", () => {
  const { counts } = askOfFullMachine(GFP_NOIO).memory.parts.vmstat;
  expect(counts.allocstall_normal).toBeGreaterThan(0);
  expect(counts.pswpout).toBe(0);
  expect(counts.oom_kill).toBe(0);
});

test.each([
  ["GFP_NOFS", GFP_NOFS],
  ["GFP_KERNEL", GFP_KERNEL],
])("%s swaps", (_, gfp) => {
  const { counts } = askOfFullMachine(gfp).memory.parts.vmstat;
  expect(counts.pswpout).toBeGreaterThan(0);
});

function pagesWith({ memory }: MemoryRig, flag: number): number {
  return memory.parts.frames.flags.reduce((sum, flags) => sum + ((flags & flag) === 0 ? 0 : 1), 0);
}
