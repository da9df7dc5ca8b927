// One attempt to get pages: the zones a request may use, best first, each against one mark.
//
// Linux: mm/page_alloc.c: get_page_from_freelist, rmqueue, rmqueue_buddy, prep_new_page (6.1.192).

import type { Era } from "../era.ts";
import type { ReservePolicy } from "../policy/reserve/policy.ts";
import type { Current } from "../sched/current.ts";
import { ALLOC_HIGHATOMIC, ALLOC_NO_WATERMARKS, ALLOC_NOFRAGMENT } from "./alloc-flags.ts";
import { BelowHalf } from "./below-half.ts";
import { classOf, type Gfp } from "./gfp.ts";
import type { MachineZones } from "./machine-zones.ts";
import { MIGRATE_HIGHATOMIC, migratetypeOf } from "./migratetype.ts";
import {
  fillKind,
  PAGE_KIND,
  type PageFrames,
  type PageKind,
  PG_PFMEMALLOC,
} from "./page-frames.ts";
import { pcpOrderMax } from "./per-cpu-pages.ts";
import { HIGHATOMIC_LAST_RESORT, mayAllocate } from "./watermark-check.ts";
import type { ZoneRig } from "./zone-rig.ts";

export interface AttemptsSpec {
  readonly frames: PageFrames;
  readonly era: Era;
  readonly reserve: ReservePolicy;
  readonly current: Current;
  readonly zones: MachineZones;
  readonly sysctl: { readonly highatomic: boolean };
  /** A zone of this type has just raised its marks: kswapd should look. */
  readonly onBoost: (classIndex: number) => void;
}

export class Attempts {
  readonly below: BelowHalf;
  readonly #spec: AttemptsSpec;
  readonly #pcpOrderMax: number;
  readonly #keepsHighatomic: boolean;

  constructor(spec: AttemptsSpec) {
    this.#spec = spec;
    this.below = new BelowHalf(spec.zones.zones);
    this.#pcpOrderMax = pcpOrderMax[spec.era];
    this.#keepsHighatomic = spec.era === "6.1" && spec.sysctl.highatomic;
  }

  /** The head of a block of 2^order pages, owned by `kind`; -1 if no zone passes. */
  take(order: number, gfp: Gfp, kind: PageKind, allocFlags: number): number {
    const classIndex = classOf(gfp);
    const rigs = this.#spec.zones.zonelist[classIndex] ?? [];
    const isUnbound = (allocFlags & ALLOC_NO_WATERMARKS) !== 0;
    for (const rig of rigs) {
      if (!isUnbound && !mayAllocate(rig, order, gfp, classIndex, allocFlags)) continue;
      const pfn = this.#rmqueue(rig, order, gfp, allocFlags);
      if (pfn < 0) continue;
      this.#prepare(pfn, order, kind, allocFlags);
      if ((allocFlags & ALLOC_HIGHATOMIC) !== 0 && this.#keepsHighatomic)
        rig.fallback.reserveHighatomic(pfn);
      return pfn;
    }
    if ((allocFlags & ALLOC_NOFRAGMENT) === 0) return -1;
    return this.take(order, gfp, kind, allocFlags & ~ALLOC_NOFRAGMENT);
  }

  /** A block from one zone: the CPU's list, then the zone's own; -1 if it has none. */
  #rmqueue(rig: ZoneRig, order: number, gfp: Gfp, allocFlags: number): number {
    const { frames, current, era, onBoost } = this.#spec;
    const type = migratetypeOf(gfp, era);
    const { freePages, boostPages } = rig.zone;
    let from: PageKind = PAGE_KIND.perCpu;
    let pfn = -1;
    if (order <= this.#pcpOrderMax) pfn = rig.pcp(current.cpu).take(order, type, allocFlags);
    if (pfn < 0) {
      from = PAGE_KIND.free;
      pfn = this.#rmqueueBuddy(rig, order, type, allocFlags);
    }
    if (pfn >= 0) frames.countKind(from, -(1 << order));
    // Most pages come from a CPU's list, and left the zone's before.
    if (pfn >= 0 && rig.zone.freePages !== freePages)
      this.below.note(rig.zone, { freePages, boostPages }, gfp, current);
    if (rig.zone.takeBoostNews()) onBoost(rig.zone.index);
    return pfn;
  }

  #rmqueueBuddy(rig: ZoneRig, order: number, type: number, allocFlags: number): number {
    const { buddy, fallback } = rig;
    let pfn = -1;
    if ((allocFlags & ALLOC_HIGHATOMIC) !== 0) pfn = buddy.takeSmallest(order, MIGRATE_HIGHATOMIC);
    if (pfn < 0) pfn = fallback.take(order, type, allocFlags);
    // Failing an interrupt now is worse than failing a large request later.
    if (pfn < 0 && this.#spec.era === "6.1" && (allocFlags & HIGHATOMIC_LAST_RESORT) !== 0)
      pfn = buddy.takeSmallest(order, MIGRATE_HIGHATOMIC);
    return pfn;
  }

  #prepare(pfn: number, order: number, kind: PageKind, allocFlags: number): void {
    const { frames, reserve } = this.#spec;
    const pages = 1 << order;
    frames.countKind(kind, pages);
    fillKind(frames.kind, pfn, pages, kind);
    if ((allocFlags & ALLOC_NO_WATERMARKS) !== 0 && reserve.slabGuard !== "none")
      frames.flags[pfn] = PG_PFMEMALLOC;
  }
}
