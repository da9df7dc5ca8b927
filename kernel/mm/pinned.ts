// Memory as a machine has it that has run for long: of each run of 2^order pages one is pinned and stays so.
//
// The pages lie in movable pageblocks, as user pages do that a device was given for long (pin_user_pages(): RDMA, VFIO).
// Nothing reclaims or moves them, so that no block of the order can be free again where one was, whatever is freed around
// it, and compaction could not help. What was in use before stays whole: the receive ring, slabs.
//
// Not modelled: who pinned them, and that he may let go; where in the run the page lies is drawn.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import { asPfn } from "#base/units.ts";
import { ALLOC_NO_WATERMARKS } from "./alloc-flags.ts";
import { GFP_HIGHUSER_MOVABLE } from "./gfp.ts";
import type { PageAllocator } from "./page-alloc.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "./page-frames.ts";

/** Pin a page in each free run of 2^order pages, 1 ≤ order < MAX_ORDER: how many that are. */
export function pinScattered(pages: PageAllocator, order: number, random: Random): number {
  assert(order > 0, "a page cannot be broken");
  pages.drainPerCpu();
  const runs: number[] = [];
  for (let pfn = takeRun(pages, order); pfn >= 0; pfn = takeRun(pages, order)) runs.push(pfn);
  for (const pfn of runs) {
    splitBlock(pages, pfn, order);
    const pinned = pfn + random.below(1 << order);
    for (let at = pfn; at < pfn + (1 << order); at++) if (at !== pinned) pages.free(asPfn(at));
  }
  pages.drainPerCpu();
  return runs.length;
}

/** Zone after zone, below every mark; -1 when there is none left. */
function takeRun(pages: PageAllocator, order: number): number {
  const gfp = GFP_HIGHUSER_MOVABLE;
  const pfn = pages.allocWithFlags(order, gfp, PAGE_KIND.kernel, ALLOC_NO_WATERMARKS);
  if (pfn === null) return -1;
  // It is no packet's, and nobody asks how it was had.
  pages.frames.flags[pfn] = (pages.frames.flags[pfn] ?? 0) & ~PG_PFMEMALLOC;
  return pfn;
}

/** Make single pages of a block in use. Linux: split_page(), mm/page_alloc.c. */
function splitBlock({ frames }: PageAllocator, pfn: number, order: number): void {
  frames.order.fill(0, pfn, pfn + (1 << order));
}
