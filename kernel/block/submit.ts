// A page on its way to the device: a bio, a place in a request, and what that place costs. Linux: swap_writepage(),
// swap_readpage(), mm/page_io.c; submit_bio(), blk_mq_submit_bio().
//
// Answers 0 when the page is in a request, -1 when reclaim should leave it (the device is congested and the caller is
// not kswapd: may_write_to_queue(), up to 3.x). It sleeps for a bio, for quota, for a tag.

import { COST } from "../costs.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import type { BackingStore } from "./backing-store.ts";
import type { BlockQueue } from "./queue.ts";

export interface SubmitFrame extends Frame {
  readonly type: "swap.write" | "swap.read" | "file.write" | "file.read";
  readonly pfn: number;
  at: "bio" | "gotBio" | "place" | "unplugged";
  bio?: number;
}

/** A device that takes requests. */
export interface BlockTarget {
  readonly queue: BlockQueue;
  readonly store: BackingStore;
}

export function stepSubmit(target: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  switch (frame.at) {
    case "bio":
      if (opOf(frame) === "write" && target.store.refuses(task)) return answer(task, -1);
      frame.at = "gotBio";
      return call(task, { type: "block.bio", at: "try" });
    case "gotBio":
      frame.bio = task.result;
      if (opOf(frame) === "write") target.store.startWrite(frame.pfn);
      frame.at = "place";
      return NEXT;
    case "place":
    case "unplugged":
      return place(target, frame, task);
  }
}

const opOf = ({ type }: SubmitFrame): "read" | "write" =>
  type === "swap.write" || type === "file.write" ? "write" : "read";

function place({ queue, store }: BlockTarget, frame: SubmitFrame, task: Task): Outcome {
  const op = opOf(frame);
  const slot = store.slotOf(frame.pfn);
  const bio = frame.bio ?? -1;
  task.costNs += COST.submitNs;
  const isMerged = queue.merge(op, slot, frame.pfn, bio, task.id);
  const lack = isMerged ? null : queue.lack(op, task);
  if (lack === null) {
    if (!isMerged) queue.start(op, slot, frame.pfn, bio, task);
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
