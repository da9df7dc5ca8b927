// What either slab allocator owes its callers, and what SLAB does of its own: it hoards.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { SlabAllocator, type SlabCacheKind } from "#kernel/mm/slab.ts";
import { arrayLimits, slabShape } from "#kernel/mm/slab-array-limits.ts";
import { SlabArrays } from "#kernel/mm/slab-arrays.ts";
import { type AllocatorFixture, allocator, expectConserved } from "./fixture.ts";

type Kind = "slub" | "slab";
const RESERVE = GFP_ATOMIC | __GFP_MEMALLOC;

function slabs(kind: Kind, cpuCount = 1): AllocatorFixture & { readonly slab: SlabAllocator } {
  const machine = allocator({ era: "3.x", reserve: "gfp-memalloc", minFreeKiB: 4 * 400, cpuCount });
  return { ...machine, slab: new SlabAllocator({ pages: machine.pages, cpuCount, kind }) };
}

function take(cache: SlabCacheKind, count: number, gfp = GFP_KERNEL): number[] {
  return Array.from({ length: count }, () => cache.alloc(gfp)).filter((ref) => ref !== null);
}

/** Takes and frees on either CPU; the objects that are left. */
function walk(
  machine: AllocatorFixture,
  cache: SlabCacheKind,
  steps: readonly { readonly take: boolean; readonly at: number; readonly cpu: number }[],
): number[] {
  const live: number[] = [];
  for (const step of steps) {
    machine.current.cpu = step.cpu;
    if (step.take) live.push(...take(cache, 1));
    else for (const ref of live.splice(step.at % Math.max(1, live.length), 1)) cache.free(ref);
  }
  return live;
}

/** Leave no page to those who have no right to the reserve. */
function exhaust({ pages }: AllocatorFixture): void {
  while (pages.alloc(0, GFP_ATOMIC, PAGE_KIND.kernel) !== null);
}

describe.each(["slub", "slab"] as const)("%s", (kind) => {
  test("gives out each object once, and its pages are those it says", async () => {
    const steps = fc.array(fc.record({ take: fc.boolean(), at: fc.nat(500), cpu: fc.nat(1) }), {
      maxLength: 400,
    });
    const property = fc.property(steps, (list) => {
      const machine = slabs(kind, 2);
      const cache = machine.slab.cache("skbuff_head_cache", 232);
      const live = walk(machine, cache, list);
      expect(new Set(live).size).toBe(live.length);
      expect(cache.objectCount).toBe(live.length);
      expect(machine.frames.pagesOf("slab")).toBe(cache.slabPages);
      expectConserved(machine);
    });
    await fc.assert(property, { seed: 1, numRuns: 40 });
  });

  test("keeps what lies in reserve pages for those with the right", () => {
    const machine = slabs(kind);
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    const first = cache.alloc(RESERVE);
    expect(first === null ? null : machine.slab.isPfmemalloc(first)).toBe(true);
    expect(cache.alloc(GFP_ATOMIC)).toBeNull();
    expect(cache.alloc(RESERVE)).not.toBeNull();
  });

  test("serves others again as soon as a slab can be had within the marks, and not from the reserve", () => {
    const machine = slabs(kind);
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    cache.alloc(RESERVE);
    machine.pages.setMinFreeKiB(4 * 10);
    const ref = cache.alloc(GFP_ATOMIC);
    expect(ref === null ? null : machine.slab.isPfmemalloc(ref)).toBe(false);
  });

  test("a saved one goes on as it was", () => {
    const machine = slabs(kind);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    for (const ref of take(cache, 700).slice(0, 650)) cache.free(ref);
    const other = slabs(kind);
    other.frames.load(structuredClone(machine.frames.save()));
    other.pages.load(structuredClone(machine.pages.save()));
    other.slab.load(structuredClone(machine.slab.save()));
    const copy = other.slab.cache("skbuff_head_cache", 232);
    expect(take(copy, 500)).toEqual(take(cache, 500));
    expect([copy.slabCount, copy.objectCount]).toEqual([cache.slabCount, cache.objectCount]);
  });

  test("an object freed twice, or to another cache, stops the machine", () => {
    const { slab } = slabs(kind);
    const ref = slab.cache("TCP", 2240).alloc(GFP_KERNEL) ?? -1;
    expect(() => slab.cache("UDP", 1152).free(ref)).toThrow("its cache");
    const other = slab.kmalloc(100, GFP_KERNEL) ?? -1;
    slab.kfree(other);
    expect(() => slab.kfree(other)).toThrow("in use");
  });
});

describe("SLAB", () => {
  test.each([
    [256, 0, 15],
    [1024, 0, 4],
    [2048, 0, 2],
    [4096, 0, 1],
    [2304, 1, 3],
    [8192, 1, 1],
  ])("%i bytes: order %i, %i objects", (bytes, order, objects) => {
    expect(slabShape(bytes, 1)).toEqual({ order, objects });
  });

  test("arrays are as large as enable_cpucache() makes them", () => {
    const { slab } = slabs("slab", 8);
    const limits = (name: string, bytes: number) =>
      arrayLimits(slab.cache(name, bytes).geometry, 8);
    expect(limits("skbuff_head_cache", 232)).toEqual({
      cpuMax: 120,
      batch: 60,
      sharedMax: 480,
      freeMax: 9 * 60 + 15,
    });
    expect(limits("kmalloc-2k", 2048)).toMatchObject({ cpuMax: 24, batch: 12, sharedMax: 96 });
    expect(limits("kmalloc-8k", 8192)).toMatchObject({ cpuMax: 8, sharedMax: 0 });
  });

  test("hoards what SLUB gives back: a cache that was large serves on when no page is left", () => {
    const served = (["slub", "slab"] as const).map((kind) => {
      const machine = slabs(kind, 4);
      const cache = machine.slab.cache("kmalloc-2k", 2048);
      for (const ref of take(cache, 600)) cache.free(ref);
      exhaust(machine);
      return take(cache, 600, GFP_ATOMIC).length;
    });
    const [slub = 0, slab = 0] = served;
    // (1 + 4) batches of 12 in slabs, and the array of one CPU and of all.
    expect(slab).toBeGreaterThanOrEqual(5 * 12 + 24);
    expect(slab).toBeGreaterThan(slub);
  });

  test("takes and gives in batches", () => {
    const { slab } = slabs("slab");
    const cache = slab.cache("skbuff_head_cache", 232);
    const ref = cache.alloc(GFP_KERNEL) ?? -1;
    if (!(cache instanceof SlabArrays)) throw new Error("SLAB's caches have arrays");
    // One slab of 15 is all there was to take from; a second is not made for the rest of the batch.
    expect([cache.slabCount, cache.hoardedCount]).toEqual([1, 14]);
    cache.free(ref);
    expect(cache.hoardedCount).toBe(15);
  });

  test("an empty slab goes back once more objects than the limit are free in slabs", () => {
    const machine = slabs("slab");
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    const refs = take(cache, 3000);
    const most = cache.slabCount;
    for (const ref of refs) cache.free(ref);
    const { cpuMax, freeMax } = arrayLimits(cache.geometry, 1);
    expect(cache.slabCount).toBeLessThan(most);
    expect(cache.slabCount * 15).toBeLessThanOrEqual(cpuMax + freeMax + 15);
    expectConserved(machine);
  });
});
