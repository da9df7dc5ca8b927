// What a machine is made of from one boot to the next: memory, network, block device, tasks. When it loses power all of it is
// gone, and another is built from the same spec.
//
// This is the one place where the loop that deadlocks is closed. Imports are a tree (memory knows no network, the network
// knows no block device); here reclaim's "swap.write" meets the driver that answers it, the driver's bytes meet the card
// whose buffers come out of the same memory, and the service's queue meets the pages that the service waits for:
//
//   task touches a page ─► fault ─► allocation ─► reclaim ─► swap.write ─► NBD request ─► socket ─► card
//        ▲                                                                                           │ reply
//        └── page unlocked ◄── reply read ◄── socket ◄── packet ◄── receive buffer ◄── allocation ◄──┘

import { Random } from "#base/random.ts";
import { KIB, PAGE_BYTES } from "#base/units.ts";
import { Storage, type StorageState } from "./block/storage.ts";
import type { Effect } from "./events.ts";
import { Balloon, type BalloonState } from "./mm/balloon.ts";
import { belowThreshold } from "./mm/emergency.ts";
import { kswapdFrame } from "./mm/kswapd.ts";
import { Memory } from "./mm/memory.ts";
import { PageAllocator } from "./mm/page-alloc.ts";
import { PageFrames } from "./mm/page-frames.ts";
import { pinScattered } from "./mm/pinned.ts";
import { registerMemoryPrograms } from "./mm/programs.ts";
import { ReserveTree, type ReserveTreeState } from "./mm/reserve-tree.ts";
import { SlabAllocator } from "./mm/slab.ts";
import { Vmstat } from "./mm/vmstat.ts";
import { framesOf } from "./mm/zone.ts";
import { layoutZones } from "./mm/zone-layout.ts";
import { type NetLimits, netLimits, routeEntriesMax } from "./net/limits.ts";
import { NetStack } from "./net/net-stack.ts";
import { Sockets } from "./net/sockets.ts";
import { type Decisions, decisionsOf } from "./policy/decisions.ts";
import { Programs } from "./sched/program.ts";
import { Scheduler } from "./sched/scheduler.ts";
import { PF_KSWAPD, PF_KTHREAD, PF_MEMALLOC } from "./sched/task.ts";
import { Timers } from "./sched/timers.ts";
import type { HostSpec, LinkSpec, MachineSpec } from "./spec.ts";
import { asMachine, netSpecOf, peersOf, userMinFree } from "./spec-hosts.ts";
import type { OfferedExport } from "./task/export-stores.ts";
import { type ArrivalsOf, Workload } from "./task/workload.ts";
import type { Trace } from "./trace.ts";

export interface MachineOptions {
  readonly seed: number;
  /** Every link from and to this host. */
  readonly links: readonly LinkSpec[];
  /** Hosts whose end nobody emulates. */
  readonly foreign: ReadonlySet<string>;
  /** Exports a swap server offers: one for each machine that swaps to it. */
  readonly exports: readonly OfferedExport[];
  readonly arrivalsOf: ArrivalsOf;
  /** What decides in place of its policy's rules, for the whole run. */
  readonly decisions?: Decisions;
}

/** What a body is built from. */
export interface BodySpec {
  readonly spec: HostSpec;
  readonly options: MachineOptions;
  /** Goes on from boot to boot. */
  readonly trace: Trace;
  /** How often there was one before it. */
  readonly nth: number;
  readonly emit: (effect: Effect) => void;
  /** What the kernel computed when it booted; null: it is to be computed now. */
  readonly limits: NetLimits | null;
}

interface Roots {
  readonly timers: Timers;
  readonly programs: Programs;
  readonly trace: Trace;
  readonly sched: Scheduler;
}

export class Body {
  readonly #spec: HostSpec;
  readonly timers = new Timers();
  readonly programs = new Programs();
  readonly trace: Trace;
  readonly sched: Scheduler;
  readonly memory: Memory;
  readonly balloon: Balloon;
  /** Memory set aside for the network; null where the policy has no such thing. */
  readonly reserve: ReserveTree | null;
  readonly net: NetStack;
  readonly sockets: Sockets;
  readonly storage: Storage;
  readonly workload: Workload;
  /** Of its network, computed from the marks when it booted: who sets other marks does not change them. */
  readonly limits: NetLimits;
  /** vm.min_free_kbytes as its spec has it, without what the card adds. */
  readonly #minFreeKiB: number;
  readonly #decisions: Decisions;

  constructor(from: BodySpec) {
    const { spec, options, nth } = from;
    const machine = asMachine(spec);
    const random = new Random(options.seed + nth).fork(spec.name);
    this.#spec = spec;
    this.trace = from.trace;
    this.sched = new Scheduler(this.timers, this.programs, machine.cpus);
    this.sched.speedPercent = machine.cpuSpeedPercent;
    const decisions = options.decisions ?? decisionsOf(machine.policy);
    this.#decisions = decisions;
    this.memory = buildMemory({ machine, decisions, random }, this);
    this.#minFreeKiB = this.memory.parts.pages.minFreeKiB;
    this.balloon = new Balloon(this.memory);
    this.limits = from.limits ?? limitsOf(machine, this.memory);
    this.reserve = buildReserve({ machine, decisions }, this.memory, this.limits);
    this.net = buildNet({ machine, decisions, random }, this, from);
    this.sockets = new Sockets(this.net);
    this.storage = new Storage({
      machine,
      criticality: decisions.criticality,
      memory: this.memory,
      net: this.sockets,
      programs: this.programs,
    });
    this.workload = new Workload({
      spec,
      memory: this.memory,
      net: this.sockets,
      storage: this.storage,
      programs: this.programs,
      exports: options.exports,
      arrivalsOf: options.arrivalsOf,
    });
    // As at any boot: swap is on, and files can be read, before programs start.
    this.storage.onReady = () => this.workload.startTasks();
    registerMemoryPrograms(this.programs, this.memory);
  }

  boot(): void {
    this.#raiseMarks();
    // kswapd is PF_MEMALLOC for life: it frees more than it takes.
    this.net.boot();
    this.#pin();
    this.sched.spawn("kswapd0", PF_MEMALLOC | PF_KTHREAD | PF_KSWAPD, kswapdFrame());
    this.workload.boot();
    this.storage.boot();
  }

  /** The card took its buffers when memory was whole; all that comes later finds it as it is then. */
  #pin(): void {
    const { pinnedOrder } = asMachine(this.#spec).memory;
    const { pages, random } = this.memory.parts;
    if (pinnedOrder !== null) pinScattered(pages, pinnedOrder, random.fork("pinned"));
  }

  /** The card comes up, and with it what it wants kept free. */
  #raiseMarks(): void {
    const { net } = asMachine(this.#spec);
    const { pagesOfDevice } = this.#decisions.reserve;
    if (pagesOfDevice === null) return;
    const { pages } = this.memory.parts;
    const moreKiB = (pagesOfDevice(net.deviceReservePackets) * PAGE_BYTES) / KIB;
    pages.setMinFreeKiB(pages.minFreeKiB + moreKiB);
  }

  /** Its own marks in place of those it was loaded with, as when vm.min_free_kbytes is set. */
  setMarks(): void {
    this.memory.parts.pages.setMinFreeKiB(this.#minFreeKiB);
    this.#raiseMarks();
  }

  save(): BodyState {
    const { parts } = this.memory;
    return {
      timers: this.timers.save(),
      sched: this.sched.save(),
      frames: parts.frames.save(),
      pages: parts.pages.save(),
      slab: parts.slab.save(),
      vmstat: parts.vmstat.save(),
      memoryRandom: parts.random.save(),
      workload: this.workload.save(),
      memory: this.memory.save(),
      balloon: this.balloon.save(),
      reserve: this.reserve?.save() ?? null,
      net: this.net.save(),
      sockets: this.sockets.save(),
      storage: this.storage.save(),
    };
  }

  load(state: BodyState): void {
    const { parts } = this.memory;
    this.workload.startAgain(state.workload);
    this.timers.load(state.timers);
    this.sched.load(state.sched);
    parts.frames.load(state.frames);
    parts.pages.load(state.pages);
    parts.slab.load(state.slab);
    parts.vmstat.load(state.vmstat);
    parts.random.load(state.memoryRandom);
    this.memory.load(state.memory);
    this.balloon.load(state.balloon);
    if (state.reserve !== null) this.reserve?.load(state.reserve);
    this.net.load(state.net);
    this.sockets.load(state.sockets);
    this.storage.load(state.storage);
    this.workload.load(state.workload);
  }
}

interface BuiltOf {
  readonly machine: MachineSpec;
  readonly decisions: Decisions;
  readonly random: Random;
}

function buildMemory(
  { machine, decisions, random }: BuiltOf,
  { timers, programs, trace, sched }: Roots,
): Memory {
  const { memory, policy, cpus } = machine;
  const { era } = policy;
  const zones = memory.zones ?? layoutZones(memory.ramBytes, memory.kernelBytes);
  const frames = new PageFrames(framesOf(zones));
  const vmstat = new Vmstat();
  const pages = new PageAllocator({
    frames,
    zones,
    era,
    reserve: decisions.reserve,
    current: sched.current,
    vmstat,
    cpuCount: cpus,
    sysctl: {
      minFreeKiB: userMinFree(machine),
      watermarkScaleFactor: memory.watermarkScaleFactor,
      watermarkBoostFactor: memory.watermarkBoostFactor,
      highatomic: memory.highatomic,
      thp: memory.thp ? "always" : "never",
      criticalPages: memory.criticalPages,
    },
  });
  return new Memory({
    era,
    frames,
    pages,
    slab: new SlabAllocator({
      pages,
      cpuCount: cpus,
      kind: memory.slab,
      orderMax: memory.slabMaxOrder,
      checks: memory.slabChecks,
    }),
    vmstat,
    timers,
    sched,
    programs,
    trace,
    random: random.fork("mm"),
    reclaim: decisions.reclaim,
    throttle: decisions.throttle,
    tunables: {
      swappiness: memory.swappiness,
      // swap_setup(), mm/swap.c: 2 on machines of less than 16 MiB.
      pageCluster: memory.pageCluster ?? (memory.ramBytes < 16 * 1024 * 1024 ? 2 : 3),
      swapSlots: Math.floor((machine.swap[0]?.sizeBytes ?? 0) / PAGE_BYTES),
      oomKiller: memory.oomKiller,
      dirtyPercent: memory.dirtyPercent ?? (era === "2.6.12" ? 40 : 20),
    },
  });
}

function limitsOf({ policy: { era } }: MachineSpec, memory: Memory): NetLimits {
  const { freeBufferPages: bufferPages, managedPages } = memory.parts.pages;
  return netLimits({ era, bufferPages, managedPages });
}

function buildReserve(
  { machine, decisions }: Omit<BuiltOf, "random">,
  memory: Memory,
  limits: NetLimits,
): ReserveTree | null {
  const { net, cpus } = machine;
  const { setAside } = decisions.reserve;
  if (setAside === null) return null;
  const { pages } = memory.parts;
  const { managedPages } = pages;
  return new ReserveTree({
    part: setAside({
      routeEntriesMax: routeEntriesMax(managedPages),
      packetBytes: net.packetReserveBytes ?? net.ipfragHighBytes ?? limits.ipfragHighBytes,
    }),
    cpuCount: cpus,
    resize: (count) => pages.setEmergencyPages(count),
  });
}

function buildNet({ machine, decisions, random }: BuiltOf, body: Body, spec: BodySpec): NetStack {
  const { options, emit } = spec;
  const { parts } = body.memory;
  const { receive, limits, criticality } = decisions;
  const { era } = machine.policy;
  return new NetStack({
    era,
    timers: body.timers,
    scheduler: body.sched,
    pages: parts.pages,
    slab: parts.slab,
    frames: parts.frames,
    reserve: body.reserve,
    policies: { receive, limits, criticality },
    isBelowThreshold: belowThreshold(parts.pages, machine.net.emergencyBelowPages),
    spec: netSpecOf(machine),
    limits: body.limits,
    host: machine.name,
    peers: peersOf(machine.name, options.links, options.foreign),
    random: random.fork("net"),
    trace: body.trace,
    emit,
  });
}

export interface BodyState {
  readonly timers: ReturnType<Timers["save"]>;
  readonly sched: ReturnType<Scheduler["save"]>;
  readonly frames: ReturnType<PageFrames["save"]>;
  readonly pages: ReturnType<PageAllocator["save"]>;
  readonly slab: ReturnType<SlabAllocator["save"]>;
  readonly vmstat: ReturnType<Vmstat["save"]>;
  readonly memoryRandom: readonly [number, number];
  readonly workload: ReturnType<Workload["save"]>;
  readonly memory: ReturnType<Memory["save"]>;
  readonly balloon: BalloonState;
  readonly reserve: ReserveTreeState | null;
  readonly net: ReturnType<NetStack["save"]>;
  readonly sockets: ReturnType<Sockets["save"]>;
  readonly storage: StorageState;
}
