// One round of reclaim over one set of lists: age the active lists, take pages off the inactive ones, evict them.
// Linux: shrink_lruvec(), shrink_inactive_list(), shrink_active_list(), mm/vmscan.c.
//
// Answers how many pages were freed; `task.aside` says how many were looked at. It sleeps where writing a page sleeps, and
// kswapd also when all it sees is already being written.
//
// Not modelled: slab shrinkers (no dentries or inodes here), the 6.1 nudge that scans the smaller list in proportion
// after the target is met.

import { fromMs } from "#base/units.ts";
import { COST } from "../costs.ts";
import { answer, CALL, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_KSWAPD, type Task } from "../sched/task.ts";
import { dirtyLimits } from "./dirty-limits.ts";
import { considerPage, type EvictCounts, giveUpWrite } from "./evict.ts";
import { __GFP_FS, __GFP_IO } from "./gfp.ts";
import { LRU, type LruKind } from "./lru-set.ts";
import { type Memory, SWAP_CLUSTER_MAX } from "./memory.ts";
import { PG_ACTIVE, PG_DIRTY, PG_WRITEBACK, PG_YOUNG } from "./page-frames.ts";
import { clear, has, set } from "./page-life.ts";
import { DEF_PRIORITY, inactiveIsLow, type ScanTargets, scanTargets } from "./scan-balance.ts";

export interface ShrinkFrame extends Frame, EvictCounts {
  readonly type: "mm.shrink";
  readonly set: number;
  readonly priority: number;
  readonly gfp: number;
  readonly mayWritepage: boolean;
  readonly maySwap: boolean;
  readonly toReclaimPages: number;
  at: "start" | "round" | "page" | "wrote" | "unplugged" | "writeout" | "done";
  targets: ScanTargets;
  /** List that is being looked at, 0 to 3. */
  list: LruKind;
  /** Pages off the lists, waiting to be looked at. */
  batch: number[];
  reclaimedPages: number;
  scannedPages: number;
  /** Pages of the batch at hand when it was taken. */
  takenPages: number;
}

export interface ShrinkRequest {
  readonly set: number;
  readonly priority: number;
  readonly gfp: number;
  readonly mayWritepage: boolean;
  readonly maySwap: boolean;
  readonly toReclaimPages: number;
}

export function shrinkFrame(request: ShrinkRequest): ShrinkFrame {
  const { priority, gfp, mayWritepage, maySwap, toReclaimPages } = request;
  return {
    type: "mm.shrink",
    set: request.set,
    priority,
    gfp,
    mayWritepage,
    maySwap,
    toReclaimPages,
    at: "start",
    targets: [0, 0, 0, 0],
    list: LRU.inactiveAnon,
    batch: [],
    reclaimedPages: 0,
    scannedPages: 0,
    writeback: 0,
    immediate: 0,
    dirty: 0,
    takenPages: 0,
  };
}

export function stepShrink(memory: Memory, frame: ShrinkFrame, task: Task): Outcome {
  switch (frame.at) {
    case "start":
      frame.targets = scanTargets(memory, frame);
      frame.at = "round";
      return NEXT;
    case "round":
      return round(memory, frame, task);
    case "page":
      return evict(memory, frame, task);
    case "wrote":
      return afterWrite(memory, frame, task);
    case "unplugged":
      return throttleKswapd(memory, frame, task);
    case "writeout":
      return holdWriteout(memory, frame, task);
    case "done":
      task.aside = frame.scannedPages;
      return answer(task, frame.reclaimedPages);
  }
}

/** Look at up to 32 pages of the next list that has some left to look at. */
function round(memory: Memory, frame: ShrinkFrame, task: Task): Outcome {
  const list = nextList(memory, frame, task);
  if (list === null) {
    frame.at = "unplugged";
    return call(task, { type: "block.unplug" });
  }
  frame.list = list;
  const pages = Math.min(frame.targets[list] ?? 0, SWAP_CLUSTER_MAX);
  frame.targets[list] = (frame.targets[list] ?? 0) - pages;
  if (list === LRU.activeAnon || list === LRU.activeFile) {
    if (inactiveIsLow(memory, frame.set, list === LRU.activeAnon ? "anon" : "file"))
      deactivate(memory, frame, task, list, pages);
    frame.list = list === LRU.activeAnon ? LRU.inactiveFile : LRU.inactiveAnon;
    return NEXT;
  }
  isolate(memory, frame, list, pages);
  frame.at = "page";
  return NEXT;
}

/** The lists in turn, from where the last round stopped; null when the round is over. */
function nextList(memory: Memory, frame: ShrinkFrame, task: Task): (0 | 1 | 2 | 3) | null {
  const { targets } = frame;
  if (targets[0] + targets[2] + targets[3] === 0) return finishAging(memory, frame, task);
  // A direct reclaimer's first round does its whole share, because kswapd is not keeping up (shrink_lruvec).
  const isWhole =
    frame.priority === DEF_PRIORITY &&
    (task.flags & PF_KSWAPD) === 0 &&
    memory.parts.era !== "2.6.12";
  if (frame.reclaimedPages >= frame.toReclaimPages && !isWhole) return null;
  const order = [0, 1, 2, 3] as const;
  return (
    order.find((kind) => kind >= frame.list && targets[kind] > 0) ??
    order.find((kind) => targets[kind] > 0) ??
    null
  );
}

function finishAging(memory: Memory, frame: ShrinkFrame, task: Task): null {
  if (frame.maySwap && inactiveIsLow(memory, frame.set, "anon"))
    deactivate(memory, frame, task, LRU.activeAnon, SWAP_CLUSTER_MAX);
  return null;
}

/** Move pages from the tail of an active list to its inactive one. Anonymous pages go whether touched or not (since 2.6.28). */
function deactivate(
  memory: Memory,
  frame: ShrinkFrame,
  task: Task,
  list: LruKind,
  pages: number,
): void {
  for (let i = 0; i < pages; i++) {
    const pfn = memory.lru.tail(frame.set, list);
    if (pfn < 0) return;
    task.costNs += COST.scanPageNs;
    memory.lru.remove(pfn);
    clear(memory, pfn, PG_ACTIVE | PG_YOUNG);
    memory.lru.addHead(pfn, list === LRU.activeAnon ? LRU.inactiveAnon : LRU.inactiveFile);
    memory.parts.vmstat.counts.pgdeactivate++;
  }
}

function isolate(memory: Memory, frame: ShrinkFrame, list: LruKind, pages: number): void {
  for (let i = 0; i < pages; i++) {
    const pfn = memory.lru.tail(frame.set, list);
    if (pfn < 0) break;
    memory.lru.remove(pfn);
    frame.batch.push(pfn);
    const zone = memory.parts.pages.zoneIndexOf(pfn);
    memory.scannedSinceFree[zone] = (memory.scannedSinceFree[zone] ?? 0) + 1;
  }
  memory.isolatedPages += frame.batch.length;
  frame.scannedPages += frame.batch.length;
  frame.writeback = 0;
  frame.dirty = 0;
  frame.takenPages = frame.batch.length;
}

function evict(memory: Memory, frame: ShrinkFrame, task: Task): Outcome {
  for (;;) {
    const pfn = frame.batch[frame.batch.length - 1];
    if (pfn === undefined) break;
    switch (considerPage(memory, task, pfn, frame, frame)) {
      case "write":
        frame.at = "wrote";
        call(task, { type: writerOf(frame.list), pfn, at: "bio" });
        return CALL;
      case "freed":
        frame.reclaimedPages++;
        takeOut(memory, frame);
        break;
      case "activate":
        putBack(memory, frame, "active");
        break;
      case "keep":
        putBack(memory, frame, "inactive");
        break;
    }
  }
  if ((task.flags & PF_KSWAPD) !== 0) memory.allWriteback = frame.writeback >= SWAP_CLUSTER_MAX;
  if (frame.list === LRU.inactiveFile) judgeDirty(memory, frame, task);
  frame.at = "round";
  frame.list = frame.list === LRU.inactiveAnon ? LRU.activeAnon : LRU.activeFile;
  return NEXT;
}

const writerOf = (list: LruKind): "swap.write" | "file.write" =>
  list === LRU.inactiveFile ? "file.write" : "swap.write";

/** 6.1, shrink_inactive_list(): a batch that was dirty through and through calls the flusher, and lets kswapd write. */
function judgeDirty(memory: Memory, frame: ShrinkFrame, task: Task): void {
  const isAll = frame.takenPages > 0 && frame.dirty === frame.takenPages;
  if ((task.flags & PF_KSWAPD) !== 0) memory.allDirty = isAll;
  if (isAll && memory.parts.era === "6.1") memory.wakeFlusher(Number.MAX_SAFE_INTEGER);
}

/**
 * The write was started (the page is under writeback) or refused (it is still locked): either way it goes back. If it is over
 * already, the page is looked at again, and goes now (pageout(), "a synchronous write").
 */
function afterWrite(memory: Memory, frame: ShrinkFrame, task: Task): Outcome {
  const pfn = frame.batch[frame.batch.length - 1] ?? -1;
  frame.at = "page";
  if (task.result >= 0 && !has(memory, pfn, PG_WRITEBACK | PG_DIRTY)) return NEXT;
  if (task.result < 0) giveUpWrite(memory, pfn);
  putBack(memory, frame, "inactive");
  return NEXT;
}

function takeOut(memory: Memory, frame: ShrinkFrame): number {
  memory.isolatedPages--;
  return frame.batch.pop() ?? -1;
}

function putBack(memory: Memory, frame: ShrinkFrame, where: "active" | "inactive"): void {
  const pfn = takeOut(memory, frame);
  const isFile = frame.list === LRU.inactiveFile;
  if (where === "active") {
    set(memory, pfn, PG_ACTIVE);
    memory.parts.vmstat.counts.pgactivate++;
    memory.lru.addHead(pfn, isFile ? LRU.activeFile : LRU.activeAnon);
    return;
  }
  // A page reclaim wrote and that has come back meanwhile would wait a whole turn: it belongs at the tail.
  if (has(memory, pfn, PG_ACTIVE)) clear(memory, pfn, PG_ACTIVE);
  memory.lru.addHead(pfn, isFile ? LRU.inactiveFile : LRU.inactiveAnon);
}

/** kswapd that meets only pages it has marked already waits for the device (VMSCAN_THROTTLE_WRITEBACK, 100 ms). */
function throttleKswapd(memory: Memory, frame: ShrinkFrame, task: Task): Outcome {
  const { counts } = memory.parts.vmstat;
  if ((task.flags & PF_KSWAPD) !== 0) {
    counts.pgscan_kswapd += frame.scannedPages;
    counts.pgsteal_kswapd += frame.reclaimedPages;
  } else {
    counts.pgscan_direct += frame.scannedPages;
    counts.pgsteal_direct += frame.reclaimedPages;
  }
  frame.at = "writeout";
  if (frame.immediate > 0 && memory.parts.era === "6.1")
    return memory.reclaimWait.sleep(task, 0, fromMs(100));
  return NEXT;
}

/**
 * throttle_vm_writeout(), end of shrink_zone() up to 3.x, for kswapd as for others: wait while more than 1.1 times the dirty
 * limit is in flight. 3.x lets who may not enter the file system go after one wait.
 */
function holdWriteout(memory: Memory, frame: ShrinkFrame, task: Task): Outcome {
  const flight = {
    writebackPages: memory.writebackPages,
    dirtyThresholdPages: dirtyLimits(memory).limitPages,
  };
  // Who may not write adds nothing to what is in flight, and the recursion skips the wait in so many words.
  if (!frame.mayWritepage || !memory.parts.throttle.holdWriteout(flight)) {
    frame.at = "done";
    return NEXT;
  }
  const mayRecurse = (frame.gfp & (__GFP_FS | __GFP_IO)) === (__GFP_FS | __GFP_IO);
  if (memory.parts.era !== "2.6.12" && !mayRecurse) frame.at = "done";
  return memory.writeoutWait.sleep(task, 0, fromMs(100));
}
