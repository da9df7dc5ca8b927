// Each checker of kernel/audit/memory.ts finds what it is for: a healthy machine is broken in one place on purpose.

import { beforeEach, describe, expect, test } from "vitest";
import { asPfn, fromMs, MIB } from "#base/units.ts";
import {
  conservationFaults,
  counterFaults,
  lostPages,
  mappingFaults,
  memoryFaults,
  placeFaults,
  swapFaults,
} from "#kernel/audit/memory.ts";
import { ReserveWatch } from "#kernel/audit/reserve-watch.ts";
import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_KERNEL, type Gfp } from "#kernel/mm/gfp.ts";
import { LRU } from "#kernel/mm/lru-set.ts";
import { PAGE_KIND, PG_DIRTY, PG_PFMEMALLOC, PG_WRITEBACK } from "#kernel/mm/page-frames.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";
import { allocator } from "./fixture.ts";

/** A machine that has swapped a part of one program out and is at rest. */
function swapped(): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, tunables: { swapSlots: 4096 } });
  rig.hog({ sizeBytes: 8 * MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(900));
  return rig;
}

function first<T>(items: Iterable<T>): T {
  for (const item of items) return item;
  throw new Error("there is one");
}

let rig: MemoryRig;
beforeEach(() => {
  rig = swapped();
});

test("a machine that nobody broke has no faults", () => {
  expect(memoryFaults(rig.memory)).toEqual([]);
  expect(lostPages(rig.memory, (slot) => rig.disk.get(slot))).toEqual([]);
  expect(rig.memory.swap.usedSlots).toBeGreaterThan(0);
});

describe("conservation", () => {
  test("a page that vanishes from a zone is missed", () => {
    const zone = first(rig.memory.parts.pages.zones);
    zone.freePages--;
    expect(conservationFaults(rig.memory)).toContainEqual(
      expect.stringContaining("free pages of DMA"),
    );
  });

  test("a frame that changes hands uncounted is noticed", () => {
    const { frames } = rig.memory.parts;
    frames.kind[frames.kind.indexOf(PAGE_KIND.anon)] = PAGE_KIND.skb;
    expect(conservationFaults(rig.memory)).toHaveLength(2);
  });
});

describe("places", () => {
  test("a page that was taken off its list and dropped is missed", () => {
    rig.memory.lru.remove(rig.memory.lru.tail(0, LRU.inactiveAnon));
    expect(placeFaults(rig.memory)).toContainEqual(expect.stringContaining("is anon and nowhere"));
  });

  test("a page freed while a list still holds it is noticed", () => {
    const { frames } = rig.memory.parts;
    frames.kind[rig.memory.lru.tail(0, LRU.inactiveAnon)] = PAGE_KIND.free;
    expect(placeFaults(rig.memory)).toContainEqual(
      expect.stringContaining("is free and on a list"),
    );
  });

  test("a second free of a page stops the machine", () => {
    const { pages } = rig.memory.parts;
    const pfn = pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel);
    expect(pfn).not.toBeNull();
    pages.free(asPfn(pfn ?? 0));
    expect(() => pages.free(asPfn(pfn ?? 0))).toThrow("what is freed was in use");
  });
});

describe("counters", () => {
  test("a write that ends without being counted is noticed", () => {
    const { flags } = rig.memory.parts.frames;
    const pfn = rig.memory.lru.tail(0, LRU.inactiveAnon);
    flags[pfn] = (flags[pfn] ?? 0) ^ PG_WRITEBACK;
    expect(counterFaults(rig.memory)).toEqual([expect.stringContaining("pages under writeback")]);
  });

  test("a reclaimer that forgets a page is noticed", () => {
    rig.memory.isolatedPages++;
    expect(counterFaults(rig.memory)).toEqual([expect.stringContaining("isolated pages")]);
  });
});

describe("mappings", () => {
  test("a page that does not hold what was written last is noticed", () => {
    const { frames } = rig.memory.parts;
    const pfn = rig.memory.spaceOf(0).frameOf(residentPage(0));
    frames.stamp[pfn] = (frames.stamp[pfn] ?? 0) + 1;
    expect(mappingFaults(rig.memory)).toEqual([expect.stringContaining("is not what was written")]);
  });

  test("a frame that two pages point at is noticed", () => {
    const space = rig.memory.spaceOf(0);
    const [one, other] = [0, 1].map((nth) => residentPage(nth));
    const pfn = space.frameOf(one ?? 0);
    space.clear(other ?? 0);
    space.map(other ?? 0, pfn);
    expect(mappingFaults(rig.memory)).toContainEqual(
      expect.stringContaining("mapped to another's"),
    );
  });

  function residentPage(nth: number): number {
    const space = rig.memory.spaceOf(0);
    const pages = Array.from({ length: space.pageCount }, (_, index) => index);
    return pages.filter((index) => space.frameOf(index) >= 0)[nth] ?? -1;
  }
});

describe("swap", () => {
  test("a slot that its page forgot is noticed", () => {
    rig.memory.swap.takeSlot(0, 0);
    expect(swapFaults(rig.memory)).toContainEqual(expect.stringContaining("taken and nobody's"));
  });

  test("a page whose slot was given to another is noticed", () => {
    const slot = first(rig.disk.keys());
    expect(rig.memory.swap.frameAt(slot)).toBe(-1);
    rig.memory.swap.freeSlot(slot);
    expect(swapFaults(rig.memory)).toContainEqual(
      expect.stringContaining(`slot ${slot} is not that`),
    );
  });

  test("an acknowledged page that the disk no longer has is missed", () => {
    rig.disk.delete(first(rig.disk.keys()));
    expect(lostPages(rig.memory, (slot) => rig.disk.get(slot))).toHaveLength(1);
  });

  test("an older version than was acknowledged is noticed", () => {
    const [slot, page] = first(rig.disk);
    rig.disk.set(slot, { ...page, version: page.version - 1 });
    expect(lostPages(rig.memory, (each) => rig.disk.get(each))).toHaveLength(1);
  });

  test("a clean copy in memory does not excuse the disk, a dirty one does", () => {
    const { frames } = rig.memory.parts;
    const slot = first(rig.disk.keys());
    rig.disk.delete(slot);
    const pfn = rig.memory.lru.tail(0, LRU.inactiveAnon);
    rig.memory.swap.addToCache(slot, pfn);
    frames.flags[pfn] = (frames.flags[pfn] ?? 0) & ~PG_DIRTY;
    expect(lostPages(rig.memory, (each) => rig.disk.get(each))).toHaveLength(1);
    frames.flags[pfn] = (frames.flags[pfn] ?? 0) | PG_DIRTY;
    expect(lostPages(rig.memory, (each) => rig.disk.get(each))).toHaveLength(0);
  });

  test("a page that comes back as another is a mismatch", () => {
    rig = new MemoryRig({ zones: TINY });
    rig.hog({ sizeBytes: 8 * MIB });
    rig.runUntil(fromMs(50));
    for (const [slot, page] of rig.disk) rig.disk.set(slot, { ...page, index: page.index + 1 });
    expect(rig.memory.mismatches).toEqual([]);
    rig.runUntil(fromMs(100));
    expect(rig.memory.mismatches.length).toBeGreaterThan(0);
  });
});

describe("reserve", () => {
  test("a page of the reserve in the wrong hands is noticed", () => {
    const { pages, frames } = rig.memory.parts;
    const watch = new ReserveWatch(pages);
    const pfn = pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel) ?? 0;
    expect(watch.faults).toEqual([]);
    frames.flags[pfn] = PG_PFMEMALLOC;
    watch.judge(pages, {
      pfn,
      order: 0,
      gfp: GFP_KERNEL,
      freeBefore: [9999, 9999],
      wasKept: false,
    });
    expect(watch.faults).toEqual([expect.stringContaining("without the right")]);
  });

  test("a page given below the floor is noticed", () => {
    const { pages } = rig.memory.parts;
    const watch = new ReserveWatch(pages);
    watch.judge(pages, {
      pfn: 1024,
      order: 0,
      gfp: GFP_KERNEL,
      freeBefore: [10, 10],
      wasKept: false,
    });
    expect(watch.faults).toEqual([expect.stringContaining("had 10 free")]);
  });

  test("a page kept apart is no page below the floor, and in the wrong hands it is noticed", () => {
    const { pages } = allocator({
      ...{ era: "2.6.12", reserve: "critical-pool", minFreeKiB: 4 * 400, criticalPages: 20 },
    });
    const critical = GFP_ATOMIC | __GFP_MEMALLOC;
    const takeAll = (gfp: Gfp): void => {
      while (pages.alloc(0, gfp, PAGE_KIND.skb) !== null);
    };
    takeAll(GFP_ATOMIC);
    const watch = new ReserveWatch(pages);
    takeAll(critical);
    expect([pages.pool.pages, watch.faults]).toEqual([0, []]);
    const given = { pfn: 1024, order: 0, freeBefore: [9999, 9999], wasKept: true };
    watch.judge(pages, { ...given, gfp: GFP_ATOMIC });
    watch.judge(pages, { ...given, gfp: critical, order: 1 });
    expect(watch.faults).toEqual(Array(2).fill(expect.stringContaining("was kept apart")));
  });
});
