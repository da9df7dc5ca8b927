// A page fault: a program touched a page that is not there. Linux: do_anonymous_page(), do_swap_page(), mm/memory.c.
//
// A page that was never written gets a fresh frame. One that went to swap is looked for in the swap cache; if it is not
// there, frames are taken for it and its neighbours, reads are sent, and the task sleeps on the page's lock until the
// reply has come. Answers 0, or -1 when the task was killed or the page cannot be read (SIGBUS).
//
// Not modelled: the zero page for reads of untouched memory (workloads populate by writing), fault-around, copy on write.

import { asPfn } from "#base/units.ts";
import { COST } from "../costs.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import type { AddressSpace } from "./address-space.ts";
import { allocFrame } from "./alloc-slow.ts";
import { GFP_HIGHUSER_MOVABLE, GFP_KERNEL } from "./gfp.ts";
import { LRU } from "./lru-set.ts";
import type { Memory } from "./memory.ts";
import {
  PAGE_KIND,
  PG_ERROR,
  PG_LOCKED,
  PG_READAHEAD,
  PG_SWAPCACHE,
  PG_UPTODATE,
} from "./page-frames.ts";
import { clear, has, lockPage, mapFromCache, mapNew, putOnLru, set, touch } from "./page-life.ts";
import { readaheadSlots } from "./swap-readahead.ts";

export interface FaultFrame extends Frame {
  readonly type: "mm.fault";
  readonly space: number;
  readonly index: number;
  at: "look" | "newPage" | "next" | "gotPage" | "read" | "sent";
  /** Slots still to be read, the last one next. */
  slots: number[];
  isMajor: boolean;
  /** Whether it waits for a page that is being read back. */
  isStalled: boolean;
}

export function faultFrame(space: AddressSpace, index: number): FaultFrame {
  return {
    type: "mm.fault",
    space: space.id,
    index,
    at: "look",
    slots: [],
    isMajor: false,
    isStalled: false,
  };
}

/** A program's own memory, all of which it touches in each of its rounds. */
export interface OwnMemory {
  readonly space: AddressSpace;
  readonly access: "read" | "write";
  /** Where to end before the last of its pages. */
  readonly endPage?: number;
}

/**
 * The next page of it; null: that was all, and the next round begins with the first. A page that cannot be read ends the
 * program (SIGBUS).
 */
export function touchNext(
  memory: Memory,
  frame: { index: number },
  task: Task,
  { space, access, endPage = space.pageCount }: OwnMemory,
): Outcome | null {
  if (frame.index >= endPage) {
    frame.index = 0;
    return null;
  }
  if (task.result < 0) return answer(task, 0);
  task.costNs += COST.touchNs;
  if (!touch(memory, space, frame.index, access)) return call(task, faultFrame(space, frame.index));
  frame.index++;
  return NEXT;
}

export function stepFault(memory: Memory, frame: FaultFrame, task: Task): Outcome {
  const space = memory.spaceOf(frame.space);
  switch (frame.at) {
    case "look":
      return look(memory, frame, task, space);
    case "newPage":
      return gotNewPage(memory, frame, task, space);
    case "next":
      return readNext(frame, task);
    case "gotPage":
      return gotReadPage(memory, frame, task);
    case "read":
      frame.at = "next";
      return NEXT;
    case "sent":
      frame.at = "look";
      return NEXT;
  }
}

function look(memory: Memory, frame: FaultFrame, task: Task, space: AddressSpace): Outcome {
  task.costNs += COST.faultNs;
  if (frame.isStalled) {
    frame.isStalled = false;
    memory.leaveMemstall(task);
  }
  if (space.frameOf(frame.index) >= 0) return answer(task, 0);
  const slot = space.slotOf(frame.index);
  if (slot < 0) {
    frame.at = "newPage";
    return call(task, allocFrame(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.anon));
  }
  const pfn = memory.swap.frameAt(slot);
  if (pfn >= 0) return useCached(memory, frame, task, pfn);
  return startRead(memory, frame, space);
}

function useCached(memory: Memory, frame: FaultFrame, task: Task, pfn: number): Outcome {
  if (has(memory, pfn, PG_LOCKED)) return waitForPage(memory, frame, task, pfn);
  if (has(memory, pfn, PG_ERROR)) return answer(task, -1);
  if (has(memory, pfn, PG_READAHEAD)) {
    clear(memory, pfn, PG_READAHEAD);
    memory.spaceOf(frame.space).readahead.hits++;
  }
  mapFromCache(memory, pfn);
  const { counts } = memory.parts.vmstat;
  counts.pgfault++;
  if (frame.isMajor) counts.pgmajfault++;
  return answer(task, 0);
}

/** folio_wait_bit_common(), mm/filemap.c: a wait for a page that was thrown out too soon is a stall on memory. */
function waitForPage(memory: Memory, frame: FaultFrame, task: Task, pfn: number): Outcome {
  if (!has(memory, pfn, PG_UPTODATE)) {
    frame.isStalled = true;
    memory.enterMemstall(task);
  }
  return memory.pageLock.sleep(task, pfn);
}

function startRead(memory: Memory, frame: FaultFrame, space: AddressSpace): Outcome {
  if (!frame.isMajor)
    memory.parts.trace.event("fault.major", memory.nowNs, frame.space, frame.index);
  frame.isMajor = true;
  // Taken from the end: the wanted page is read where it lies in the order of the slots.
  frame.slots = readaheadSlots(memory, space, frame.index).reverse();
  frame.at = "next";
  return NEXT;
}

function readNext(frame: FaultFrame, task: Task): Outcome {
  if (frame.slots.length === 0) {
    frame.at = "sent";
    return call(task, { type: "block.unplug" });
  }
  frame.at = "gotPage";
  return call(task, allocFrame(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.anon));
}

/** While the frame was being found somebody else may have read the slot, or its owner may be gone. */
function gotReadPage(memory: Memory, frame: FaultFrame, task: Task): Outcome {
  const pfn = task.result;
  const slot = frame.slots.pop() ?? -1;
  if (pfn < 0) return answer(task, -1);
  frame.at = "next";
  if (
    memory.swap.frameAt(slot) >= 0 ||
    memory.swap.ownerOf(slot) < 0 ||
    !cacheForRead(memory, slot, pfn)
  ) {
    memory.parts.pages.free(asPfn(pfn));
    return NEXT;
  }
  const { frames } = memory.parts;
  frames.mapping[pfn] = memory.swap.ownerOf(slot);
  frames.index[pfn] = memory.swap.indexOf(slot);
  frames.slot[pfn] = slot;
  const isWanted = frames.mapping[pfn] === frame.space && frames.index[pfn] === frame.index;
  set(memory, pfn, PG_SWAPCACHE | (isWanted ? 0 : PG_READAHEAD));
  lockPage(memory, pfn);
  putOnLru(memory, pfn, memory.parts.era === "2.6.12" ? "active" : "inactive");
  frame.at = "read";
  return call(task, { type: "swap.read", pfn, at: "bio" });
}

/** The node may use what any GFP_KERNEL request may; when even that is refused the slot is looked at again later. */
function cacheForRead(memory: Memory, slot: number, pfn: number): boolean {
  const outer = memory.nodeGfp;
  memory.nodeGfp = GFP_KERNEL;
  const isIn = memory.swap.addToCache(slot, pfn);
  memory.nodeGfp = outer;
  return isIn;
}

function gotNewPage(memory: Memory, frame: FaultFrame, task: Task, space: AddressSpace): Outcome {
  const pfn = task.result;
  if (pfn < 0) return answer(task, -1);
  task.costNs += COST.zeroPageNs;
  // Another thread of the program was faster.
  if (space.frameOf(frame.index) >= 0 || space.slotOf(frame.index) >= 0)
    memory.parts.pages.free(asPfn(pfn));
  else mapNew(memory, space, frame.index, pfn);
  return answer(task, 0);
}

/** Pages of the list nobody may take, for the report. */
export const unevictablePages = (memory: Memory): number => memory.lru.total(LRU.unevictable);
