// The memory of machines in two sizes, made of the kernel's own classes: what the workloads run on.

import type { AllocSysctl } from "../../kernel/mm/machine-zones.ts";
import { PageAllocator } from "../../kernel/mm/page-alloc.ts";
import { PageFrames } from "../../kernel/mm/page-frames.ts";
import { Vmstat } from "../../kernel/mm/vmstat.ts";
import { framesOf, type ZoneSpec } from "../../kernel/mm/zone.ts";
import { gfpMemalloc } from "../../kernel/policy/reserve/gfp-memalloc.ts";
import { Current } from "../../kernel/sched/current.ts";

export interface MachineMemory {
  readonly frames: PageFrames;
  readonly allocator: PageAllocator;
}

/** 2 GiB: 524,288 frames. */
export function largeMemory(): MachineMemory {
  return memoryOf({ dma32PresentPages: 520_192, dma32ManagedPages: 499_712, minFreeKiB: 5632 });
}

/** 256 MiB: 65,536 frames. */
export function smallMemory(): MachineMemory {
  return memoryOf({ dma32PresentPages: 61_440, dma32ManagedPages: 57_344, minFreeKiB: 2048 });
}

function memoryOf(size: {
  readonly dma32PresentPages: number;
  readonly dma32ManagedPages: number;
  readonly minFreeKiB: number;
}): MachineMemory {
  const zones: readonly ZoneSpec[] = [
    { name: "DMA", presentPages: 4096, managedPages: 3840 },
    { name: "DMA32", presentPages: size.dma32PresentPages, managedPages: size.dma32ManagedPages },
  ];
  const sysctl: AllocSysctl = {
    minFreeKiB: size.minFreeKiB,
    watermarkScaleFactor: 10,
    watermarkBoostFactor: 15_000,
    highatomic: true,
    thp: "never",
  };
  const frames = new PageFrames(framesOf(zones));
  const allocator = new PageAllocator({
    frames,
    zones,
    sysctl,
    era: "6.1",
    reserve: gfpMemalloc,
    current: new Current(),
    vmstat: new Vmstat(),
    cpuCount: 2,
  });
  return { frames, allocator };
}
