// A page allocator alone, and a walk over every frame of it that finds what is in two places or in none.

import { expect } from "vitest";
import type { Era } from "#kernel/era.ts";
import { PageAllocator } from "#kernel/mm/page-alloc.ts";
import { PAGE_KIND, PageFrames } from "#kernel/mm/page-frames.ts";
import { Vmstat } from "#kernel/mm/vmstat.ts";
import { framesOf, type ZoneSpec } from "#kernel/mm/zone.ts";
import { type ReservePolicyName, reservePolicies } from "#kernel/policy/reserve/index.ts";
import { Current } from "#kernel/sched/current.ts";

/** One small zone: 16 pageblocks. */
export const ONE_ZONE: readonly ZoneSpec[] = [
  { name: "Normal", presentPages: 8192, managedPages: 8192 },
];
/** DMA, DMA32 and NORMAL, the upper two of 8 MiB. */
export const THREE_ZONES: readonly ZoneSpec[] = [
  { name: "DMA", presentPages: 3998, managedPages: 3840 },
  { name: "DMA32", presentPages: 3000, managedPages: 2100 },
  { name: "Normal", presentPages: 2048, managedPages: 2048 },
];

export interface AllocatorFixture {
  readonly frames: PageFrames;
  readonly pages: PageAllocator;
  readonly current: Current;
}

export interface AllocatorFixtureSpec {
  readonly era?: Era;
  readonly zones?: readonly ZoneSpec[];
  readonly reserve?: ReservePolicyName;
  readonly cpuCount?: number;
  readonly minFreeKiB?: number | null;
  readonly boostFactor?: number;
  readonly highatomic?: boolean;
  readonly criticalPages?: number;
}

export function allocator(spec: AllocatorFixtureSpec = {}): AllocatorFixture {
  const { era = "6.1", zones = ONE_ZONE, minFreeKiB = null, highatomic = true } = spec;
  const frames = new PageFrames(framesOf(zones));
  const current = new Current();
  const pages = new PageAllocator({
    frames,
    zones,
    era,
    reserve: reservePolicies[spec.reserve ?? "gfp-memalloc"],
    current,
    vmstat: new Vmstat(),
    cpuCount: spec.cpuCount ?? 1,
    sysctl: {
      minFreeKiB,
      watermarkScaleFactor: 10,
      watermarkBoostFactor: spec.boostFactor ?? 0,
      highatomic,
      thp: "never",
      criticalPages: spec.criticalPages ?? 0,
    },
  });
  return { frames, pages, current };
}

/** Every frame is in exactly one place, and all counts agree with what is there. */
export function expectConserved({ frames, pages }: AllocatorFixture): void {
  const byKind = new Int32Array(frames.pagesByKind.length);
  for (const kind of frames.kind) byKind[kind] = (byKind[kind] ?? 0) + 1;
  expect(Array.from(frames.pagesByKind)).toEqual(Array.from(byKind));
  for (const zone of pages.zones) {
    const blocks = freeBlocksOf(frames, zone);
    expect(blocks.pages).toBe(zone.freePages);
    expect(Array.from(pages.freeBlocks(zone))).toEqual(blocks.byOrder);
  }
  const held = pages.perCpuPfns();
  expect(new Set(held).size).toBe(held.length);
  const heldPages = held.reduce((sum, pfn) => sum + (1 << (frames.order[pfn] ?? 0)), 0);
  expect(heldPages).toBe(frames.pagesOf("perCpu"));
  for (const pfn of held) expect(frames.kind[pfn]).toBe(PAGE_KIND.perCpu);
}

interface ZoneRange {
  readonly startPfn: number;
  readonly endPfn: number;
}

/** Free pages and blocks of a zone, read off its frames: heads aligned, linked both ways, tails without order. */
function freeBlocksOf(
  frames: PageFrames,
  zone: ZoneRange,
): { readonly pages: number; readonly byOrder: number[] } {
  const byOrder = new Array<number>(11).fill(0);
  let pages = 0;
  for (let pfn = zone.startPfn; pfn < zone.endPfn; ) {
    if (frames.kind[pfn] !== PAGE_KIND.free) {
      pfn++;
      continue;
    }
    const order = frames.order[pfn] ?? 0xff;
    expectBlock(frames, pfn, order);
    byOrder[order] = (byOrder[order] ?? 0) + 1;
    pages += 1 << order;
    pfn += 1 << order;
  }
  return { pages, byOrder };
}

function expectBlock(frames: PageFrames, pfn: number, order: number): void {
  expect(order).toBeLessThan(11);
  expect(pfn % (1 << order)).toBe(0);
  expect(frames.next[frames.prev[pfn] ?? -1]).toBe(pfn);
  expect(frames.prev[frames.next[pfn] ?? -1]).toBe(pfn);
  for (let tail = pfn + 1; tail < pfn + (1 << order); tail++)
    if (frames.kind[tail] !== PAGE_KIND.free || frames.order[tail] !== 0xff)
      expect.fail(`frame ${tail} is a tail of a free block of order ${order} at ${pfn}`);
}
