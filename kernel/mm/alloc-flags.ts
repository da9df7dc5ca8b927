// How deep a request may go: the bits of an attempt at the free lists, and the floor they give, in integer steps.
//
// Linux: gfp_to_alloc_flags, __gfp_pfmemalloc_flags, __zone_watermark_ok (mm/page_alloc.c, mm/internal.h; 6.1.192, which
// carries the rework of 6.3); the same functions of 3.6; zone_watermark_ok and __alloc_pages of 2.6.12.
//
// One table serves: 3.x and 2.6.12 call ALLOC_HARDER what is ALLOC_NON_BLOCK here, and give it to real-time tasks too.
//
// Not modelled: cpusets, CMA, hard interrupts (nothing of a machine runs in one: drivers do their work in softirqs).

import type { Era } from "../era.ts";
import type { ReservePolicy } from "../policy/reserve/policy.ts";
import type { Current } from "../sched/current.ts";
import { PF_OOM_VICTIM, PF_REALTIME } from "../sched/task.ts";
import {
  __GFP_DIRECT_RECLAIM,
  __GFP_HIGH,
  __GFP_KSWAPD_RECLAIM,
  __GFP_NOMEMALLOC,
  type Gfp,
} from "./gfp.ts";

export const ALLOC_WMARK_MIN = 0;
export const ALLOC_WMARK_LOW = 1;
export const ALLOC_WMARK_HIGH = 2;
export const ALLOC_WMARK_MASK = 3;
/** Take any block there is. */
export const ALLOC_NO_WATERMARKS = 0x04;
/** Half of min, for a task that is dying to free memory (6.1). */
export const ALLOC_OOM = 0x08;
/** Cannot block. With ALLOC_MIN_RESERVE it is worth another quarter; alone, in 6.1, nothing. Older: ALLOC_HARDER. */
export const ALLOC_NON_BLOCK = 0x10;
/** Half of min: __GFP_HIGH, and real-time tasks in 6.1. */
export const ALLOC_MIN_RESERVE = 0x20;
/** Do not break up blocks of another type, as long as another zone will do. */
export const ALLOC_NOFRAGMENT = 0x100;
/** Order > 0 and atomic: may use the HIGHATOMIC blocks. */
export const ALLOC_HIGHATOMIC = 0x200;
export const ALLOC_KSWAPD = 0x800;
/** Any right below min. */
export const ALLOC_RESERVES = ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC | ALLOC_OOM;

export interface AllocFlagsRules {
  readonly era: Era;
  readonly reserve: ReservePolicy;
  readonly current: Current;
}

/** The attempt at the min mark: what `gfp` itself and a real-time task are worth. Linux: gfp_to_alloc_flags(). */
export function gfpToAllocFlags(rules: AllocFlagsRules, gfp: Gfp, order: number): number {
  let flags = ALLOC_WMARK_MIN;
  if ((gfp & __GFP_HIGH) !== 0) flags |= ALLOC_MIN_RESERVE;
  if ((gfp & __GFP_KSWAPD_RECLAIM) !== 0) flags |= ALLOC_KSWAPD;
  if ((gfp & __GFP_DIRECT_RECLAIM) === 0) return flags | nonBlocking(rules.era, gfp, order);
  return isRealtime(rules.current) ? flags | realtimeRight(rules.era) : flags;
}

function nonBlocking(era: Era, gfp: Gfp, order: number): number {
  // 2.6.12 does not yet look at __GFP_NOMEMALLOC here.
  if (era === "2.6.12") return ALLOC_NON_BLOCK;
  if ((gfp & __GFP_NOMEMALLOC) !== 0) return 0;
  const isHighatomic = era === "6.1" && order > 0 && (gfp & __GFP_HIGH) !== 0;
  return isHighatomic ? ALLOC_NON_BLOCK | ALLOC_HIGHATOMIC : ALLOC_NON_BLOCK;
}

function isRealtime(current: Current): boolean {
  return (current.processFlags & PF_REALTIME) !== 0 && !current.inSoftirq;
}

function realtimeRight(era: Era): number {
  return era === "6.1" ? ALLOC_MIN_RESERVE : ALLOC_NON_BLOCK;
}

/**
 * What the request is worth once the min mark has refused it: ALLOC_NO_WATERMARKS, ALLOC_OOM or nothing.
 *
 * These bits replace those of the first attempt; 6.1 does not add the two (so a dying task's ½ and __GFP_HIGH's ½ do not
 * multiply, and who may ignore the marks may still not use HIGHATOMIC blocks). Linux: __gfp_pfmemalloc_flags().
 */
export function reserveFlags(rules: AllocFlagsRules, gfp: Gfp): number {
  const { current } = rules;
  if (mayIgnoreWatermarks(rules, gfp)) return ALLOC_NO_WATERMARKS;
  const isVictim = (current.processFlags & PF_OOM_VICTIM) !== 0 && !current.inSoftirq;
  if (!isVictim || (gfp & __GFP_NOMEMALLOC) !== 0) return 0;
  return rules.era === "6.1" ? ALLOC_OOM : ALLOC_NO_WATERMARKS;
}

/** Whether the machine's policy lets this request ignore every mark. Linux: gfp_pfmemalloc_allowed(). */
export function mayIgnoreWatermarks(
  { reserve, current }: Omit<AllocFlagsRules, "era">,
  gfp: Gfp,
): boolean {
  const { processFlags, inSoftirq } = current;
  return reserve.mayIgnoreWatermarks({ gfp, processFlags, inSoftirq });
}

/**
 * The floor, in pages, that an attempt must leave free in a zone, lowmem reserve not counted: it needs free > floor.
 *
 * The order of the halvings is the kernel's; each rounds down what it takes away.
 */
export function floorPages(era: Era, markPages: number, allocFlags: number): number {
  if ((allocFlags & ALLOC_NO_WATERMARKS) !== 0) return 0;
  let floor = markPages;
  if ((allocFlags & ALLOC_MIN_RESERVE) !== 0) floor -= floor >> 1;
  const harder = era === "6.1" ? ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE : ALLOC_NON_BLOCK;
  if ((allocFlags & harder) === harder) floor -= floor >> 2;
  if ((allocFlags & ALLOC_OOM) !== 0) floor -= floor >> 1;
  return floor;
}
