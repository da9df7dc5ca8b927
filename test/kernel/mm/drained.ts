// A machine whose reserve is taken, for programs that come to reclaim.

import { fromMs, MIB } from "#base/units.ts";
import { GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { PF_KTHREAD, PF_MEMALLOC } from "#kernel/sched/task.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

/**
 * With pages to reclaim and a disk that stands still; a PF_MEMALLOC thread has taken all but about `freePages` pages, and so
 * many programs begin at 200 ms that want memory.
 */
export function drainedRig(
  policy: PolicySpec,
  { freePages, programs }: { readonly freePages: number; readonly programs: number },
): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, policy, cpus: 2 });
  rig.isStalled = true;
  rig.hog({ name: "resident", sizeBytes: 3 * MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(100));
  const { pages } = rig.memory.parts;
  pages.drainPerCpu();
  const taken = pages.freePages - freePages;
  rig.taker({ gfp: GFP_KERNEL, flags: PF_MEMALLOC | PF_KTHREAD, pages: taken });
  rig.runUntil(fromMs(200));
  for (let i = 0; i < programs; i++) rig.hog({ name: `hog${i}`, sizeBytes: 2 * MIB });
  return rig;
}
