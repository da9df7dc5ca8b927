// Who takes the lower half of the reserve: pages that left the free lists while no more than half of the min marks was free,
// by whose request it was, and reclaimers that began there. The line is that of throttle_direct_reclaim() (Linux 3.6:
// pfmemalloc_watermark_ok()), drawn whether or not anybody is held back at it.
//
// Pages are counted as they leave for a list of a CPU, with whom they were fetched for.

import type { Current } from "../sched/current.ts";
import { PF_KTHREAD, PF_MEMALLOC } from "../sched/task.ts";
import { __GFP_DIRECT_RECLAIM, __GFP_MEMALLOC, type Gfp } from "./gfp.ts";
import type { Zone } from "./zone.ts";

/** Of whom a request is: a softirq or one that may not sleep; a program that reclaims; who else may ignore marks. */
export type Taker = "atomic" | "reclaimers" | "memalloc" | "others";

type ZonePages = Pick<Zone, "freePages" | "boostPages">;

export class BelowHalf {
  /** Pages taken from below the line since boot. */
  readonly pages: Record<Taker, number> = { atomic: 0, reclaimers: 0, memalloc: 0, others: 0 };
  /** Direct reclaimers that began at or below the line. */
  begun = 0;
  readonly #zones: readonly Zone[];

  constructor(zones: readonly Zone[]) {
    this.#zones = zones;
  }

  /** Free pages less half of the sum of the min marks: at or below the line it is 0 or less. */
  get abovePages(): number {
    return this.#above(0, 0);
  }

  /** A request took pages of a zone, which had `was` before. */
  note(zone: Zone, was: ZonePages, gfp: Gfp, current: Current): void {
    const after = this.abovePages;
    if (after >= 0) return;
    const before = this.#above(was.freePages - zone.freePages, was.boostPages - zone.boostPages);
    const taken = Math.min(before, 0) - after;
    if (taken > 0) this.pages[takerOf(gfp, current)] += taken;
  }

  /** With so many more pages free, and marks so much higher. */
  #above(freePages: number, minPages: number): number {
    let free = freePages;
    let min = minPages;
    for (const zone of this.#zones) {
      free += zone.freePages;
      min += zone.watermark.minPages + zone.boostPages;
    }
    return free - Math.floor(min / 2);
  }

  noteReclaim(): void {
    if (this.abovePages <= 0) this.begun++;
  }

  save(): BelowHalfState {
    return { pages: { ...this.pages }, begun: this.begun };
  }

  load({ pages, begun }: BelowHalfState): void {
    Object.assign(this.pages, pages);
    this.begun = begun;
  }
}

export interface BelowHalfState {
  readonly pages: Readonly<Record<Taker, number>>;
  readonly begun: number;
}

function takerOf(gfp: Gfp, { inSoftirq, processFlags }: Current): Taker {
  if (inSoftirq) return "atomic";
  const isMemalloc = (processFlags & PF_MEMALLOC) !== 0;
  if (isMemalloc && (processFlags & PF_KTHREAD) === 0) return "reclaimers";
  if (isMemalloc || (gfp & __GFP_MEMALLOC) !== 0) return "memalloc";
  return (gfp & __GFP_DIRECT_RECLAIM) === 0 ? "atomic" : "others";
}
