// A task that found no memory frees some itself. Linux: try_to_free_pages(), throttle_direct_reclaim(), mm/vmscan.c.
//
// In order: held back while the reserve is half gone (where the era or the policy does that), PF_MEMALLOC set, rounds of
// rising zeal until 32 pages are freed or the last round is done, PF_MEMALLOC cleared. Answers the pages freed.
//
// Not modelled: direct compaction other than as a cost in alloc-slow.ts, kswapd per node (there is one node).

import { fromMs, fromS } from "#base/units.ts";
import { COST } from "../costs.ts";
import type { ThrottleView } from "../policy/throttle/index.ts";
import { answer, call, NEXT, type Outcome } from "../sched/program.ts";
import { type Frame, PF_KTHREAD, PF_MEMALLOC, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { __GFP_FS, __GFP_NOMEMALLOC } from "./gfp.ts";
import { LRU } from "./lru-set.ts";
import { KSWAPD_HOPELESS, type Memory, SWAP_CLUSTER_MAX } from "./memory.ts";
import { DEF_PRIORITY } from "./scan-balance.ts";
import { shrinkFrame } from "./shrink.ts";

export interface DirectReclaimFrame extends Frame {
  readonly type: "mm.directReclaim";
  readonly gfp: number;
  at: "throttle" | "throttled" | "begin" | "round" | "shrunk" | "pause" | "done";
  priority: number;
  set: number;
  reclaimedPages: number;
  scannedPages: number;
  /** By one who reclaims already: clean pages of files only, and its PF_MEMALLOC stays. */
  readonly isRecursive?: true;
}

export function directReclaimFrame(gfp: number): DirectReclaimFrame {
  return {
    type: "mm.directReclaim",
    gfp,
    at: "throttle",
    priority: DEF_PRIORITY,
    set: 0,
    reclaimedPages: 0,
    scannedPages: 0,
  };
}

/** By policy, one level deep: it takes nothing itself, writes nothing and waits for nobody. */
export function recursiveReclaimFrame(gfp: number): DirectReclaimFrame {
  return {
    ...directReclaimFrame(gfp | __GFP_NOMEMALLOC),
    at: "round",
    isRecursive: true,
  };
}

export function stepDirectReclaim(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  switch (frame.at) {
    case "throttle":
      return throttle(memory, frame, task);
    case "throttled":
      return afterThrottle(memory, frame, task);
    case "begin":
      return begin(memory, frame, task);
    case "round":
      return round(memory, frame, task);
    case "shrunk":
      return afterShrink(memory, frame, task);
    case "pause":
      return pause(memory, frame, task);
    case "done":
      if (frame.isRecursive === true) return answer(task, frame.reclaimedPages);
      task.flags &= ~PF_MEMALLOC;
      memory.leaveMemstall(task);
      memory.parts.trace.event("reclaim.end", memory.nowNs, task.id, frame.reclaimedPages);
      return answer(task, frame.reclaimedPages);
  }
}

/** What the throttle policy looks at. */
export function throttleView(memory: Memory): ThrottleView {
  const zones = memory.parts.pages.zones.map((zone, index) => ({
    managedPages: zone.managedPages,
    freePages: zone.freePages,
    minPages: zone.watermark.minPages + zone.boostPages,
    reclaimablePages: reclaimablePages(memory, index),
  }));
  return { zones, kswapdFailures: memory.kswapdFailures };
}

export function allowDirectReclaim(memory: Memory): boolean {
  return memory.parts.throttle.allowDirectReclaim(throttleView(memory));
}

/**
 * zone_reclaimable_pages(): what is on the zone's lists and could go, dirty and under writeback included. Since 6.1.124
 * a zone with nothing on its lists answers its free pages, or it would be left out of sums that it belongs in.
 */
export function reclaimablePages(memory: Memory, zone: number): number {
  const { lru } = memory;
  let pages = lru.zoneSize(zone, LRU.inactiveFile) + lru.zoneSize(zone, LRU.activeFile);
  if (memory.swap.freeSlots > 0)
    pages += lru.zoneSize(zone, LRU.inactiveAnon) + lru.zoneSize(zone, LRU.activeAnon);
  if (pages > 0 || memory.parts.era !== "6.1") return pages;
  return memory.parts.pages.zones[zone]?.freePages ?? 0;
}

function throttle(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  frame.at = "begin";
  memory.enterMemstall(task);
  if ((task.flags & (PF_KTHREAD | PF_OOM_VICTIM)) !== 0 || allowDirectReclaim(memory)) return NEXT;
  memory.parts.vmstat.counts.pgscan_direct_throttle++;
  memory.parts.trace.event("throttle.begin", memory.nowNs, task.id, memory.parts.pages.freePages);
  return sleepThrottled(memory, frame, task);
}

/** Who may not enter the file system waits a second at most; all others until kswapd says that there is room again. */
function sleepThrottled(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  memory.wakeKswapd();
  if ((frame.gfp & __GFP_FS) === 0) return memory.pfmemallocWait.sleep(task, 0, fromS(1));
  frame.at = "throttled";
  return memory.pfmemallocWait.sleep(task, 0);
}

function afterThrottle(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  if ((task.flags & PF_OOM_VICTIM) === 0 && !allowDirectReclaim(memory))
    return sleepThrottled(memory, frame, task);
  frame.at = "begin";
  return NEXT;
}

function begin(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  task.flags |= PF_MEMALLOC;
  memory.parts.vmstat.counts.allocstall_normal++;
  memory.parts.pages.below.noteReclaim();
  memory.parts.trace.event("reclaim.begin", memory.nowNs, task.id, memory.parts.pages.freePages);
  frame.at = "round";
  return NEXT;
}

function round(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  task.costNs += COST.retryNs;
  if (frame.set >= memory.lru.setCount) {
    frame.set = 0;
    frame.at = "pause";
    return NEXT;
  }
  frame.at = "shrunk";
  return call(
    task,
    shrinkFrame({
      set: frame.set++,
      priority: frame.priority,
      gfp: frame.gfp,
      mayWritepage: frame.isRecursive !== true,
      maySwap: frame.isRecursive !== true,
      toReclaimPages: SWAP_CLUSTER_MAX,
    }),
  );
}

function afterShrink(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  frame.reclaimedPages += task.result;
  frame.scannedPages += task.aside;
  if (task.result > 0) memory.kswapdFailures = 0;
  frame.at = "round";
  return NEXT;
}

/** Between two rounds: stop when enough was freed, else with more zeal, and not at once when nothing moves. */
function pause(memory: Memory, frame: DirectReclaimFrame, task: Task): Outcome {
  frame.at = "round";
  if (frame.reclaimedPages >= SWAP_CLUSTER_MAX || frame.priority === 0) {
    frame.at = "done";
    return NEXT;
  }
  const priority = frame.priority--;
  if (frame.isRecursive === true) return NEXT;
  return memory.parts.era === "6.1"
    ? pauseNoProgress(memory, frame, task, priority)
    : pauseCongested(memory, frame, task, priority);
}

/** VMSCAN_THROTTLE_NOPROGRESS: one tick (4 ms) at priority 1, when more than half of what is left is being written. */
function pauseNoProgress(
  memory: Memory,
  frame: DirectReclaimFrame,
  task: Task,
  priority: number,
): Outcome {
  if (priority !== 1 || frame.reclaimedPages > 0 || (task.flags & PF_KTHREAD) !== 0) return NEXT;
  if (memory.kswapdFailures >= KSWAPD_HOPELESS) return NEXT;
  let reclaimable = 0;
  memory.parts.pages.zones.forEach((_, zone) => {
    reclaimable += reclaimablePages(memory, zone);
  });
  if (2 * memory.writebackPages <= reclaimable) return NEXT;
  return memory.reclaimWait.sleep(task, 0, fromMs(4));
}

/** blk_congestion_wait(WRITE, HZ/10) from the fourth round on; 3.x waits only while the device is congested. */
function pauseCongested(
  memory: Memory,
  frame: DirectReclaimFrame,
  task: Task,
  priority: number,
): Outcome {
  if (frame.scannedPages === 0 || priority >= DEF_PRIORITY - 2) return NEXT;
  if (memory.parts.era === "3.x" && !memory.isCongested()) return NEXT;
  return memory.reclaimWait.sleep(task, 0, fromMs(100));
}
