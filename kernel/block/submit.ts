// A page on its way to the device: a bio, a place in a request, and what that place costs. Linux: swap_writepage(),
// swap_readpage(), mm/page_io.c; submit_bio(), blk_mq_submit_bio().
//
// Answers 0 when the page is in a request, -1 when reclaim should leave it (the device is congested and the caller is
// not kswapd: may_write_to_queue(), up to 3.x). It sleeps for a bio, for quota, for a tag.
//
// A layer on top (a file system with its maps, RAID, encryption) may take pages of its own for each page that is written, and
// holds them until the write is answered. It takes them as whoever writes: a reclaimer ignores the marks, and when nothing
// is left it waits (blk_congestion_wait(), as such layers do) with what it has in hand.
//
// A file of a network file system has no bios and no queue to grow a request in: a page goes alone, and who writes waits until
// it is answered (3.6 to 5.18: SWP_FILE, nfs_direct_write()). So each reclaimer has one write under way, and what that takes.

import { fromMs } from "#base/units.ts";
import { COST } from "../costs.ts";
import { allocFrame } from "../mm/alloc-slow.ts";
import { GFP_NOIO } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import { PAGE_KIND, PG_WRITEBACK } from "../mm/page-frames.ts";
import { has } from "../mm/page-life.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import type { BackingStore } from "./backing-store.ts";
import type { BlockQueue } from "./queue.ts";

export interface SubmitFrame extends Frame {
  readonly type: "swap.write" | "swap.read" | "file.write" | "file.read";
  readonly pfn: number;
  at: "bio" | "gotBio" | "stack" | "gotPage" | "place" | "unplugged" | "sent" | "written";
  bio?: number;
  /** Page frames that the layer on top has so far. */
  stacked?: number[];
}

/** A device that takes requests. */
export interface BlockTarget {
  readonly queue: BlockQueue;
  readonly store: BackingStore;
  /** What a layer on top takes for each page written. */
  readonly stack: Stack;
  /** It is a file of a network file system. */
  readonly isFile: boolean;
}

export interface Stack {
  readonly memory: Memory;
  /** 0: there is no such layer. */
  readonly pagesPerWrite: number;
}

export function stepSubmit(target: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  switch (frame.at) {
    case "bio":
      if (target.isFile) return begin(target, frame);
      if (opOf(frame) === "write" && target.store.refuses(task)) return answer(task, -1);
      frame.at = "gotBio";
      return call(task, { type: "block.bio", at: "try" });
    case "gotBio":
      frame.bio = task.result;
      return begin(target, frame);
    case "stack":
      frame.at = "gotPage";
      return call(task, allocFrame(0, GFP_NOIO, PAGE_KIND.kernel));
    case "gotPage":
      return takeStacked(target, frame, task);
    case "place":
    case "unplugged":
      return place(target, frame, task);
    case "sent":
      return waitForAnswer(target, frame, task);
    case "written":
      return answer(task, 0);
  }
}

function begin({ store, stack }: BlockTarget, frame: SubmitFrame): Outcome {
  frame.at = "place";
  if (opOf(frame) === "read") return NEXT;
  store.startWrite(frame.pfn);
  if (stack.pagesPerWrite > 0) frame.at = "stack";
  return NEXT;
}

/** One page more for the layer on top; without one it waits a tick or two for other people's writes. */
function takeStacked({ stack }: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  frame.stacked ??= [];
  if (task.result >= 0) frame.stacked.push(task.result);
  frame.at = frame.stacked.length < stack.pagesPerWrite ? "stack" : "place";
  return task.result >= 0 ? NEXT : stack.memory.reclaimWait.sleep(task, 0, fromMs(20));
}

const opOf = ({ type }: SubmitFrame): "read" | "write" =>
  type === "swap.write" || type === "file.write" ? "write" : "read";

function place(target: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  const { queue, store, isFile } = target;
  const op = opOf(frame);
  const slot = store.slotOf(frame.pfn);
  const { pfn, bio = null, stacked = [] } = frame;
  task.costNs += COST.submitNs;
  const isMerged = !isFile && queue.merge(op, slot, { pfn, bio, stacked }, task.id);
  const lack = isMerged ? null : queue.lack(op, task);
  if (lack === null) {
    if (!isMerged) queue.start(op, slot, { pfn, bio, stacked }, task);
    store.noteSubmitted(op, frame.pfn);
    if (!isFile || op === "read") return answer(task, 0);
    frame.at = "sent";
    return call(task, { type: "block.unplug" });
  }
  if (frame.at === "place") {
    // What one holds back oneself must go before one waits for what only its answers can give.
    frame.at = "unplugged";
    return call(task, { type: "block.unplug" });
  }
  frame.at = "place";
  return lack === "wbt" ? queue.wbtWait.sleep(task, 0) : queue.tagWait.sleep(task, 0);
}

function waitForAnswer({ stack }: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  frame.at = "written";
  const { memory } = stack;
  return has(memory, frame.pfn, PG_WRITEBACK) ? memory.writebackWait.sleep(task, frame.pfn) : NEXT;
}
