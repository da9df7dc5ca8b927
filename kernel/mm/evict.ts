// One page under the reclaimer's eye: keep it, activate it, free it, or have it written first.
// Linux: shrink_folio_list(), mm/vmscan.c (shrink_page_list() and shrink_list() before).
//
// A page of swap costs two visits: the first starts its write, the second, after the write, finds it clean and frees it.
//
// Not modelled: lumpy reclaim, MADV_FREE, huge pages (split), demotion, buffer heads.

import { COST } from "../costs.ts";
import { PF_KSWAPD, type Task } from "../sched/task.ts";
import { __GFP_FS, __GFP_IO } from "./gfp.ts";
import type { Memory } from "./memory.ts";
import {
  PAGE_KIND,
  PG_DIRTY,
  PG_LOCKED,
  PG_MAPPED,
  PG_RECLAIM,
  PG_REFERENCED,
  PG_SWAPCACHE,
  PG_WRITEBACK,
  PG_YOUNG,
} from "./page-frames.ts";
import { clear, freeFrame, has, leaveSwapCache, lockPage, set, unlockPage } from "./page-life.ts";
import { DEF_PRIORITY } from "./scan-balance.ts";

/** What becomes of an isolated page. "write": it is locked, unmapped, in the swap cache (or of a file) and dirty. */
export type Verdict = "keep" | "activate" | "freed" | "write";

export interface EvictRules {
  readonly gfp: number;
  readonly mayWritepage: boolean;
  readonly priority: number;
}

/** Counts of one round, for the throttles that look at them. */
export interface EvictCounts {
  writeback: number;
  immediate: number;
  /** Dirty pages of files that are not being written. */
  dirty: number;
}

export function considerPage(
  memory: Memory,
  task: Task,
  pfn: number,
  rules: EvictRules,
  counts: EvictCounts,
): Verdict {
  task.costNs += COST.scanPageNs;
  if (has(memory, pfn, PG_LOCKED)) return "keep";
  if (has(memory, pfn, PG_WRITEBACK)) return seeWriteback(memory, task, pfn, counts);
  if (memory.parts.frames.kind[pfn] === PAGE_KIND.file)
    return considerFile(memory, task, pfn, rules, counts);
  if (isInUse(memory, pfn)) return usedAgain(memory, pfn) ? "activate" : "keep";
  return considerAnon(memory, task, pfn, rules);
}

/** Whether its owner has touched it since it was last asked. */
function isInUse(memory: Memory, pfn: number): boolean {
  const isTouched = has(memory, pfn, PG_YOUNG) && has(memory, pfn, PG_MAPPED);
  clear(memory, pfn, PG_YOUNG);
  if (!isTouched && memory.parts.era === "6.1") clear(memory, pfn, PG_REFERENCED);
  return isTouched;
}

/**
 * Since 5.9 new pages begin on the inactive list, all with the reference of the fault that made them: the first one seen
 * is worth another turn of that list, the second a place on the other (folio_check_references()). Before, one was enough.
 */
function usedAgain(memory: Memory, pfn: number): boolean {
  if (memory.parts.era !== "6.1") return true;
  const isAgain = has(memory, pfn, PG_REFERENCED);
  set(memory, pfn, PG_REFERENCED);
  return isAgain;
}

/** Reclaim never waits for a page under writeback; it leaves word to have it moved to the tail when it is done. */
function seeWriteback(memory: Memory, task: Task, pfn: number, counts: EvictCounts): Verdict {
  counts.writeback++;
  const isMarked = has(memory, pfn, PG_RECLAIM);
  if (isMarked && (task.flags & PF_KSWAPD) !== 0 && memory.allWriteback) counts.immediate++;
  else set(memory, pfn, PG_RECLAIM);
  return memory.parts.era === "6.1" ? "activate" : "keep";
}

function considerFile(
  memory: Memory,
  task: Task,
  pfn: number,
  rules: EvictRules,
  counts: EvictCounts,
): Verdict {
  if (!has(memory, pfn, PG_DIRTY)) return memory.dropFilePage(pfn) ? "freed" : "keep";
  counts.dirty++;
  if (mayWriteFile(memory, task, pfn, rules)) {
    lockPage(memory, pfn);
    return "write";
  }
  if (memory.parts.era !== "2.6.12") set(memory, pfn, PG_RECLAIM);
  return memory.parts.era === "6.1" ? "activate" : "keep";
}

/** Any reclaimer in 2.6.12; since 3.2 kswapd alone, once it is in need: the rest is left to the flusher. */
function mayWriteFile(memory: Memory, task: Task, pfn: number, rules: EvictRules): boolean {
  if ((rules.gfp & __GFP_FS) === 0 || !rules.mayWritepage) return false;
  const isKswapd = (task.flags & PF_KSWAPD) !== 0;
  switch (memory.parts.era) {
    case "2.6.12":
      return true;
    case "3.x":
      return isKswapd && rules.priority < DEF_PRIORITY - 2;
    case "6.1":
      return isKswapd && memory.allDirty && has(memory, pfn, PG_RECLAIM);
  }
}

function considerAnon(
  memory: Memory,
  task: Task,
  pfn: number,
  { gfp, mayWritepage }: EvictRules,
): Verdict {
  if (!has(memory, pfn, PG_SWAPCACHE | PG_MAPPED)) return freeUnowned(memory, pfn);
  if (!has(memory, pfn, PG_SWAPCACHE) && ((gfp & __GFP_IO) === 0 || !addToSwap(memory, pfn)))
    return "activate";
  if (has(memory, pfn, PG_MAPPED)) unmap(memory, task, pfn);
  if (has(memory, pfn, PG_DIRTY)) {
    if ((gfp & (__GFP_FS | __GFP_IO)) === 0 || !mayWritepage) return "keep";
    lockPage(memory, pfn);
    return "write";
  }
  leaveSwapCache(memory, pfn, isOrphan(memory, pfn) ? "free-slot" : "keep-slot");
  freeFrame(memory, pfn);
  return "freed";
}

/** Its owner went away while it was off the lists: the reclaimer holds the last reference, and lets it go. */
function freeUnowned(memory: Memory, pfn: number): Verdict {
  freeFrame(memory, pfn);
  return "freed";
}

/** The owner is gone, or has written the page anew since: nobody will ever ask for the slot. */
function isOrphan(memory: Memory, pfn: number): boolean {
  const slot = memory.parts.frames.slot[pfn] ?? -1;
  return memory.spaceOf(memory.swap.ownerOf(slot)).slotOf(memory.swap.indexOf(slot)) !== slot;
}

/** A slot and a place in the swap cache; a page that gets neither stays (add_to_swap(), mm/swap_state.c). */
function addToSwap(memory: Memory, pfn: number): boolean {
  const { frames } = memory.parts;
  const slot = memory.swap.takeSlot(frames.mapping[pfn] ?? -1, frames.index[pfn] ?? -1);
  if (slot < 0) return false;
  if (!memory.swap.addToCache(slot, pfn)) {
    memory.swap.freeSlot(slot);
    return false;
  }
  frames.slot[pfn] = slot;
  // A page in the swap cache that was never written out is dirty, whatever its owner did (add_to_swap sets it).
  set(memory, pfn, PG_SWAPCACHE | PG_DIRTY);
  return true;
}

function unmap(memory: Memory, task: Task, pfn: number): void {
  const { frames } = memory.parts;
  task.costNs += COST.unmapNs;
  memory
    .spaceOf(frames.mapping[pfn] ?? -1)
    .unmapToSwap(frames.index[pfn] ?? -1, frames.slot[pfn] ?? -1);
  clear(memory, pfn, PG_MAPPED);
}

/** The write could not be started: the page stays, dirty and in the cache. */
export function giveUpWrite(memory: Memory, pfn: number): void {
  unlockPage(memory, pfn);
}
