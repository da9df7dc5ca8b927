import { __GFP_DIRECT_RECLAIM, __GFP_MEMALLOC, __GFP_NOMEMALLOC } from "../../mm/gfp.ts";
import { PF_MEMALLOC } from "../../sched/task.ts";
import type { ReservePolicy } from "./policy.ts";

// As critical-pool, without the rule that Samudrala adds to it (lkml, 2005-12-14): that in emergency a critical request which
// may sleep does not. Dobson's pool by itself is asked only when all else has failed, and a request that may sleep never fails
// in 2.6.12: it reclaims, and asks again.
export const criticalPoolSleeping: ReservePolicy = {
  name: "critical-pool-sleeping",
  summary: "As critical-pool, but a critical request that may sleep reclaims instead.",
  mayIgnoreWatermarks: ({ gfp, processFlags, inSoftirq }) =>
    (processFlags & PF_MEMALLOC) !== 0 && !inSoftirq && (gfp & __GFP_NOMEMALLOC) === 0,
  slabGuard: "none",
  mayTakeKept: ({ gfp }) =>
    (gfp & __GFP_MEMALLOC) !== 0 && (gfp & (__GFP_NOMEMALLOC | __GFP_DIRECT_RECLAIM)) === 0,
  setAside: null,
  pagesOfDevice: null,
};
