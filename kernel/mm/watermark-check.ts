// Whether a zone has enough free pages left for a request. Linux: mm/page_alloc.c: __zone_watermark_ok,
// zone_watermark_fast, __zone_watermark_unusable_free (6.1.192); zone_watermark_ok (3.6, 2.6.12).
//
// Not modelled: CMA pages, per-CPU drift of the free count.

import type { Era } from "../era.ts";
import {
  ALLOC_HIGHATOMIC,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_RESERVES,
  ALLOC_WMARK_LOW,
  ALLOC_WMARK_MASK,
  ALLOC_WMARK_MIN,
  floorPages,
} from "./alloc-flags.ts";
import type { Buddy } from "./buddy.ts";
import { __GFP_ATOMIC, type Gfp } from "./gfp.ts";
import type { Zone } from "./zone.ts";

/** The mark that the low bits of `allocFlags` name, boost included, in pages. */
export function markOf(zone: Zone, allocFlags: number): number {
  const mark = allocFlags & ALLOC_WMARK_MASK;
  if (mark === ALLOC_WMARK_MIN) return zone.minPages;
  return mark === ALLOC_WMARK_LOW ? zone.lowPages : zone.highPages;
}

/**
 * Whether `order` may be taken of the zone and more than the floor and the lowmem reserve stays. `markPages` is a mark,
 * `classIndex` the zone type that the request would like best. What is set aside comes on top as it is: no right to a
 * fraction of the mark makes it less, and the test of large blocks does not know it (Zijlstra, 2007: z->pages_emerg).
 */
export function zoneWatermarkOk(
  { zone, buddy, era }: WatermarkZone,
  order: number,
  markPages: number,
  classIndex: number,
  allocFlags: number,
): boolean {
  let free = zone.freePages - ((1 << order) - 1);
  if (era === "6.1" && (allocFlags & ALLOC_RESERVES) === 0) free -= zone.highatomicPages;
  const floor = floorPages(era, markPages, allocFlags);
  if (free <= floor + (zone.reservePages[classIndex] ?? 0) + zone.emergencyPages) return false;
  if (order === 0) return true;
  if (era === "6.1") return buddy.hasBlock(order, (allocFlags & HIGHATOMIC_RIGHTS) !== 0);
  return leavesLargeBlocks(buddy, order, { free, floor });
}

/** What the check looks at. */
export interface WatermarkZone {
  readonly era: Era;
  readonly zone: Zone;
  readonly buddy: Buddy;
}

const HIGHATOMIC_RIGHTS = ALLOC_HIGHATOMIC | ALLOC_OOM;
/** Who may be given HIGHATOMIC pages when nothing else is left. Linux: rmqueue_buddy(). */
export const HIGHATOMIC_LAST_RESORT = ALLOC_OOM | ALLOC_NON_BLOCK;

/** Before 4.4: free pages in smaller blocks do not count, and the floor halves with each order. */
function leavesLargeBlocks(
  buddy: Buddy,
  order: number,
  start: { readonly free: number; readonly floor: number },
): boolean {
  let { free, floor } = start;
  for (let o = 0; o < order; o++) {
    free -= (buddy.freeBlocks[o] ?? 0) << o;
    floor >>= 1;
    if (free <= floor) return false;
  }
  return true;
}

/** The same at the mark that the flags name, for a request: an atomic one of order 0 does not feel the boost at min. */
export function mayAllocate(
  from: WatermarkZone,
  order: number,
  gfp: Gfp,
  classIndex: number,
  allocFlags: number,
): boolean {
  const { zone } = from;
  if (zoneWatermarkOk(from, order, markOf(zone, allocFlags), classIndex, allocFlags)) return true;
  const isExempt =
    order === 0 &&
    zone.boostPages > 0 &&
    (gfp & __GFP_ATOMIC) !== 0 &&
    (allocFlags & ALLOC_WMARK_MASK) === ALLOC_WMARK_MIN;
  if (!isExempt) return false;
  return zoneWatermarkOk(from, 0, zone.watermark.minPages, classIndex, allocFlags);
}
