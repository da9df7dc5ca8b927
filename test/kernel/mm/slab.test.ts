import { describe, expect, test } from "vitest";
import type { Pfn } from "#base/units.ts";
import type { Era } from "#kernel/era.ts";
import { __GFP_MEMALLOC, __GFP_NOMEMALLOC, GFP_ATOMIC, GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "#kernel/mm/page-frames.ts";
import { SlabAllocator, type SlabCacheKind } from "#kernel/mm/slab.ts";
import type { SlabChecks } from "#kernel/mm/slab-cache.ts";
import { slabGeometry } from "#kernel/mm/slab-geometry.ts";
import type { ReservePolicyName } from "#kernel/policy/reserve/index.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };
import { type AllocatorFixture, allocator, expectConserved } from "./fixture.ts";

describe("geometry as read off a real kernel", () => {
  const read = vectors.boot_vectors.flatMap((boot) =>
    Object.entries(boot.slab ?? {}).map(([name, slab]) => ({ name, cpus: boot.smp, ...slab })),
  );

  test("there is something to compare with", () => {
    expect(read.length).toBeGreaterThan(10);
  });

  test.each(read)("$name with $cpus CPUs", (slab) => {
    const { name, object_size: objectBytes, cpus: cpuCount } = slab;
    const geometry = slabGeometry({ name, objectBytes, era: "6.1", cpuCount });
    expect({
      slabBytes: geometry.slabBytes,
      objects: geometry.objects,
      order: geometry.order,
      partialMin: geometry.partialMin,
    }).toEqual({
      slabBytes: slab.slab_size,
      objects: slab.objs_per_slab,
      order: slab.order,
      partialMin: slab.min_partial,
    });
  });
});

interface SlabFixture extends AllocatorFixture {
  readonly slab: SlabAllocator;
}

function slabs(
  era: Era = "6.1",
  checks: SlabChecks = "every-request",
  reserve: ReservePolicyName = era === "2.6.12" ? "process-memalloc" : "gfp-memalloc",
): SlabFixture {
  const machine = allocator({ era, reserve, minFreeKiB: 4 * 400 });
  const slab = new SlabAllocator({ pages: machine.pages, cpuCount: 1, checks });
  return { ...machine, slab };
}

/** Leave no page to those who have no right to the reserve. */
function exhaust({ pages }: AllocatorFixture): void {
  while (pages.alloc(0, GFP_ATOMIC, PAGE_KIND.kernel) !== null);
}

describe("a slab of reserve pages", () => {
  const reserve = GFP_ATOMIC | __GFP_MEMALLOC;

  test("serves those with the right, and nobody else", () => {
    const machine = slabs();
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    const first = cache.alloc(reserve);
    expect(first === null ? null : machine.slab.isPfmemalloc(first)).toBe(true);
    expect(cache.alloc(GFP_ATOMIC)).toBeNull();
    expect(cache.alloc(reserve | __GFP_NOMEMALLOC)).toBeNull();
    expect(cache.alloc(reserve)).not.toBeNull();
    expect(cache.slabCount).toBe(1);
  });

  test("stands aside for an ordinary slab once there are pages again", () => {
    const machine = slabs();
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    cache.alloc(reserve);
    machine.pages.setMinFreeKiB(4 * 10);
    const ordinary = cache.alloc(GFP_ATOMIC);
    expect(ordinary === null ? null : machine.slab.isPfmemalloc(ordinary)).toBe(false);
    expect(cache.slabCount).toBe(2);
  });

  test("served anyone in 2.6.12: the reserve leaked away", () => {
    const machine = slabs("2.6.12");
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    machine.current.processFlags = 1;
    expect(cache.alloc(GFP_ATOMIC)).not.toBeNull();
    machine.current.processFlags = 0;
    expect(cache.alloc(GFP_ATOMIC)).not.toBeNull();
  });

  test("serves anyone on the fast path if that is not checked, as in Linux", () => {
    const machine = slabs("6.1", "slow-path");
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    cache.alloc(reserve);
    expect(cache.alloc(GFP_ATOMIC)).not.toBeNull();
    expect(machine.slab.reserve).toEqual({ given: 2, strayed: 1 });
    // Only while there are objects left: a slab that has to be found is looked at.
    for (let left = cache.geometry.objects - 2; left > 0; left--) cache.alloc(reserve);
    expect(cache.alloc(GFP_ATOMIC)).toBeNull();
  });

  test("serves anyone from wherever it lies if nobody is asked", () => {
    const machine = slabs("6.1", "none");
    exhaust(machine);
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    const refs = Array.from({ length: cache.geometry.objects }, () => cache.alloc(reserve) ?? -1);
    cache.free(refs[0] ?? -1);
    expect(cache.alloc(GFP_ATOMIC)).not.toBeNull();
    expect(machine.slab.reserve.strayed).toBe(1);
  });

  test("is ordinary memory again when its page comes back from the page allocator", () => {
    const machine = slabs();
    exhaust(machine);
    const big = machine.slab.kmalloc(4096, reserve);
    expect(big === null ? null : machine.slab.isPfmemalloc(big)).toBe(true);
    const flagged = machine.frames.flags.findIndex((flags) => (flags & PG_PFMEMALLOC) !== 0);
    expect(machine.frames.kind[flagged]).toBe(PAGE_KIND.slab);
  });
});

describe("a cache that had to take reserve pages (reserve-tree)", () => {
  const reserve = GFP_ATOMIC | __GFP_MEMALLOC;

  /** One object in ordinary memory, and then as many as fill its slab and begin one of reserve pages. */
  function inNeed(): { machine: SlabFixture; cache: SlabCacheKind; ordinary: number } {
    const machine = slabs("2.6.12", "every-request", "reserve-tree");
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    const ordinary = cache.alloc(GFP_ATOMIC) ?? -1;
    exhaust(machine);
    for (let i = 0; i < cache.geometry.objects; i++) cache.alloc(reserve);
    return { machine, cache, ordinary };
  }

  test("serves nobody else, not even with an object in ordinary memory", () => {
    const { cache, ordinary } = inNeed();
    cache.free(ordinary);
    expect(cache.alloc(GFP_ATOMIC)).toBeNull();
    expect(cache.alloc(reserve | __GFP_NOMEMALLOC)).toBeNull();
    expect(cache.alloc(reserve)).not.toBeNull();
  });

  test("serves everybody again when one who has no right brings a slab within the marks", () => {
    const { machine, cache } = inNeed();
    const before = cache.slabCount;
    machine.pages.setMinFreeKiB(4 * 10);
    expect(cache.alloc(GFP_ATOMIC)).not.toBeNull();
    expect(cache.slabCount).toBe(before + 1);
    expect(cache.alloc(GFP_ATOMIC)).not.toBeNull();
    expect(cache.slabCount).toBe(before + 1);
    expectConserved(machine);
  });

  test("is still in need after it was saved and loaded", () => {
    const { machine, cache } = inNeed();
    const other = slabs("2.6.12", "every-request", "reserve-tree");
    other.frames.load(structuredClone(machine.frames.save()));
    other.pages.load(structuredClone(machine.pages.save()));
    other.slab.load(structuredClone(machine.slab.save()));
    const copy = other.slab.cache("skbuff_head_cache", 232);
    expect([copy.alloc(GFP_ATOMIC), copy.objectCount]).toEqual([null, cache.objectCount]);
  });
});

function many(cache: SlabCacheKind, count: number): number[] {
  return Array.from({ length: count }, () => cache.alloc(GFP_KERNEL)).filter((ref) => ref !== null);
}

describe("slabs come and go", () => {
  test("objects fill whole slabs before the next is made", () => {
    const { slab } = slabs();
    const cache = slab.cache("skbuff_head_cache", 232);
    expect(new Set(many(cache, 160)).size).toBe(160);
    expect([cache.slabCount, cache.slabPages, cache.objectCount]).toEqual([10, 10, 160]);
  });

  test("empty ones go back to the page allocator but for a few", () => {
    const machine = slabs();
    const cache = machine.slab.cache("skbuff_head_cache", 232);
    const refs = many(cache, 1600);
    for (const ref of refs) cache.free(ref);
    const { partialMin, cpuPartialSlabs } = cache.geometry;
    expect(cache.slabCount).toBeLessThanOrEqual(partialMin + cpuPartialSlabs + 2);
    expect(cache.slabCount).toBeGreaterThanOrEqual(partialMin);
    expect(machine.frames.pagesOf("slab")).toBe(cache.slabPages);
    expectConserved(machine);
  });

  test("a slab of a large order that cannot be had is made of the smallest that will do", () => {
    const { pages, frames, slab } = slabs();
    pages.setMinFreeKiB(0);
    const taken: Pfn[] = [];
    for (let pfn = pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel); pfn !== null; ) {
      taken.push(pfn);
      pfn = pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel);
    }
    // Only single pages are left, none beside another.
    for (const pfn of taken) if (pfn % 2 === 0) pages.free(pfn);
    pages.drainPerCpu();
    const cache = slab.cache("kmalloc-1k", 1024);
    expect([cache.geometry.order, cache.geometry.orderMin]).toEqual([1, 0]);
    many(cache, 5);
    expect([cache.fallbackCount, cache.slabCount, frames.pagesOf("slab")]).toEqual([2, 2, 2]);
  });

  test("an object freed twice stops the machine", () => {
    const { slab } = slabs();
    const ref = slab.kmalloc(100, GFP_KERNEL);
    if (ref === null) throw new Error("a new machine has memory");
    slab.kfree(ref);
    expect(() => slab.kfree(ref)).toThrow("in use");
  });

  test("an object goes back to its own cache", () => {
    const { slab } = slabs();
    const ref = slab.cache("TCP", 2240).alloc(GFP_KERNEL);
    expect(() => slab.cache("UDP", 1152).free(ref ?? 0)).toThrow("its cache");
  });
});

test.each([
  [1, 8],
  [97, 128],
  [129, 192],
  [2049, 4096],
  [8192, 8192],
  [8193, 16_384],
  [40_000, 65_536],
])("%i bytes of kmalloc take %i", (bytes, slabBytes) => {
  const { slab } = slabs();
  const ref = slab.kmalloc(bytes, GFP_KERNEL);
  expect(slab.slabBytesOf(ref ?? 0)).toBe(slabBytes);
});
