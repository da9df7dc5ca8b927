// The kernel thread that frees memory ahead of need. Linux: kswapd(), balance_pgdat(), mm/vmscan.c, by era.
//
// Woken when an allocation fails the low mark, it works until the high mark is met (6.1: in one zone that will do; before:
// in all). It is PF_MEMALLOC and may take the last page; and it can itself block, in the middle of writing a page out.
//
// Not modelled: kcompactd (compaction moves no page here), kswapd_highest_zoneidx (every balance is for all zones), nodes.

import { fromMs } from "#base/units.ts";
import { COST } from "../costs.ts";
import { call, NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import { allowDirectReclaim, reclaimablePages } from "./direct-reclaim.ts";
import { GFP_KERNEL } from "./gfp.ts";
import { KSWAPD_HOPELESS, type Memory, SWAP_CLUSTER_MAX } from "./memory.ts";
import { DEF_PRIORITY } from "./scan-balance.ts";
import { shrinkFrame } from "./shrink.ts";

export interface KswapdFrame extends Frame {
  readonly type: "mm.kswapd";
  at: "rest" | "napped" | "begin" | "round" | "shrunk" | "judge" | "end";
  priority: number;
  set: number;
  reclaimedPages: number;
  scannedPages: number;
  /** Freed before the current round. */
  reclaimedBefore: number;
  /** Pages still to free only because marks are boosted. */
  boostPages: number;
  /** Boost of each zone when the pass began; taken off when it ends. */
  boosts: number[];
}

export function kswapdFrame(): KswapdFrame {
  return {
    type: "mm.kswapd",
    at: "rest",
    priority: DEF_PRIORITY,
    set: 0,
    reclaimedPages: 0,
    scannedPages: 0,
    reclaimedBefore: 0,
    boostPages: 0,
    boosts: [],
  };
}

export function stepKswapd(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  switch (frame.at) {
    case "rest":
      return rest(memory, frame, task);
    case "napped":
      return afterNap(memory, frame, task);
    case "begin":
      return begin(memory, frame, task);
    case "round":
      return round(memory, frame, task);
    case "shrunk":
      return afterShrink(memory, frame, task);
    case "judge":
      return judge(memory, frame, task);
    case "end":
      return end(memory, frame, task);
  }
}

/** prepare_kswapd_sleep(): nobody is left waiting for a sleeper. In 3.x kswapd does not sleep while anyone is throttled. */
function rest(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  task.costNs += COST.switchNs;
  const waiting = memory.pfmemallocWait.length > 0;
  memory.pfmemallocWait.wakeAll();
  if (!isBalanced(memory) && !isHopeless(memory)) return start(frame);
  if (waiting && memory.parts.era === "3.x") return start(frame);
  frame.at = "napped";
  memory.parts.trace.event("kswapd.sleep", memory.nowNs, memory.parts.pages.freePages);
  return memory.kswapdWait.sleep(task, 0, fromMs(100));
}

/** Balanced for a tenth of a second, and nobody called: a real sleep. */
function afterNap(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  if (!task.timedOut || !(isBalanced(memory) || isHopeless(memory))) return start(frame);
  memory.pfmemallocWait.wakeAll();
  frame.at = "begin";
  return memory.kswapdWait.sleep(task, 0);
}

function start(frame: KswapdFrame): Outcome {
  frame.at = "begin";
  return NEXT;
}

function begin(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  task.costNs += COST.retryNs;
  memory.enterMemstall(task);
  memory.parts.vmstat.counts.pageoutrun++;
  setReclaimActive(memory, true);
  frame.boosts = memory.parts.pages.zones.map((zone) => zone.boostPages);
  frame.boostPages = frame.boosts.reduce((sum, pages) => sum + pages, 0);
  frame.priority = DEF_PRIORITY;
  frame.reclaimedPages = 0;
  frame.scannedPages = 0;
  frame.set = 0;
  frame.at = "round";
  return NEXT;
}

/** set_reclaim_active(): while kswapd is at it, per-CPU lists are kept short. It may sleep in the middle, and then they stay so. */
function setReclaimActive(memory: Memory, isActive: boolean): void {
  for (const zone of memory.parts.pages.zones) zone.isReclaimActive = isActive;
}

/** Each set of lists in turn; in the old eras one for each zone, and a zone that has enough is left alone. */
function round(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  task.costNs += COST.retryNs;
  if (frame.set === 0 && isDone(memory, frame)) {
    frame.at = "end";
    return NEXT;
  }
  if (frame.set === 0) frame.reclaimedBefore = frame.reclaimedPages;
  if (frame.set >= memory.lru.setCount) {
    frame.set = 0;
    frame.at = "judge";
    return NEXT;
  }
  const set = frame.set++;
  if (memory.lru.setCount > 1 && isLeftAlone(memory, set, frame.priority)) return NEXT;
  frame.at = "shrunk";
  const boosted = frame.boostPages > 0;
  return call(
    task,
    shrinkFrame({
      set,
      priority: frame.priority,
      gfp: GFP_KERNEL,
      mayWritepage: !boosted || frame.priority < DEF_PRIORITY - 2,
      maySwap: !boosted,
      toReclaimPages: targetPages(memory),
    }),
  );
}

/** Balanced, unless boosted marks ask for more; out of balance, boosting no longer matters. */
function isDone(memory: Memory, frame: KswapdFrame): boolean {
  const balanced = isBalanced(memory);
  if (!balanced && frame.boostPages > 0) {
    frame.boostPages = 0;
    frame.priority = DEF_PRIORITY;
  }
  return balanced && frame.boostPages === 0;
}

/** kswapd_shrink_node() asks for the sum of the high marks; 3.x sets no limit, 2.6.12 takes a batch from each zone. */
function targetPages(memory: Memory): number {
  if (memory.parts.era === "2.6.12") return SWAP_CLUSTER_MAX;
  if (memory.parts.era === "3.x") return memory.parts.pages.managedPages;
  return memory.parts.pages.zones.reduce(
    (sum, zone) => sum + Math.max(zone.watermark.highPages + zone.boostPages, SWAP_CLUSTER_MAX),
    0,
  );
}

function isLeftAlone(memory: Memory, zone: number, priority: number): boolean {
  if (memory.parts.pages.isZoneBalanced(zone)) return true;
  return priority !== DEF_PRIORITY && isUnreclaimable(memory, zone);
}

function isUnreclaimable(memory: Memory, zone: number): boolean {
  const times = memory.parts.era === "2.6.12" ? 4 : 6;
  return (memory.scannedSinceFree[zone] ?? 0) >= reclaimablePages(memory, zone) * times;
}

/** 6.1: any one zone at its high mark will do; before: all of them, but those that nothing can be got from. */
function isBalanced(memory: Memory): boolean {
  const { pages, era } = memory.parts;
  if (era === "6.1") return pages.zones.some((_, zone) => pages.isZoneBalanced(zone));
  return pages.zones.every(
    (_, zone) => pages.isZoneBalanced(zone) || isUnreclaimable(memory, zone),
  );
}

function isHopeless(memory: Memory): boolean {
  return memory.parts.era === "6.1" && memory.kswapdFailures >= KSWAPD_HOPELESS;
}

function afterShrink(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  frame.reclaimedPages += task.result;
  frame.scannedPages += task.aside;
  if (task.result > 0) memory.kswapdFailures = 0;
  if (memory.pfmemallocWait.length > 0 && allowDirectReclaim(memory))
    memory.pfmemallocWait.wakeAll();
  frame.at = "round";
  return NEXT;
}

function judge(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  return memory.parts.era === "6.1" ? judgeNew(memory, frame) : judgeOld(memory, frame, task);
}

/** balance_pgdat() of 6.1: more zeal only when too little was scanned or nothing was freed. */
function judgeNew(memory: Memory, frame: KswapdFrame): Outcome {
  const freed = frame.reclaimedPages - frame.reclaimedBefore;
  const hadBoost = frame.boostPages > 0;
  frame.boostPages -= Math.min(frame.boostPages, freed);
  frame.at = "round";
  if (hadBoost && frame.boostPages > 0 && freed === 0) frame.at = "end";
  const scannedEnough = frame.scannedPages >= targetPages(memory);
  frame.scannedPages = 0;
  const mayRaise = !scannedEnough && !(hadBoost && frame.priority === DEF_PRIORITY - 2);
  if (mayRaise || freed === 0) frame.priority--;
  if (frame.priority < 1) frame.at = "end";
  return NEXT;
}

/** Up to 3.x: 32 pages are a pass; else the next round comes after a pause while the device catches up. */
function judgeOld(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  const priority = frame.priority--;
  frame.at = frame.reclaimedPages >= SWAP_CLUSTER_MAX || priority === 0 ? "end" : "round";
  if (frame.scannedPages === 0 || priority >= DEF_PRIORITY - 2) return NEXT;
  const underMin = memory.parts.pages.zones.some(
    (zone) => zone.freePages < zone.watermark.minPages,
  );
  if (underMin && memory.parts.era === "3.x") return NEXT;
  return memory.reclaimWait.sleep(task, 0, fromMs(100));
}

function end(memory: Memory, frame: KswapdFrame, task: Task): Outcome {
  const { pages, era } = memory.parts;
  task.costNs += COST.switchNs;
  memory.leaveMemstall(task);
  if (era === "6.1" && frame.reclaimedPages === 0 && frame.priority < 1) memory.kswapdFailures++;
  setReclaimActive(memory, false);
  frame.boosts.forEach((boost, zone) => {
    pages.unboost(zone, boost);
  });
  // Older kernels go round until every zone is balanced or beyond help; 6.1 tries to sleep after each pass.
  frame.at = era === "6.1" || isBalanced(memory) ? "rest" : "begin";
  return NEXT;
}
