// A machine is a value: memory, network, block device, tasks, made from a spec and a seed, touching nothing else.
//
// This is the one place where the loop that deadlocks is closed. Imports are a tree (memory knows no network, the network
// knows no block device); here reclaim's "swap.write" meets the driver that answers it, the driver's bytes meet the card
// whose buffers come out of the same memory, and the service's queue meets the pages that the service waits for:
//
//   task touches a page ─► fault ─► allocation ─► reclaim ─► swap.write ─► NBD request ─► socket ─► card
//        ▲                                                                                           │ reply
//        └── page unlocked ◄── reply read ◄── socket ◄── packet ◄── receive buffer ◄── allocation ◄──┘
//
// It is told (`handle`), let run (`advance`) and asked (`takeEffects`, `nextDeadlineNs`); it never calls out.

import { assert } from "#base/assert.ts";
import { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { Storage, type StorageState } from "./block/storage.ts";
import type { Effect, MachineEvent } from "./events.ts";
import { kswapdFrame } from "./mm/kswapd.ts";
import { Memory } from "./mm/memory.ts";
import { PageAllocator } from "./mm/page-alloc.ts";
import { PageFrames } from "./mm/page-frames.ts";
import { registerMemoryPrograms } from "./mm/programs.ts";
import { SlabAllocator } from "./mm/slab.ts";
import { Vmstat } from "./mm/vmstat.ts";
import { framesOf } from "./mm/zone.ts";
import { layoutZones } from "./mm/zone-layout.ts";
import { netLimits } from "./net/limits.ts";
import { NetStack } from "./net/net-stack.ts";
import { Sockets } from "./net/sockets.ts";
import { decisionsOf } from "./policy/decisions.ts";
import { Programs } from "./sched/program.ts";
import { Scheduler } from "./sched/scheduler.ts";
import { PF_KSWAPD, PF_KTHREAD, PF_MEMALLOC } from "./sched/task.ts";
import { Timers } from "./sched/timers.ts";
import type { HostSpec, LinkSpec, MachineSpec } from "./spec.ts";
import { asMachine, netSpecOf, peersOf } from "./spec-hosts.ts";
import { type ArrivalsOf, Workload } from "./task/workload.ts";
import { Trace } from "./trace.ts";

export interface MachineOptions {
  readonly seed: number;
  /** Every link from and to this host. */
  readonly links: readonly LinkSpec[];
  /** Hosts whose end nobody emulates. */
  readonly foreign: ReadonlySet<string>;
  /** Exports a swap server offers: one for each machine that swaps to it. */
  readonly exports: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly arrivalsOf: ArrivalsOf;
}

export class Machine {
  readonly spec: HostSpec;
  readonly timers = new Timers();
  readonly programs = new Programs();
  readonly trace = new Trace();
  readonly sched: Scheduler;
  readonly memory: Memory;
  readonly net: NetStack;
  readonly sockets: Sockets;
  readonly storage: Storage;
  readonly workload: Workload;
  #effects: Effect[] = [];
  #paused = false;
  /** Events that came while it was frozen, to be handled when it goes on. */
  #held: MachineEvent[] = [];

  constructor(spec: HostSpec, options: MachineOptions) {
    this.spec = spec;
    const machine = asMachine(spec);
    const random = new Random(options.seed).fork(spec.name);
    this.sched = new Scheduler(this.timers, this.programs, machine.cpus);
    this.sched.speedPercent = machine.cpuSpeedPercent;
    this.memory = this.#buildMemory(machine, random);
    this.net = this.#buildNet(machine, options, random);
    this.sockets = new Sockets(this.net);
    this.storage = new Storage({
      machine,
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

  get nowNs(): number {
    return this.timers.nowNs;
  }

  /** The swap device; null when the machine has none. */
  get block(): Storage["swap"] {
    return this.storage.swap;
  }

  handle(event: MachineEvent, nowNs: number): void {
    if (this.#paused && event.type !== "pause") {
      this.#held.push(event);
      return;
    }
    if (this.#paused) this.timers.thaw(nowNs);
    else this.timers.moveTo(nowNs);
    switch (event.type) {
      case "boot":
        this.#boot();
        return;
      case "timer":
        return;
      case "connected":
        this.net.connected(event.stream);
        return;
      case "incoming":
        this.net.incoming(event.stream, event.peer, event.port);
        return;
      case "received":
        this.net.received(event.stream, event.bytes);
        return;
      case "sent":
        this.net.sent(event.stream, event.countBytes);
        return;
      case "closed":
        this.net.closed(event.stream, event.errno);
        return;
      case "datagram":
        this.net.datagram(event.peer, event.fromPort, event.port, event.bytes);
        return;
      case "link":
        this.net.linkChanged(
          event.from === this.spec.name ? event.to : event.from,
          event.from === this.spec.name ? "outbound" : "inbound",
          event.state,
        );
        return;
      case "store":
        this.workload.changeStore(event.state);
        return;
      case "load":
        this.workload.order(event.name, event.action);
        return;
      case "pause":
        this.#pause(event.paused);
        return;
    }
  }

  /** Let what is due until `untilNs` happen; stops early when there is an effect to perform. */
  advance(untilNs: number): void {
    while (this.timers.nextAtNs <= untilNs && this.#effects.length === 0) this.timers.fire();
  }

  takeEffects(): readonly Effect[] {
    if (this.#effects.length === 0) return [];
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Events that came for it while it was frozen. */
  get heldCount(): number {
    return this.#held.length;
  }

  nextDeadlineNs(): number {
    return this.#paused ? Number.POSITIVE_INFINITY : this.timers.nextAtNs;
  }

  #boot(): void {
    // kswapd is PF_MEMALLOC for life: it frees more than it takes.
    this.net.boot();
    this.sched.spawn("kswapd0", PF_MEMALLOC | PF_KTHREAD | PF_KSWAPD, kswapdFrame());
    this.workload.boot();
    this.storage.boot();
  }

  /** A frozen machine does nothing, not even fall behind: its own time goes on when it does. */
  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) return;
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.handle(event, this.nowNs);
  }

  #buildMemory(machine: MachineSpec, random: Random): Memory {
    const { memory, policy, cpus } = machine;
    const { era } = policy;
    const decisions = decisionsOf(policy);
    const zones = memory.zones ?? layoutZones(memory.ramBytes, memory.kernelBytes);
    const frames = new PageFrames(framesOf(zones));
    const vmstat = new Vmstat();
    const pages = new PageAllocator({
      frames,
      zones,
      era,
      reserve: decisions.reserve,
      current: this.sched.current,
      vmstat,
      cpuCount: cpus,
      sysctl: {
        minFreeKiB: memory.minFreeKiB,
        watermarkScaleFactor: memory.watermarkScaleFactor,
        watermarkBoostFactor: memory.watermarkBoostFactor,
        highatomic: memory.highatomic,
        thp: memory.thp ? "always" : "never",
      },
    });
    return new Memory({
      era,
      frames,
      pages,
      slab: new SlabAllocator({ pages, cpuCount: cpus }),
      vmstat,
      timers: this.timers,
      sched: this.sched,
      programs: this.programs,
      trace: this.trace,
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

  #buildNet(machine: MachineSpec, options: MachineOptions, random: Random): NetStack {
    const { parts } = this.memory;
    const { receive, limits } = decisionsOf(machine.policy);
    const { era } = machine.policy;
    return new NetStack({
      era,
      timers: this.timers,
      scheduler: this.sched,
      pages: parts.pages,
      slab: parts.slab,
      frames: parts.frames,
      policies: { receive, limits },
      spec: netSpecOf(machine),
      limits: netLimits({
        era,
        bufferPages: parts.pages.freeBufferPages,
        managedPages: parts.pages.managedPages,
      }),
      peers: peersOf(machine.name, options.links, options.foreign),
      random: random.fork("net"),
      trace: this.trace,
      emit: (effect) => {
        this.#effects.push(effect);
      },
    });
  }

  save(): MachineState {
    assert(this.#effects.length === 0, "a machine is saved between two steps");
    const { parts } = this.memory;
    return {
      timers: this.timers.save(),
      trace: this.trace.save(),
      sched: this.sched.save(),
      frames: parts.frames.save(),
      pages: parts.pages.save(),
      slab: parts.slab.save(),
      vmstat: parts.vmstat.save(),
      memoryRandom: parts.random.save(),
      workload: this.workload.save(),
      memory: this.memory.save(),
      net: this.net.save(),
      sockets: this.sockets.save(),
      storage: this.storage.save(),
      paused: this.#paused,
      held: [...this.#held],
    };
  }

  /** Into a machine of the same spec that has not booted. */
  load(state: MachineState): void {
    const { parts } = this.memory;
    this.workload.startAgain(state.workload);
    this.timers.load(state.timers);
    this.trace.load(state.trace);
    this.sched.load(state.sched);
    parts.frames.load(state.frames);
    parts.pages.load(state.pages);
    parts.slab.load(state.slab);
    parts.vmstat.load(state.vmstat);
    parts.random.load(state.memoryRandom);
    this.memory.load(state.memory);
    this.net.load(state.net);
    this.sockets.load(state.sockets);
    this.storage.load(state.storage);
    this.workload.load(state.workload);
    this.#paused = state.paused;
    this.#held = [...state.held];
  }
}

export interface MachineState {
  readonly timers: ReturnType<Timers["save"]>;
  readonly trace: ReturnType<Trace["save"]>;
  readonly sched: ReturnType<Scheduler["save"]>;
  readonly frames: ReturnType<PageFrames["save"]>;
  readonly pages: ReturnType<PageAllocator["save"]>;
  readonly slab: ReturnType<SlabAllocator["save"]>;
  readonly vmstat: ReturnType<Vmstat["save"]>;
  readonly memoryRandom: readonly [number, number];
  readonly workload: ReturnType<Workload["save"]>;
  readonly memory: ReturnType<Memory["save"]>;
  readonly net: ReturnType<NetStack["save"]>;
  readonly sockets: ReturnType<Sockets["save"]>;
  readonly storage: StorageState;
  readonly paused: boolean;
  readonly held: readonly MachineEvent[];
}
