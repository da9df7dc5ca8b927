// The programs of memory management, by the names of their frames.

import type { Programs } from "../sched/program.ts";
import type { Task } from "../sched/task.ts";
import { type AllocFrame, stepAlloc } from "./alloc-slow.ts";
import { type DirectReclaimFrame, stepDirectReclaim } from "./direct-reclaim.ts";
import { type FaultFrame, stepFault } from "./fault.ts";
import { type KswapdFrame, stepKswapd } from "./kswapd.ts";
import type { Memory } from "./memory.ts";
import { type ShrinkFrame, stepShrink } from "./shrink.ts";

export function registerMemoryPrograms(programs: Programs, memory: Memory): void {
  programs.add("mm.alloc", {
    step: (frame: AllocFrame, task: Task) => stepAlloc(memory, frame, task),
  });
  programs.add("mm.directReclaim", {
    step: (frame: DirectReclaimFrame, task: Task) => stepDirectReclaim(memory, frame, task),
  });
  programs.add("mm.shrink", {
    step: (frame: ShrinkFrame, task: Task) => stepShrink(memory, frame, task),
  });
  programs.add("mm.kswapd", {
    step: (frame: KswapdFrame, task: Task) => stepKswapd(memory, frame, task),
  });
  programs.add("mm.fault", {
    step: (frame: FaultFrame, task: Task) => stepFault(memory, frame, task),
  });
}
