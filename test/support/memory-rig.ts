// A machine without a network: memory, scheduler, and a disk that answers after a fixed time. For tests of reclaim alone.

import { Random } from "#base/random.ts";
import { fromUs } from "#base/units.ts";
import { kswapdFrame } from "#kernel/mm/kswapd.ts";
import { Memory, type MemoryTunables } from "#kernel/mm/memory.ts";
import { PageAllocator } from "#kernel/mm/page-alloc.ts";
import { PageFrames, PG_UPTODATE } from "#kernel/mm/page-frames.ts";
import { endWriteback, set, startWriteback, unlockPage } from "#kernel/mm/page-life.ts";
import { registerMemoryPrograms } from "#kernel/mm/programs.ts";
import { SlabAllocator } from "#kernel/mm/slab.ts";
import { Vmstat } from "#kernel/mm/vmstat.ts";
import { framesOf, type ZoneSpec } from "#kernel/mm/zone.ts";
import { decisionsOf } from "#kernel/policy/decisions.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { answer, Programs } from "#kernel/sched/program.ts";
import { Scheduler } from "#kernel/sched/scheduler.ts";
import { type Frame, PF_KSWAPD, PF_KTHREAD, PF_MEMALLOC, type Task } from "#kernel/sched/task.ts";
import { TIMER, Timers } from "#kernel/sched/timers.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { AnonPrograms } from "#kernel/task/anon.ts";
import type { AnonTask } from "#kernel/task-spec.ts";
import { Trace } from "#kernel/trace.ts";

export interface RigSpec {
  readonly policy?: PolicySpec;
  readonly zones?: readonly ZoneSpec[];
  readonly cpus?: number;
  readonly seed?: number;
  readonly tunables?: Partial<MemoryTunables>;
  /** Time from a write or read to its end, in ns. */
  readonly diskNs?: number;
}

/** The guest of the real-kernel experiments with 128 MiB: MemTotal 79,900 kB. */
export const GUEST_128: readonly ZoneSpec[] = [
  { name: "DMA", presentPages: 3998, managedPages: 3840 },
  { name: "DMA32", presentPages: 28_640, managedPages: 16_135 },
];

interface DiskFrame extends Frame {
  readonly pfn: number;
}

export class MemoryRig {
  readonly timers = new Timers();
  readonly programs = new Programs();
  readonly trace = new Trace();
  readonly sched: Scheduler;
  readonly memory: Memory;
  readonly anon: AnonPrograms;
  /** Nothing is answered while this is set. */
  isStalled = false;
  #held: number[] = [];

  constructor(spec: RigSpec = {}) {
    const policy = spec.policy ?? presets["mainline-6.1"];
    const decisions = decisionsOf(policy);
    this.sched = new Scheduler(this.timers, this.programs, spec.cpus ?? 1);
    const zones = spec.zones ?? GUEST_128;
    const frames = new PageFrames(framesOf(zones));
    const vmstat = new Vmstat();
    const cpuCount = spec.cpus ?? 1;
    const sysctl = {
      minFreeKiB: null,
      watermarkScaleFactor: 10,
      watermarkBoostFactor: 0,
      highatomic: true,
      thp: "never",
    } as const;
    const pages = new PageAllocator({
      frames,
      zones,
      era: policy.era,
      reserve: decisions.reserve,
      current: this.sched.current,
      vmstat,
      cpuCount,
      sysctl,
    });
    this.memory = new Memory({
      era: policy.era,
      frames,
      pages,
      slab: new SlabAllocator({ pages, cpuCount }),
      vmstat,
      timers: this.timers,
      sched: this.sched,
      programs: this.programs,
      trace: this.trace,
      random: new Random(spec.seed ?? 1),
      reclaim: decisions.reclaim,
      throttle: decisions.throttle,
      tunables: {
        swappiness: 60,
        pageCluster: 3,
        swapSlots: 200_000,
        oomKiller: true,
        dirtyPercent: 20,
        ...spec.tunables,
      },
    });
    registerMemoryPrograms(this.programs, this.memory);
    this.anon = new AnonPrograms(this.memory, this.programs);
    this.#addDisk(spec.diskNs ?? fromUs(200));
    this.sched.spawn("kswapd0", PF_MEMALLOC | PF_KTHREAD | PF_KSWAPD, kswapdFrame());
  }

  hog(spec: Partial<AnonTask> & { readonly sizeBytes: number }): ReturnType<AnonPrograms["start"]> {
    return this.anon.start({
      kind: "anon",
      name: "hog",
      count: 1,
      pattern: "linear",
      populate: "write",
      access: "write",
      touchPerSec: null,
      loops: null,
      startNs: 0,
      locked: false,
      ...spec,
    });
  }

  runUntil(untilNs: number, afterEach: () => void = () => {}): void {
    while (this.timers.nextAtNs <= untilNs) {
      this.timers.fire();
      afterEach();
    }
  }

  resume(): void {
    this.isStalled = false;
    for (const pfn of this.#held.splice(0)) this.#end(pfn);
  }

  #addDisk(diskNs: number): void {
    this.programs.add("swap.write", {
      step: (frame: DiskFrame, task: Task) => {
        startWriteback(this.memory, frame.pfn);
        this.memory.parts.vmstat.counts.pswpout++;
        this.timers.set(this.timers.nowNs + diskNs, TIMER.requestTimeout, frame.pfn, 0);
        return answer(task, 0);
      },
    });
    this.programs.add("swap.read", {
      step: (frame: DiskFrame, task: Task) => {
        this.memory.parts.vmstat.counts.pswpin++;
        this.timers.set(this.timers.nowNs + diskNs, TIMER.requestTimeout, frame.pfn, 1);
        return answer(task, 0);
      },
    });
    this.programs.add("block.unplug", { step: (_frame: Frame, task: Task) => answer(task, 0) });
    this.timers.on(TIMER.requestTimeout, (pfn, isRead) => {
      if (this.isStalled) this.#held.push(isRead === 1 ? -pfn - 1 : pfn);
      else this.#end(isRead === 1 ? -pfn - 1 : pfn);
    });
  }

  #end(which: number): void {
    if (which >= 0) {
      endWriteback(this.memory, which, false);
      this.memory.writeEnded(1);
      return;
    }
    const pfn = -which - 1;
    const { frames } = this.memory.parts;
    const space = this.memory.spaceOf(frames.mapping[pfn] ?? -1);
    frames.stamp[pfn] = space.versions[frames.index[pfn] ?? 0] ?? 0;
    set(this.memory, pfn, PG_UPTODATE);
    unlockPage(this.memory, pfn);
  }
}
