// A machine without a network: memory, scheduler, and a disk that answers after a fixed time. For tests of reclaim alone.

import { Random } from "#base/random.ts";
import { fromUs } from "#base/units.ts";
import { allocFrame } from "#kernel/mm/alloc-slow.ts";
import type { PageIdentity } from "#kernel/mm/content.ts";
import { kswapdFrame } from "#kernel/mm/kswapd.ts";
import { Memory, type MemoryTunables } from "#kernel/mm/memory.ts";
import { PageAllocator } from "#kernel/mm/page-alloc.ts";
import { PAGE_KIND, PageFrames, type PageKind, PG_UPTODATE } from "#kernel/mm/page-frames.ts";
import { endWriteback, set, startWriteback, unlockPage } from "#kernel/mm/page-life.ts";
import { registerMemoryPrograms } from "#kernel/mm/programs.ts";
import { SlabAllocator } from "#kernel/mm/slab.ts";
import { Vmstat } from "#kernel/mm/vmstat.ts";
import { framesOf, type ZoneSpec } from "#kernel/mm/zone.ts";
import { decisionsOf } from "#kernel/policy/decisions.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { answer, call, type Outcome, Programs } from "#kernel/sched/program.ts";
import { Scheduler } from "#kernel/sched/scheduler.ts";
import { type Frame, PF_KSWAPD, PF_KTHREAD, PF_MEMALLOC, type Task } from "#kernel/sched/task.ts";
import { TIMER, Timers } from "#kernel/sched/timers.ts";
import { WaitQueue } from "#kernel/sched/wait-queue.ts";
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
  /** Without it only those who allocate reclaim. */
  readonly kswapd?: boolean;
}

/** The guest of the real-kernel experiments with 128 MiB: MemTotal 79,900 kB. */
export const GUEST_128: readonly ZoneSpec[] = [
  { name: "DMA", presentPages: 3998, managedPages: 3840 },
  { name: "DMA32", presentPages: 28_640, managedPages: 16_135 },
];

/** A small machine, so that looking at every page after every event costs little. */
export const TINY: readonly ZoneSpec[] = [
  { name: "DMA", presentPages: 1024, managedPages: 600 },
  { name: "DMA32", presentPages: 1024, managedPages: 900 },
];

/** Writes in flight at once: as many as NBD has tags (nbd_dev_add(), drivers/block/nbd.c). */
const DISK_DEPTH = 128;

interface DiskFrame extends Frame {
  readonly pfn: number;
}

/** A task that takes pages one by one and keeps them. */
export interface TakerFrame extends Frame {
  readonly type: "test.taker";
  readonly gfp: number;
  readonly kind: PageKind;
  left: number;
  readonly pfns: number[];
  /** Requests that were refused. */
  refused: number;
  asked: boolean;
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
  /** What the disk holds, by slot: only what it has acknowledged. */
  readonly disk = new Map<number, PageIdentity>();
  #held: number[] = [];
  /** What is on its way to the disk, by frame. */
  readonly #inFlight = new Map<number, PageIdentity>();
  readonly #tagWait: WaitQueue;

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
    this.#tagWait = new WaitQueue(this.sched, "tag");
    // queue_congestion_on_threshold(), block/ll_rw_blk.c: 7/8 of the requests.
    this.memory.isCongested = () => this.#inFlight.size > DISK_DEPTH - DISK_DEPTH / 8;
    this.#addDisk(spec.diskNs ?? fromUs(200));
    this.programs.add("test.taker", {
      step: (frame: TakerFrame, task: Task) => this.#take(frame, task),
    });
    if (spec.kswapd !== false)
      this.sched.spawn("kswapd0", PF_MEMALLOC | PF_KTHREAD | PF_KSWAPD, kswapdFrame());
  }

  /** A task with these PF_* flags that takes `pages` single pages with this mask and keeps them. */
  taker(spec: {
    readonly pages: number;
    readonly gfp: number;
    readonly flags?: number;
    readonly kind?: PageKind;
  }): { readonly task: Task; readonly frame: TakerFrame } {
    const frame: TakerFrame = {
      type: "test.taker",
      gfp: spec.gfp,
      kind: spec.kind ?? PAGE_KIND.kernel,
      left: spec.pages,
      pfns: [],
      refused: 0,
      asked: false,
    };
    return { task: this.sched.spawn("taker", spec.flags ?? 0, frame), frame };
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
    this.timers.moveTo(untilNs);
  }

  resume(): void {
    this.isStalled = false;
    for (const pfn of this.#held.splice(0)) this.#end(pfn);
  }

  /** The machine as it is, in a rig of the same spec with the same tasks started. */
  load(state: RigState): void {
    const { parts } = this.memory;
    this.timers.load(state.timers);
    this.trace.load(state.trace);
    this.sched.load(state.sched);
    parts.frames.load(state.frames);
    parts.pages.load(state.pages);
    parts.slab.load(state.slab);
    parts.vmstat.load(state.vmstat);
    parts.random.load(state.random);
    this.memory.load(state.memory);
    this.anon.load(state.anon);
    this.#tagWait.load(state.tagWait);
    this.isStalled = state.isStalled;
    this.#held = [...state.held];
    fill(this.disk, state.disk);
    fill(this.#inFlight, state.inFlight);
  }

  save(): RigState {
    const { parts } = this.memory;
    return {
      timers: this.timers.save(),
      trace: this.trace.save(),
      sched: this.sched.save(),
      frames: parts.frames.save(),
      pages: parts.pages.save(),
      slab: parts.slab.save(),
      vmstat: parts.vmstat.save(),
      random: parts.random.save(),
      memory: this.memory.save(),
      anon: this.anon.save(),
      tagWait: this.#tagWait.save(),
      isStalled: this.isStalled,
      held: [...this.#held],
      disk: [...this.disk],
      inFlight: [...this.#inFlight],
    };
  }

  #take(frame: TakerFrame, task: Task): Outcome {
    if (frame.asked) {
      if (task.result >= 0) frame.pfns.push(task.result);
      else frame.refused++;
    }
    if (frame.left === 0) return answer(task, 0);
    frame.left--;
    frame.asked = true;
    return call(task, allocFrame(0, frame.gfp, frame.kind));
  }

  #addDisk(diskNs: number): void {
    this.programs.add("swap.write", {
      step: (frame: DiskFrame, task: Task) => {
        if (this.#inFlight.size >= DISK_DEPTH) return this.#tagWait.sleep(task, 0);
        startWriteback(this.memory, frame.pfn);
        this.#inFlight.set(frame.pfn, this.#identityOf(frame.pfn));
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

  #identityOf(pfn: number): PageIdentity {
    const { frames } = this.memory.parts;
    const [owner = -1, index = -1] = [frames.mapping[pfn], frames.index[pfn]];
    return { owner, index, version: frames.stamp[pfn] ?? 0 };
  }

  #end(which: number): void {
    if (which >= 0) this.#endWrite(which);
    else this.#endRead(-which - 1);
  }

  #endWrite(pfn: number): void {
    const written = this.#inFlight.get(pfn);
    if (written !== undefined) this.disk.set(this.memory.parts.frames.slot[pfn] ?? -1, written);
    this.#inFlight.delete(pfn);
    endWriteback(this.memory, pfn, false);
    this.#tagWait.wakeOne();
    this.memory.writeEnded(1);
  }

  #endRead(pfn: number): void {
    const { frames } = this.memory.parts;
    const slot = frames.slot[pfn] ?? -1;
    const { owner, index } = this.#identityOf(pfn);
    const space = this.memory.spaceOf(owner);
    if (space.slotOf(index) === slot) {
      const version = space.versions[index] ?? 0;
      const found = this.disk.get(slot) ?? { owner: 0, index: 0, version: 0 };
      frames.stamp[pfn] = version;
      if (found.owner !== owner || found.index !== index || found.version !== version)
        this.memory.noteMismatch({ expected: { owner, index, version }, found });
    }
    set(this.memory, pfn, PG_UPTODATE);
    unlockPage(this.memory, pfn);
  }
}

function fill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

export interface RigState {
  readonly timers: ReturnType<Timers["save"]>;
  readonly trace: ReturnType<Trace["save"]>;
  readonly sched: ReturnType<Scheduler["save"]>;
  readonly frames: ReturnType<PageFrames["save"]>;
  readonly pages: ReturnType<PageAllocator["save"]>;
  readonly slab: ReturnType<SlabAllocator["save"]>;
  readonly vmstat: ReturnType<Vmstat["save"]>;
  readonly random: readonly [number, number];
  readonly memory: ReturnType<Memory["save"]>;
  readonly anon: ReturnType<AnonPrograms["save"]>;
  readonly tagWait: readonly number[];
  readonly isStalled: boolean;
  readonly held: readonly number[];
  readonly disk: readonly (readonly [number, PageIdentity])[];
  readonly inFlight: readonly (readonly [number, PageIdentity])[];
}
