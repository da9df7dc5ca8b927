// How many pages a demand can take at worst, slabs and their waste included. Zijlstra, "mm: kmem_alloc_estimate()" and
// "mm: allow to estimate the slab space" of his swap-over-network series (linux-mm, 2007); with one CPU they give the sizes
// of the tree that mm/reserve.c shows: 140 pages for 256 KiB of kmalloc, 1367 for 16384 routes, 343 for 4096.
//
// Not modelled: the geometry of the machine's own caches, which 2.6.12 had not yet (SLUB of 2.6.22: four objects a slab).

import { PAGE_BYTES } from "#base/units.ts";
import type { ReserveDemand } from "../policy/reserve/policy.ts";

/** kmalloc caches of up to half a page, each of which may have to begin a slab for every CPU. */
const kmallocBytes = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048] as const;
/** slub_min_objects of 2.6.22. */
const OBJECTS_MIN = 4;

export function estimatePages(demand: ReserveDemand, cpuCount: number): number {
  switch (demand.type) {
    case "pages":
      return demand.pages;
    case "kmalloc":
      return kmallocPages(demand.bytes, cpuCount);
    case "objects":
      return objectPages(demand.count, demand.objectBytes, cpuCount);
  }
}

/** Twice the bytes, since each object may lie in one twice its size. */
function kmallocPages(bytes: number, cpuCount: number): number {
  const begun = kmallocBytes.reduce((sum, size) => sum + slabPages(size), 0);
  return Math.ceil((2 * bytes) / PAGE_BYTES) + begun * cpuCount;
}

function objectPages(count: number, objectBytes: number, cpuCount: number): number {
  const pages = slabPages(objectBytes);
  const slabs = Math.ceil(count / Math.floor((pages * PAGE_BYTES) / objectBytes));
  return (slabs + cpuCount) * pages;
}

function slabPages(objectBytes: number): number {
  let pages = 1;
  while (pages * PAGE_BYTES < OBJECTS_MIN * objectBytes) pages *= 2;
  return pages;
}
