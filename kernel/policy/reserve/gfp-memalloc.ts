import { __GFP_MEMALLOC, __GFP_NOMEMALLOC } from "../../mm/gfp.ts";
import { PF_MEMALLOC } from "../../sched/task.ts";
import type { ReservePolicy } from "./policy.ts";

// The request itself may say that it helps to free memory, and a softirq may say so of itself. Those of an interrupted
// task do not count in a softirq, but nobody has to check: its PF_MEMALLOC is masked on entry.
// Linux: gfp_pfmemalloc_allowed(), mm/page_alloc.c, since 3.6.
export const gfpMemalloc: ReservePolicy = {
  name: "gfp-memalloc",
  summary:
    "Requests marked __GFP_MEMALLOC may take the last pages, in softirqs too (3.6 and later).",
  mayIgnoreWatermarks: ({ gfp, processFlags }) => {
    if ((gfp & __GFP_NOMEMALLOC) !== 0) return false;
    return (gfp & __GFP_MEMALLOC) !== 0 || (processFlags & PF_MEMALLOC) !== 0;
  },
  // pfmemalloc_match(), mm/slub.c, since 3.6.
  slabGuard: "by-slab",
  mayTakeKept: null,
  setAside: null,
  pagesOfDevice: null,
};
