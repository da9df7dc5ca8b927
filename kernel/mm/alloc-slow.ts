// An allocation by a task that may sleep for it. Linux: __alloc_pages_slowpath(), mm/page_alloc.c, by era.
//
// page-alloc.ts tries what needs no sleep: the low mark, kswapd woken, the mark of the request, the reserve for those
// entitled. Here is what comes when that fails: reclaim by the task itself, again and again, and at the end the OOM killer.
// Answers the frame; -1 when the request may fail and does.
//
// Not modelled: direct compaction moves no page (a failed attempt of order > 0 is counted and costs time), cpusets.

import { fromMs } from "#base/units.ts";
import { COST } from "../costs.ts";
import { answer, call, NEXT, type Outcome, YIELD } from "../sched/program.ts";
import { type Frame, PF_MEMALLOC, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { directReclaimFrame, reclaimablePages, recursiveReclaimFrame } from "./direct-reclaim.ts";
import {
  __GFP_DIRECT_RECLAIM,
  __GFP_FS,
  __GFP_NOFAIL,
  __GFP_NOMEMALLOC,
  __GFP_NORETRY,
  __GFP_RETRY_MAYFAIL,
  currentGfpContext,
} from "./gfp.ts";
import type { Memory } from "./memory.ts";
import { outOfMemory } from "./oom.ts";
import type { PageKind } from "./page-frames.ts";

/** PAGE_ALLOC_COSTLY_ORDER, include/linux/mmzone.h: above it a request may fail. */
const COSTLY_ORDER = 3;
/** MAX_RECLAIM_RETRIES, mm/internal.h. */
const RECLAIM_RETRIES = 16;

export interface AllocFrame extends Frame {
  readonly type: "mm.alloc";
  readonly order: number;
  readonly gfp: number;
  readonly kind: PageKind;
  at: "try" | "reclaimed" | "retry" | "recursed";
  fruitless: number;
  drained: boolean;
}

export function allocFrame(order: number, gfp: number, kind: PageKind): AllocFrame {
  return { type: "mm.alloc", order, gfp, kind, at: "try", fruitless: 0, drained: false };
}

export function stepAlloc(memory: Memory, frame: AllocFrame, task: Task): Outcome {
  switch (frame.at) {
    case "try":
    case "retry":
      return attempt(memory, frame, task);
    case "reclaimed":
      return afterReclaim(memory, frame, task);
    case "recursed":
      return afterRecursion(memory, frame, task);
  }
}

function attempt(memory: Memory, frame: AllocFrame, task: Task): Outcome {
  task.costNs += COST.allocNs;
  const gfp = currentGfpContext(frame.gfp, task.flags);
  const pfn = memory.parts.pages.alloc(frame.order, gfp, frame.kind);
  if (pfn !== null) return answer(task, pfn);
  if ((gfp & __GFP_DIRECT_RECLAIM) === 0) return answer(task, -1);
  if (hasNoPageKept(memory, gfp, task)) return answer(task, -1);
  if ((task.flags & PF_MEMALLOC) !== 0) return recurse(memory, frame, task, gfp);
  if (frame.order > 0) memory.parts.vmstat.counts.compact_stall++;
  frame.at = "reclaimed";
  return call(task, directReclaimFrame(gfp));
}

/** Who may have a page kept apart does not sleep for another when none is left (Samudrala: GFP_CRITICAL in emergency). */
function hasNoPageKept(memory: Memory, gfp: number, task: Task): boolean {
  const view = { gfp, processFlags: task.flags, inSoftirq: false };
  return memory.parts.pages.reserve.mayTakeKept?.(view) === true;
}

/** Who reclaims already found not even the last page. By policy it frees clean pages for itself, or it goes without. */
function recurse(memory: Memory, frame: AllocFrame, task: Task, gfp: number): Outcome {
  if (!memory.parts.reclaim.recurses || (gfp & __GFP_NOMEMALLOC) !== 0) return answer(task, -1);
  frame.at = "recursed";
  return call(task, recursiveReclaimFrame(gfp));
}

/** As long as something was freed it tries again. */
function afterRecursion(memory: Memory, frame: AllocFrame, task: Task): Outcome {
  if (task.result === 0) return answer(task, -1);
  return attempt(memory, frame, task);
}

function afterReclaim(memory: Memory, frame: AllocFrame, task: Task): Outcome {
  const progress = task.result;
  task.costNs += COST.retryNs;
  const gfp = currentGfpContext(frame.gfp, task.flags);
  const pfn = memory.parts.pages.alloc(frame.order, gfp, frame.kind);
  if (pfn !== null) return answer(task, pfn);
  if ((task.flags & PF_OOM_VICTIM) !== 0) return answer(task, -1);
  frame.at = "retry";
  if (progress > 0 && !frame.drained) {
    // Free pages may sit where an order-0 request cannot see them: in HIGHATOMIC blocks and on per-CPU lists.
    frame.drained = true;
    memory.parts.pages.unreserveHighatomic(false);
    memory.parts.pages.drainPerCpu();
    return NEXT;
  }
  frame.drained = false;
  if ((gfp & __GFP_NORETRY) !== 0) return answer(task, -1);
  if (frame.order > COSTLY_ORDER && (gfp & __GFP_RETRY_MAYFAIL) === 0) return answer(task, -1);
  return memory.parts.era === "6.1"
    ? decideRetry(memory, frame, task, gfp, progress)
    : decideRetryOld(memory, frame, task, gfp, progress);
}

/** should_reclaim_retry(): as long as all that is reclaimable, dirty or not, would do, the task tries again. */
function decideRetry(
  memory: Memory,
  frame: AllocFrame,
  task: Task,
  gfp: number,
  progress: number,
): Outcome {
  frame.fruitless = progress > 0 && frame.order <= COSTLY_ORDER ? 0 : frame.fruitless + 1;
  if (frame.fruitless <= RECLAIM_RETRIES && couldSatisfy(memory, frame.order)) return YIELD;
  if (memory.parts.pages.unreserveHighatomic(true)) return NEXT;
  return lastResort(memory, frame, task, gfp);
}

function couldSatisfy(memory: Memory, order: number): boolean {
  return memory.parts.pages.zones.some(
    (zone, index) =>
      zone.freePages + reclaimablePages(memory, index) - ((1 << order) - 1) >
      zone.watermark.minPages + zone.boostPages,
  );
}

/** Up to 3.x: no progress and free to kill means OOM; anything of order 3 and less is tried for ever. */
function decideRetryOld(
  memory: Memory,
  frame: AllocFrame,
  task: Task,
  gfp: number,
  progress: number,
): Outcome {
  if (progress === 0 && (gfp & __GFP_FS) !== 0 && isHopeless(memory))
    return lastResort(memory, frame, task, gfp);
  return memory.reclaimWait.sleep(task, 0, fromMs(20));
}

/** all_unreclaimable(): every zone was scanned six times over (four in 2.6.12) since a page of it was last freed. */
function isHopeless(memory: Memory): boolean {
  const times = memory.parts.era === "2.6.12" ? 4 : 6;
  return memory.parts.pages.zones.every(
    (_, zone) => (memory.scannedSinceFree[zone] ?? 0) >= reclaimablePages(memory, zone) * times,
  );
}

/** __alloc_pages_may_oom(): one more try at the high mark, then somebody dies; without __GFP_FS nobody does. */
function lastResort(memory: Memory, frame: AllocFrame, task: Task, gfp: number): Outcome {
  const pfn = memory.parts.pages.allocAt("high", frame.order, gfp, frame.kind);
  if (pfn !== null) return answer(task, pfn);
  if (frame.order > COSTLY_ORDER || (gfp & __GFP_RETRY_MAYFAIL) !== 0) return answer(task, -1);
  frame.fruitless = 0;
  if ((gfp & __GFP_FS) === 0) return YIELD;
  const isKilled = outOfMemory(memory);
  if (!isKilled && (gfp & __GFP_NOFAIL) === 0) return memory.reclaimWait.sleep(task, 0, fromMs(20));
  return memory.reclaimWait.sleep(task, 0, fromMs(4));
}
