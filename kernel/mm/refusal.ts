// Why an allocation was refused: which zone it looked at first, and the rule that decided.

import type { Era } from "../era.ts";
import {
  ALLOC_MIN_RESERVE,
  ALLOC_NO_WATERMARKS,
  ALLOC_NON_BLOCK,
  ALLOC_OOM,
  ALLOC_RESERVES,
  ALLOC_WMARK_HIGH,
  ALLOC_WMARK_LOW,
  ALLOC_WMARK_MASK,
  floorPages,
} from "./alloc-flags.ts";
import type { Gfp } from "./gfp.ts";
import { markOf } from "./watermark-check.ts";
import type { Zone, ZoneName } from "./zone.ts";

/** Every reason for which the allocator says no. */
export const refusalRules = [
  /** Above ⅜ of min it would have been served: GFP_ATOMIC. */
  "ATOMIC_FLOOR",
  /** Half of min: __GFP_HIGH that may sleep, real-time tasks (6.1). */
  "HIGH_FLOOR",
  /** Three quarters of min: requests that cannot sleep, real-time tasks (2.6.12, 3.x). */
  "NOWAIT_FLOOR",
  /** Half of min: a task that the OOM killer has chosen (6.1). */
  "OOM_FLOOR",
  "MIN_MARK",
  "LOW_MARK",
  "HIGH_MARK",
  /** The pages are there, but kept from requests that could use a higher zone. */
  "LOWMEM_RESERVE",
  /** The pages are there, but set aside for those who may ignore the marks. */
  "EMERGENCY_RESERVE",
  /** The pages are there, but in HIGHATOMIC blocks. */
  "HIGHATOMIC",
  /** Enough pages, no block of that order. */
  "NO_BLOCK",
  /** It may take anything, and there is nothing. */
  "EMPTY",
] as const;
export type RefusalRule = (typeof refusalRules)[number];

/** The last refusal; overwritten by the next. */
export class Refusal {
  /** Refusals since boot. */
  count = 0;
  zone: ZoneName = "Normal";
  rule: RefusalRule = "MIN_MARK";
  order = 0;
  gfp: Gfp = 0;
  freePages = 0;
  /** What had to be free for a yes, in pages. */
  neededPages = 0;
  /** Refusals by rule since boot. */
  readonly countByRule: Record<RefusalRule, number> = {
    ATOMIC_FLOOR: 0,
    HIGH_FLOOR: 0,
    NOWAIT_FLOOR: 0,
    OOM_FLOOR: 0,
    MIN_MARK: 0,
    LOW_MARK: 0,
    HIGH_MARK: 0,
    LOWMEM_RESERVE: 0,
    EMERGENCY_RESERVE: 0,
    HIGHATOMIC: 0,
    NO_BLOCK: 0,
    EMPTY: 0,
  };

  note(attempt: RefusedAttempt, zone: Zone): void {
    const { era, allocFlags, order } = attempt;
    const floor = floorPages(era, markOf(zone, allocFlags), allocFlags);
    this.zone = zone.name;
    this.order = order;
    this.gfp = attempt.gfp;
    this.freePages = zone.freePages;
    const kept = (zone.reservePages[attempt.classIndex] ?? 0) + zone.emergencyPages;
    this.neededPages = floor + kept + (1 << order);
    this.rule = ruleOf(attempt, zone, floor);
    this.count++;
    this.countByRule[this.rule]++;
  }

  save(): RefusalState {
    const { count, zone, rule, order, gfp, freePages, neededPages } = this;
    const countByRule = { ...this.countByRule };
    return { count, zone, rule, order, gfp, freePages, neededPages, countByRule };
  }

  load(state: RefusalState): void {
    const { countByRule, ...fields } = state;
    Object.assign(this, fields);
    Object.assign(this.countByRule, countByRule);
  }
}

export type RefusalState = Omit<Refusal, "note" | "save" | "load">;

export interface RefusedAttempt {
  readonly era: Era;
  readonly order: number;
  readonly gfp: Gfp;
  readonly classIndex: number;
  readonly allocFlags: number;
}

function ruleOf(attempt: RefusedAttempt, zone: Zone, floor: number): RefusalRule {
  const { order, allocFlags } = attempt;
  const hidden = (allocFlags & ALLOC_RESERVES) === 0 ? zone.highatomicPages : 0;
  if ((allocFlags & ALLOC_NO_WATERMARKS) !== 0) return noWatermarksRule(zone, order);
  const free = zone.freePages - ((1 << order) - 1);
  const reserve = zone.reservePages[attempt.classIndex] ?? 0;
  const kept = floor + reserve + zone.emergencyPages;
  if (free - hidden > kept) return "NO_BLOCK";
  if (free > kept) return "HIGHATOMIC";
  if (free > floor + reserve) return "EMERGENCY_RESERVE";
  return free > floor ? "LOWMEM_RESERVE" : floorRule(attempt.era, allocFlags);
}

function noWatermarksRule(zone: Zone, order: number): RefusalRule {
  if (zone.freePages === 0) return "EMPTY";
  return order === 0 ? "HIGHATOMIC" : "NO_BLOCK";
}

function floorRule(era: Era, allocFlags: number): RefusalRule {
  const mark = allocFlags & ALLOC_WMARK_MASK;
  if (mark === ALLOC_WMARK_LOW) return "LOW_MARK";
  if (mark === ALLOC_WMARK_HIGH) return "HIGH_MARK";
  if ((allocFlags & ALLOC_OOM) !== 0) return "OOM_FLOOR";
  const isHigh = (allocFlags & ALLOC_MIN_RESERVE) !== 0;
  const isHarder = (allocFlags & ALLOC_NON_BLOCK) !== 0;
  if (isHigh) return isHarder ? "ATOMIC_FLOOR" : "HIGH_FLOOR";
  return isHarder && era !== "6.1" ? "NOWAIT_FLOOR" : "MIN_MARK";
}
