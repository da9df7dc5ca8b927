// A page on its way to the device: a bio, a place in a request, and what that place costs. Linux: swap_writepage(),
// swap_readpage(), mm/page_io.c; submit_bio(), blk_mq_submit_bio().
//
// Answers 0 when the page is in a request, -1 when reclaim should leave it (the device is congested and the caller is
// not kswapd: may_write_to_queue(), up to 3.x). It sleeps for a bio, for quota, for a tag.

import { COST } from "../costs.ts";
import type { Memory } from "../mm/memory.ts";
import { startWriteback } from "../mm/page-life.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_KSWAPD, type Task } from "../sched/task.ts";
import type { BlockQueue } from "./queue.ts";

export interface SubmitFrame extends Frame {
  readonly type: "swap.write" | "swap.read";
  readonly pfn: number;
  at: "bio" | "gotBio" | "place" | "unplugged";
  bio?: number;
}

export function stepSubmit(
  memory: Memory,
  queue: BlockQueue,
  frame: SubmitFrame,
  task: Task,
): Outcome {
  switch (frame.at) {
    case "bio":
      if (frame.type === "swap.write" && isRefused(memory, task)) return answer(task, -1);
      frame.at = "gotBio";
      return call(task, { type: "block.bio", at: "try" });
    case "gotBio":
      frame.bio = task.result;
      if (frame.type === "swap.write") startWriteback(memory, frame.pfn);
      frame.at = "place";
      return NEXT;
    case "place":
    case "unplugged":
      return place(memory, queue, frame, task);
  }
}

function isRefused(memory: Memory, task: Task): boolean {
  return memory.parts.era !== "6.1" && (task.flags & PF_KSWAPD) === 0 && memory.isCongested();
}

function place(memory: Memory, queue: BlockQueue, frame: SubmitFrame, task: Task): Outcome {
  const op = frame.type === "swap.write" ? "write" : "read";
  const slot = memory.parts.frames.slot[frame.pfn] ?? -1;
  const bio = frame.bio ?? -1;
  task.costNs += COST.submitNs;
  if (queue.merge(op, slot, frame.pfn, bio, task.id)) return submitted(memory, frame, task);
  const lack = queue.lack(op, task);
  if (lack === null) {
    queue.start(op, slot, frame.pfn, bio, task);
    return submitted(memory, frame, task);
  }
  if (frame.at === "place") {
    // What one holds back oneself must go before one waits for what only its answers can give.
    frame.at = "unplugged";
    return call(task, { type: "block.unplug" });
  }
  frame.at = "place";
  return lack === "wbt" ? queue.wbtWait.sleep(task, 0) : queue.tagWait.sleep(task, 0);
}

function submitted(memory: Memory, frame: SubmitFrame, task: Task): Outcome {
  const { counts } = memory.parts.vmstat;
  if (frame.type === "swap.write") {
    counts.pswpout++;
    memory.parts.trace.event(
      "swap.out",
      memory.nowNs,
      frame.pfn,
      memory.parts.frames.slot[frame.pfn],
    );
  } else {
    counts.pswpin++;
    memory.parts.trace.event(
      "swap.in",
      memory.nowNs,
      frame.pfn,
      memory.parts.frames.slot[frame.pfn],
    );
  }
  return answer(task, 0);
}
