import { __GFP_NOMEMALLOC } from "../../mm/gfp.ts";
import { PF_MEMALLOC } from "../../sched/task.ts";
import type { ReservePolicy } from "./policy.ts";

// Only a task that frees memory, and only in its own name: never in an interrupt, whoever was interrupted.
// Linux: __alloc_pages(), mm/page_alloc.c, 2.6.12.1 (which knows __GFP_NOMEMALLOC; 2.6.12-rc2 did not); the
// same rule stands until 3.5, and so long does a slab of such pages serve whoever comes next.
export const processMemalloc: ReservePolicy = {
  name: "process-memalloc",
  summary: "A task that reclaims may take the last pages; the network never may (2.6.12 to 3.5).",
  mayIgnoreWatermarks: ({ gfp, processFlags, inSoftirq }) =>
    (processFlags & PF_MEMALLOC) !== 0 && !inSoftirq && (gfp & __GFP_NOMEMALLOC) === 0,
  slabGuard: "none",
  mayTakeKept: null,
  setAside: null,
  pagesOfDevice: null,
};
