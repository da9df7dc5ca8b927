// A page on its way to the device: a bio, a place in a request, and what that place costs. Linux: swap_writepage(),
// swap_readpage(), mm/page_io.c; submit_bio(), blk_mq_submit_bio().
//
// Answers 0 when the page is in a request, -1 when reclaim should leave it (the device is congested and the caller is
// not kswapd: may_write_to_queue(), up to 3.x). It sleeps for a bio, for quota, for a tag.
//
// A layer on top (a file system with its maps, RAID, encryption) may take pages of its own for each page that is written, and
// holds them until the write is answered. It takes them as whoever writes: a reclaimer ignores the marks, and when nothing
// is left it waits (blk_congestion_wait(), as such layers do) with what it has in hand.

import { fromMs } from "#base/units.ts";
import { COST } from "../costs.ts";
import { allocFrame } from "../mm/alloc-slow.ts";
import { GFP_NOIO } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import { PAGE_KIND } from "../mm/page-frames.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import type { BackingStore } from "./backing-store.ts";
import type { BlockQueue } from "./queue.ts";

export interface SubmitFrame extends Frame {
  readonly type: "swap.write" | "swap.read" | "file.write" | "file.read";
  readonly pfn: number;
  at: "bio" | "gotBio" | "stack" | "gotPage" | "place" | "unplugged";
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
}

export interface Stack {
  readonly memory: Memory;
  /** 0: there is no such layer. */
  readonly pagesPerWrite: number;
}

export function stepSubmit(target: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  switch (frame.at) {
    case "bio":
      if (opOf(frame) === "write" && target.store.refuses(task)) return answer(task, -1);
      frame.at = "gotBio";
      return call(task, { type: "block.bio", at: "try" });
    case "gotBio":
      frame.bio = task.result;
      frame.at = "place";
      if (opOf(frame) === "read") return NEXT;
      target.store.startWrite(frame.pfn);
      if (target.stack.pagesPerWrite > 0) frame.at = "stack";
      return NEXT;
    case "stack":
      frame.at = "gotPage";
      return call(task, allocFrame(0, GFP_NOIO, PAGE_KIND.kernel));
    case "gotPage":
      return takeStacked(target, frame, task);
    case "place":
    case "unplugged":
      return place(target, frame, task);
  }
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

function place({ queue, store }: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  const op = opOf(frame);
  const slot = store.slotOf(frame.pfn);
  const { pfn, bio = -1, stacked = [] } = frame;
  task.costNs += COST.submitNs;
  const isMerged = queue.merge(op, slot, { pfn, bio, stacked }, task.id);
  const lack = isMerged ? null : queue.lack(op, task);
  if (lack === null) {
    if (!isMerged) queue.start(op, slot, { pfn, bio, stacked }, task);
    store.noteSubmitted(op, frame.pfn);
    return answer(task, 0);
  }
  if (frame.at === "place") {
    // What one holds back oneself must go before one waits for what only its answers can give.
    frame.at = "unplugged";
    return call(task, { type: "block.unplug" });
  }
  frame.at = "place";
  return lack === "wbt" ? queue.wbtWait.sleep(task, 0) : queue.tagWait.sleep(task, 0);
}
