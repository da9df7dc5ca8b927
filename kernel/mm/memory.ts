// A machine's memory in one place: frames, allocator, lists, swap, and the queues tasks sleep on. It only holds them; the
// rules stand in the files beside it, each as functions of this. Linux: pg_data_t and the globals of mm/.
//
// Not modelled: NUMA (one node), memory hot-plug, cgroups, compaction of other than cost.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import type { Era } from "../era.ts";
import type { ReclaimPolicy } from "../policy/reclaim/index.ts";
import type { ThrottlePolicy } from "../policy/throttle/index.ts";
import type { Programs } from "../sched/program.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Task } from "../sched/task.ts";
import type { Timers } from "../sched/timers.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { Trace } from "../trace.ts";
import { AddressSpace } from "./address-space.ts";
import type { PageIdentity } from "./content.ts";
import { __GFP_HIGH, __GFP_NOMEMALLOC, __GFP_NOWARN } from "./gfp.ts";
import { LruSet } from "./lru-set.ts";
import type { PageAllocator } from "./page-alloc.ts";
import type { PageFrames } from "./page-frames.ts";
import type { PsiPressure, PsiResource } from "./psi.ts";
import { PsiTasks } from "./psi-tasks.ts";
import type { SlabAllocator, SlabCacheKind } from "./slab.ts";
import { type NodeMemory, SwapSpace } from "./swap-space.ts";
import type { Vmstat } from "./vmstat.ts";

export interface MemoryParts {
  readonly era: Era;
  readonly frames: PageFrames;
  readonly pages: PageAllocator;
  readonly slab: SlabAllocator;
  readonly vmstat: Vmstat;
  readonly timers: Timers;
  readonly sched: Scheduler;
  readonly programs: Programs;
  readonly trace: Trace;
  readonly random: Random;
  readonly reclaim: ReclaimPolicy;
  readonly throttle: ThrottlePolicy;
  readonly tunables: MemoryTunables;
}

/** A page that came back from swap as another than went there. */
export interface Mismatch {
  readonly expected: PageIdentity;
  readonly found: PageIdentity;
}

export interface MemoryTunables {
  /** 0 to 200. */
  readonly swappiness: number;
  /** A swap-in reads up to 2^pageCluster pages. */
  readonly pageCluster: number;
  /** Slots of the swap device; 0 is no swap. */
  readonly swapSlots: number;
  readonly oomKiller: boolean;
  /** In percent of dirtyable memory. */
  readonly dirtyPercent: number;
}

/** sizeof(struct radix_tree_node), 6.1 x86-64 (include/linux/xarray.h: 64 slots of 8 bytes, marks and links). */
const RADIX_TREE_NODE_BYTES = 576;

export class Memory {
  readonly parts: MemoryParts;
  readonly lru: LruSet;
  readonly swap: SwapSpace;
  readonly spaces: AddressSpace[] = [];

  /** Sleepers on a locked page; `what` is the frame. */
  readonly pageLock: WaitQueue;
  /** Sleepers on a page that is being written; `what` is the frame. */
  readonly writebackWait: WaitQueue;
  /** Direct reclaimers held back while the reserve is half gone. */
  readonly pfmemallocWait: WaitQueue;
  /** Reclaimers that pause because nothing moves. */
  readonly reclaimWait: WaitQueue;
  /** kswapd between two rounds. */
  readonly kswapdWait: WaitQueue;
  /** Reclaimers that wait for writes in flight (throttle_vm_writeout). */
  readonly writeoutWait: WaitQueue;

  /** Pages being written to swap or disk. */
  writebackPages = 0;
  /** Pages taken off the lists by reclaimers at work. */
  isolatedPages = 0;
  /** Passes of kswapd in a row that freed nothing. */
  kswapdFailures = 0;
  /** Pages looked at since one of the zone's was last freed, for each zone (zone->pages_scanned, before 6.1). */
  readonly scannedSinceFree: Int32Array;
  /** Everything reclaim saw last was under writeback (PGDAT_WRITEBACK). */
  allWriteback = false;
  /** Every page of a file that kswapd saw last was dirty and not being written (PGDAT_DIRTY). */
  allDirty = false;
  /** Allocation mask for swap-cache nodes while a page is added. */
  nodeGfp: number = __GFP_HIGH | __GFP_NOMEMALLOC | __GFP_NOWARN;
  /** Takes a clean file page out of the page cache and frees it; the page cache puts itself here. */
  dropFilePage: (pfn: number) => boolean = () => false;
  /** Reclaim meets dirty pages of files only: have this many written; writeback puts itself here. */
  wakeFlusher: (pages: number) => void = () => {};
  /** Whether the swap device has as many requests as it will take; the block layer puts itself here. */
  isCongested: () => boolean = () => false;
  /** Pages whose bytes came back other than they went. One ends a run. */
  readonly mismatches: Mismatch[] = [];
  /** Nodes of the trees that say which frame holds which slot or page of a file. */
  readonly nodes: NodeMemory;
  readonly #psi: PsiTasks;
  #writtenWhileThrottled = 0;

  constructor(parts: MemoryParts) {
    this.parts = parts;
    const { frames, pages, sched, slab } = parts;
    this.lru = new LruSet(frames, parts.era, {
      count: pages.zones.length,
      zoneOf: (pfn) => pages.zoneIndexOf(pfn),
    });
    const nodes: SlabCacheKind = slab.cache("radix_tree_node", RADIX_TREE_NODE_BYTES);
    this.nodes = {
      allocNode: () => nodes.alloc(this.nodeGfp),
      freeNode: (node) => nodes.free(node),
    };
    this.swap = new SwapSpace(parts.tunables.swapSlots, this.nodes);
    this.pageLock = new WaitQueue(sched, "page-lock");
    this.writebackWait = new WaitQueue(sched, "writeback");
    this.pfmemallocWait = new WaitQueue(sched, "throttle");
    this.reclaimWait = new WaitQueue(sched, "reclaim-throttle");
    this.kswapdWait = new WaitQueue(sched, "kswapd-idle");
    this.writeoutWait = new WaitQueue(sched, "vm-writeout");
    this.scannedSinceFree = new Int32Array(pages.zones.length);
    pages.onWakeKswapd = () => this.wakeKswapd();
    this.#psi = new PsiTasks(sched.cpuCount);
    sched.onChange = (task, cpu) => this.#psi.changed(task, cpu, this.nowNs);
  }

  get nowNs(): number {
    return this.parts.timers.nowNs;
  }

  get random(): Random {
    return this.parts.random;
  }

  /** The running task begins to stall on memory. Linux: psi_memstall_enter(). */
  enterMemstall(task: Task): void {
    task.memstall++;
    this.#psi.changed(task, this.parts.sched.current.cpu, this.nowNs);
  }

  leaveMemstall(task: Task): void {
    assert(task.memstall > 0, "only a stall that began can end");
    task.memstall--;
    this.#psi.changed(task, this.parts.sched.current.cpu, this.nowNs);
  }

  /** What /proc/pressure shows at `nowNs`, by default at the machine's own present. */
  pressure(resource: PsiResource, nowNs: number = this.nowNs): PsiPressure {
    return this.#psi.psi.pressure(resource, nowNs);
  }

  noteMismatch(mismatch: Mismatch): void {
    this.parts.trace.event(
      "integrity.mismatch",
      this.nowNs,
      mismatch.expected.owner,
      mismatch.expected.index,
    );
    this.mismatches.push(mismatch);
  }

  addSpace(
    name: string,
    pageCount: number,
    options: { readonly mlocked?: boolean; readonly oomImmune?: boolean } = {},
  ): AddressSpace {
    const space = new AddressSpace(this.spaces.length, name, pageCount, options);
    this.spaces.push(space);
    return space;
  }

  spaceOf(id: number): AddressSpace {
    const space = this.spaces[id];
    assert(space !== undefined, "a mapped page has an owner");
    return space;
  }

  wakeKswapd(): void {
    if (this.kswapdFailures >= KSWAPD_HOPELESS && this.parts.era === "6.1") return;
    if (this.kswapdWait.wakeOne() === null) return;
    this.parts.trace.event("kswapd.wake", this.nowNs, this.parts.pages.freePages);
  }

  /**
   * A write to swap or disk is done. Up to 3.x whoever waits for congestion is woken by any write that ends while the
   * queue is short (clear_bdi_congested()); in 6.1 by 32 pages for each sleeper (acct_reclaim_writeback()).
   */
  writeEnded(pages: number): void {
    const sleepers = this.reclaimWait.length;
    if (sleepers === 0) return;
    this.#writtenWhileThrottled += pages;
    const isEnough =
      this.parts.era === "6.1"
        ? this.#writtenWhileThrottled > SWAP_CLUSTER_MAX * sleepers
        : !this.isCongested();
    if (!isEnough) return;
    this.#writtenWhileThrottled = 0;
    this.reclaimWait.wakeAll();
  }

  /** A page was freed by reclaim: there is hope again. */
  noteReclaimed(pfn: number): void {
    this.scannedSinceFree[this.parts.pages.zoneIndexOf(pfn)] = 0;
  }

  save(): MemoryState {
    return {
      lru: this.lru.save(),
      swap: this.swap.save(),
      spaces: this.spaces.map((space) => space.save()),
      queues: this.#queues().map((queue) => queue.save()),
      writebackPages: this.writebackPages,
      isolatedPages: this.isolatedPages,
      kswapdFailures: this.kswapdFailures,
      scannedSinceFree: this.scannedSinceFree.slice(),
      allWriteback: this.allWriteback,
      allDirty: this.allDirty,
      mismatches: [...this.mismatches],
      writtenWhileThrottled: this.#writtenWhileThrottled,
      psi: this.#psi.save(),
    };
  }

  load(state: MemoryState): void {
    this.lru.load(state.lru);
    this.swap.load(state.swap);
    state.spaces.forEach((space, id) => {
      this.spaceOf(id).load(space);
    });
    this.#queues().forEach((queue, i) => {
      queue.load(state.queues[i] ?? []);
    });
    this.writebackPages = state.writebackPages;
    this.isolatedPages = state.isolatedPages;
    this.kswapdFailures = state.kswapdFailures;
    this.scannedSinceFree.set(state.scannedSinceFree);
    this.allWriteback = state.allWriteback;
    this.allDirty = state.allDirty;
    this.#writtenWhileThrottled = state.writtenWhileThrottled;
    this.#psi.load(state.psi);
    this.mismatches.splice(0, this.mismatches.length, ...state.mismatches);
  }

  #queues(): readonly WaitQueue[] {
    return [
      this.pageLock,
      this.pfmemallocWait,
      this.reclaimWait,
      this.kswapdWait,
      this.writeoutWait,
      this.writebackWait,
    ];
  }
}

/** SWAP_CLUSTER_MAX, include/linux/swap.h: pages taken off a list at a time. */
export const SWAP_CLUSTER_MAX = 32;
/** MAX_RECLAIM_RETRIES, mm/internal.h: as many fruitless passes and kswapd gives the node up. */
export const KSWAPD_HOPELESS = 16;

export interface MemoryState {
  readonly lru: ReturnType<LruSet["save"]>;
  readonly swap: ReturnType<SwapSpace["save"]>;
  readonly spaces: readonly ReturnType<AddressSpace["save"]>[];
  readonly queues: readonly (readonly number[])[];
  readonly writebackPages: number;
  readonly isolatedPages: number;
  readonly kswapdFailures: number;
  readonly scannedSinceFree: Int32Array;
  readonly allWriteback: boolean;
  readonly allDirty: boolean;
  readonly mismatches: readonly Mismatch[];
  readonly writtenWhileThrottled: number;
  readonly psi: ReturnType<PsiTasks["save"]>;
}
