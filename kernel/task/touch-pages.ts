// One touch of one page by a program: at once when the page is there, else through a fault that may sleep.

import { COST } from "../costs.ts";
import type { AddressSpace } from "../mm/address-space.ts";
import { faultFrame } from "../mm/fault.ts";
import type { Memory } from "../mm/memory.ts";
import { touch } from "../mm/page-life.ts";
import { CALL, call } from "../sched/program.ts";
import type { Task } from "../sched/task.ts";
import type { TaskStats } from "./stats.ts";

/** Whether the page was touched; if not, a fault was pushed and the touch is tried again when it returns. */
export function touchOrFault(
  memory: Memory,
  space: AddressSpace,
  index: number,
  access: "read" | "write",
  task: Task,
  stats: TaskStats,
): boolean {
  task.costNs += COST.touchNs;
  if (touch(memory, space, index, access)) return true;
  if (space.slotOf(index) >= 0) stats.swapins++;
  const pushed = call(task, faultFrame(space, index));
  return pushed !== CALL;
}
