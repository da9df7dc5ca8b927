// Watches every page that is handed out: who took one below his floor, or was given one that only the entitled may have.
//
// The rule is stated here once more, from the request alone, and compared with what the allocator did.

import { floorPages, gfpToAllocFlags, reserveFlags } from "../mm/alloc-flags.ts";
import { classOf, type Gfp } from "../mm/gfp.ts";
import type { PageAllocator } from "../mm/page-alloc.ts";
import { type PageKind, PG_PFMEMALLOC } from "../mm/page-frames.ts";

export class ReserveWatch {
  readonly pages: PageAllocator;
  readonly faults: string[] = [];
  /** Pages that were given although the marks said no. */
  reservePages = 0;

  constructor(pages: PageAllocator) {
    this.pages = pages;
    const alloc = pages.alloc.bind(pages);
    pages.alloc = (order: number, gfp: Gfp, kind: PageKind) => {
      const freeBefore = pages.zones.map((zone) => zone.freePages);
      const keptBefore = pages.pool.pages;
      const pfn = alloc(order, gfp, kind);
      const wasKept = pages.pool.pages < keptBefore;
      if (pfn !== null) this.judge(pages, { pfn, order, gfp, freeBefore, wasKept });
      return pfn;
    };
  }

  /** One page that was given: `freeBefore` by zone, in pages; `wasKept`: out of what is kept apart, whatever the marks. */
  judge(
    pages: PageAllocator,
    given: {
      readonly pfn: number;
      readonly order: number;
      readonly gfp: Gfp;
      readonly freeBefore: readonly number[];
      readonly wasKept: boolean;
    },
  ): void {
    const { pfn, order, gfp, freeBefore, wasKept } = given;
    if (wasKept) {
      this.#judgeKept(pages, { pfn, order, gfp });
      return;
    }
    const rights = reserveFlags(pages, gfp);
    const isTagged = ((pages.frames.flags[pfn] ?? 0) & PG_PFMEMALLOC) !== 0;
    if (isTagged) this.reservePages += 1 << order;
    if (rights !== 0) return;
    if (isTagged)
      this.faults.push(`frame ${pfn} of the reserve went to a request without the right`);
    const index = pages.zoneIndexOf(pfn);
    const zone = pages.zones[index];
    if (zone === undefined) return;
    const flags = gfpToAllocFlags(pages, gfp, order);
    const floor = floorPages(pages.era, zone.watermark.minPages, flags);
    const kept = floor + (zone.reservePages[classOf(gfp)] ?? 0) + zone.emergencyPages;
    if ((freeBefore[index] ?? 0) - ((1 << order) - 1) <= kept)
      this.faults.push(`${zone.name} had ${freeBefore[index]} free and gave one above ${kept}`);
  }
  #judgeKept(
    { reserve, current: { processFlags, inSoftirq } }: PageAllocator,
    { pfn, order, gfp }: { readonly pfn: number; readonly order: number; readonly gfp: Gfp },
  ): void {
    const mayTake = reserve.mayTakeKept?.({ gfp, processFlags, inSoftirq }) === true;
    if (order === 0 && mayTake) return;
    this.faults.push(`frame ${pfn} was kept apart and went to a request that may not have it`);
  }
}
