// Which pages are kept together so that they can be moved together. Linux: enum migratetype, include/linux/mmzone.h.
//
// Not modelled: MIGRATE_CMA and MIGRATE_ISOLATE (no contiguous allocator, no hotplug).

import type { Era } from "../era.ts";
import { __GFP_MOVABLE, __GFP_RECLAIMABLE, type Gfp } from "./gfp.ts";

export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
/** Types that have per-CPU lists and fall back on one another. */
export const MIGRATE_PCPTYPES = 3;
/** 6.1: kept for atomic requests of order > 0. 3.x calls its kind MIGRATE_RESERVE: the last resort of everyone. */
export const MIGRATE_HIGHATOMIC = 3;
export const MIGRATE_TYPES = 4;

export const migratetypeNames = ["unmovable", "movable", "reclaimable", "highatomic"] as const;

/** Pages are grouped by blocks of 2 MiB: the size of a huge page on x86-64. */
export const PAGEBLOCK_ORDER = 9;
export const PAGEBLOCK_PAGES = 1 << PAGEBLOCK_ORDER;

/** Whose free pages a request takes when its own type has none, first to last. Linux: fallbacks[], mm/page_alloc.c. */
const fallbacks61 = [
  [MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
  [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
  [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
] as const;

/** The types to fall back on, by type; an empty list for a kernel that does not group pages. */
export function fallbacksOf(era: Era): readonly (readonly number[])[] {
  return era === "2.6.12" ? [[], [], []] : fallbacks61;
}

/** Linux: gfp_migratetype(), include/linux/gfp.h; 2.6.12 knows one type only. */
export function migratetypeOf(gfp: Gfp, era: Era): number {
  if (era === "2.6.12") return MIGRATE_UNMOVABLE;
  if ((gfp & __GFP_MOVABLE) !== 0) return MIGRATE_MOVABLE;
  return (gfp & __GFP_RECLAIMABLE) === 0 ? MIGRATE_UNMOVABLE : MIGRATE_RECLAIMABLE;
}
