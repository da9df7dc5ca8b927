import { __GFP_MEMALLOC, __GFP_NOMEMALLOC } from "../../mm/gfp.ts";
import { PF_MEMALLOC } from "../../sched/task.ts";
import type { ReservePolicy } from "./policy.ts";

// Single pages are kept apart, as many as vm.critical_pages says (0 unless set), and a request that is marked critical may
// have one when nothing else serves it; whatever single page is freed next goes there first. Marks are as they were.
// Dobson, "Critical page pool" (lkml, 2005-12-13, 6 patches): __GFP_CRITICAL, which stands as __GFP_MEMALLOC here.
//
// Weak points that are kept: nobody is charged, so any number of marked sockets share one pool; the rest of a slab whose page
// was critical serves whoever comes next; sizing is by trial ("blast packets, OOM? bigger pool").
export const criticalPool: ReservePolicy = {
  name: "critical-pool",
  summary: "As process-memalloc, and requests marked critical may have single pages kept apart.",
  mayIgnoreWatermarks: ({ gfp, processFlags, inSoftirq }) =>
    (processFlags & PF_MEMALLOC) !== 0 && !inSoftirq && (gfp & __GFP_NOMEMALLOC) === 0,
  slabGuard: "none",
  mayTakeKept: ({ gfp }) => (gfp & __GFP_MEMALLOC) !== 0 && (gfp & __GFP_NOMEMALLOC) === 0,
  setAside: null,
  pagesOfDevice: null,
};
