// The OOM killer: an outcome of its own, never a rescue that goes unnoticed. Linux: mm/oom_kill.c.
//
// The victim is the space with the most pages, resident or swapped. Its tasks are marked; each gives up at the next point
// where it may and ends, and with the last of them the memory goes.
//
// Not modelled: oom_score_adj other than immunity, the OOM reaper, panic_on_oom.

import { PF_OOM_VICTIM } from "../sched/task.ts";
import type { AddressSpace } from "./address-space.ts";
import type { Memory } from "./memory.ts";

/** Kill somebody; false when nobody may be killed or a victim is still on its way out. */
export function outOfMemory(memory: Memory): boolean {
  if (!memory.parts.tunables.oomKiller) return false;
  const { sched } = memory.parts;
  if (sched.tasks().some((task) => (task.flags & PF_OOM_VICTIM) !== 0 && task.state !== "finished"))
    return false;
  const victim = worst(memory);
  if (victim === null) return false;
  memory.parts.vmstat.counts.oom_kill++;
  memory.parts.trace.event("oom.kill", memory.nowNs, victim.id, victim.residentPages);
  for (const task of sched.tasks()) {
    if (task.spaceId !== victim.id) continue;
    task.flags |= PF_OOM_VICTIM;
    if (task.wait?.on === "throttle" || task.wait?.on === "reclaim-throttle") sched.wake(task);
  }
  return true;
}

function worst(memory: Memory): AddressSpace | null {
  let worstSpace: AddressSpace | null = null;
  let worstPages = 0;
  for (const space of memory.spaces) {
    if (space.oomImmune || space.mlocked) continue;
    const pages = space.residentPages + space.swappedPages;
    if (pages <= worstPages) continue;
    worstPages = pages;
    worstSpace = space;
  }
  return worstSpace;
}
