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

export interface WatermarkQuery {
  readonly era: Era;
  readonly buddy: Buddy;
  readonly order: number;
  readonly markPages: number;
  /** Zone type that the request would like best: decides the lowmem reserve. */
  readonly classIndex: number;
  readonly allocFlags: number;
}

/** Whether `order` may be taken and more than the floor and the lowmem reserve stays. */
export function zoneWatermarkOk(query: WatermarkQuery): boolean {
  const { era, buddy, order, classIndex, allocFlags } = query;
  const { zone } = buddy;
  let free = zone.freePages - ((1 << order) - 1);
  if (era === "6.1" && (allocFlags & ALLOC_RESERVES) === 0) free -= zone.highatomicPages;
  const floor = floorPages(era, query.markPages, allocFlags);
  if (free <= floor + (zone.reservePages[classIndex] ?? 0)) return false;
  if (order === 0) return true;
  if (era === "6.1") return buddy.hasBlock(order, (allocFlags & HIGHATOMIC_RIGHTS) !== 0);
  return leavesLargeBlocks(buddy, order, { free, floor });
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

/** The same for an attempt to allocate: an atomic request of order 0 does not feel the boost at the min mark. */
export function mayAllocate(query: WatermarkQuery, gfp: Gfp): boolean {
  if (zoneWatermarkOk(query)) return true;
  const { zone } = query.buddy;
  const isExempt =
    query.order === 0 &&
    zone.boostPages > 0 &&
    (gfp & __GFP_ATOMIC) !== 0 &&
    (query.allocFlags & ALLOC_WMARK_MASK) === ALLOC_WMARK_MIN;
  return isExempt && zoneWatermarkOk({ ...query, markPages: zone.watermark.minPages });
}
