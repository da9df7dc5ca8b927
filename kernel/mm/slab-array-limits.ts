// How many objects and slabs SLAB keeps: sizes of slabs and of arrays. Linux: mm/slab.c of 3.6: calculate_slab_order,
// cache_estimate, enable_cpucache, alloc_kmemlist.
//
// Not modelled: SLAB_RECLAIM_ACCOUNT caches, off-slab management's own objects.

import { PAGE_BYTES } from "#base/units.ts";
import type { SlabGeometry } from "./slab-geometry.ts";

/** From this size on a slab's management lies outside of it: PAGE_SIZE >> 3. */
const OFF_SLAB_BYTES = PAGE_BYTES >> 3;
/** struct slab, and a number for each object. */
const MANAGEMENT_BYTES = 40;
const INDEX_BYTES = 4;
/** SLAB_MAX_ORDER_HI: of machines above 32 MiB; slab_max_order= of the command line. */
export const SLAB_ORDER_MAX = 1;

/** Order and objects of a slab: the first order that wastes an eighth at most, none above `orderMax` if it can be helped. */
export function slabShape(
  slabBytes: number,
  orderMax: number,
): { readonly order: number; readonly objects: number } {
  for (let order = 0; ; order++) {
    const pageBytes = PAGE_BYTES << order;
    const objects = objectsIn(pageBytes, slabBytes);
    if (objects === 0) continue;
    const wasteBytes = pageBytes - objects * slabBytes;
    if (order >= orderMax || wasteBytes * 8 <= pageBytes) return { order, objects };
  }
}

function objectsIn(pageBytes: number, slabBytes: number): number {
  if (slabBytes >= OFF_SLAB_BYTES) return Math.floor(pageBytes / slabBytes);
  return Math.floor((pageBytes - MANAGEMENT_BYTES) / (slabBytes + INDEX_BYTES));
}

export interface ArrayLimits {
  /** Objects that each CPU keeps. */
  readonly cpuMax: number;
  /** Objects that move at once. */
  readonly batch: number;
  /** Objects in the array that CPUs share; 0 with one CPU, or objects larger than a page. */
  readonly sharedMax: number;
  /** Free objects in slabs that the node keeps. */
  readonly freeMax: number;
}

export function arrayLimits({ slabBytes, objects }: SlabGeometry, cpuCount: number): ArrayLimits {
  const cpuMax = cpuLimit(slabBytes);
  const batch = (cpuMax + 1) >> 1;
  const isShared = cpuCount > 1 && slabBytes <= PAGE_BYTES;
  return {
    cpuMax,
    batch,
    sharedMax: isShared ? 8 * batch : 0,
    freeMax: (1 + cpuCount) * batch + objects,
  };
}

function cpuLimit(bytes: number): number {
  if (bytes > 131_072) return 1;
  if (bytes > PAGE_BYTES) return 8;
  if (bytes > 1024) return 24;
  return bytes > 256 ? 54 : 120;
}
