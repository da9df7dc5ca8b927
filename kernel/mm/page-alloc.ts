// The page allocator: who gets a page now, without sleeping. What sleeps when the answer is no is built on top of it.
//
// One request goes through at most three attempts: at the low mark; kswapd woken, at the min mark with what the mask is
// worth; and with the rights of who asks (PF_MEMALLOC, __GFP_MEMALLOC, a dying task). Only what the last attempt took by
// ignoring the marks is tagged PG_PFMEMALLOC. Linux: mm/page_alloc.c: __alloc_pages, get_page_from_freelist, rmqueue,
// the head of __alloc_pages_slowpath (6.1.192); __alloc_pages of 3.6 and 2.6.12.
//
// Not modelled: nodes and their fallback order, cpusets, dirty spreading, deferred initialisation, node reclaim.

import { assert } from "#base/assert.ts";
import { asPfn, type Pfn } from "#base/units.ts";
import type { Era } from "../era.ts";
import type { ReservePolicy } from "../policy/reserve/policy.ts";
import type { Current } from "../sched/current.ts";
import {
  ALLOC_KSWAPD,
  ALLOC_WMARK_HIGH,
  ALLOC_WMARK_LOW,
  ALLOC_WMARK_MIN,
  floorPages,
  gfpToAllocFlags,
  reserveFlags,
} from "./alloc-flags.ts";
import { Attempts } from "./attempt.ts";
import type { BelowHalf, BelowHalfState } from "./below-half.ts";
import { CriticalPool } from "./critical-pool.ts";
import {
  __GFP_DMA,
  __GFP_DMA32,
  __GFP_KSWAPD_RECLAIM,
  classOf,
  GFP_KERNEL,
  type Gfp,
} from "./gfp.ts";
import { type AllocSysctl, MachineZones, type MachineZonesState } from "./machine-zones.ts";
import { MIGRATE_HIGHATOMIC, migratetypeOf, PAGEBLOCK_ORDER } from "./migratetype.ts";
import {
  fillKind,
  PAGE_KIND,
  type PageFrames,
  type PageKind,
  PG_LOCKED,
  PG_LRU,
  PG_WRITEBACK,
} from "./page-frames.ts";
import { pcpOrderMax } from "./per-cpu-pages.ts";
import { Refusal, type RefusalState } from "./refusal.ts";
import type { Vmstat } from "./vmstat.ts";
import type { Watermarks } from "./watermark.ts";
import { markOf, zoneWatermarkOk } from "./watermark-check.ts";
import { MAX_ORDER, type Zone, type ZoneSpec } from "./zone.ts";
import type { ZoneRig } from "./zone-rig.ts";

export interface PageAllocatorSpec {
  readonly frames: PageFrames;
  /** Lowest first. */
  readonly zones: readonly ZoneSpec[];
  readonly era: Era;
  readonly reserve: ReservePolicy;
  readonly current: Current;
  readonly vmstat: Vmstat;
  readonly cpuCount: number;
  readonly sysctl: AllocSysctl;
}

/** Requests of class NORMAL: everything that does not ask for low memory. */
const CLASS_NORMAL = 2;

export class PageAllocator {
  readonly era: Era;
  readonly frames: PageFrames;
  readonly current: Current;
  readonly reserve: ReservePolicy;
  /** Why the last request was refused. */
  readonly lastRefusal = new Refusal();
  /** Told of each request that finds a zone below its low mark; order and class (zone type) are those it asked for. */
  onWakeKswapd: (order: number, classIndex: number) => void = () => undefined;
  readonly pool: CriticalPool;
  /** Who took the lower half of the reserve. */
  readonly below: BelowHalf;
  readonly #attempts: Attempts;

  readonly #zones: MachineZones;
  readonly #pcpOrderMax: number;
  /** The zone that ordinary requests would like best. */
  readonly #best: ZoneRig;
  readonly #bestStartPfn: number;
  /** Migratetype by the two bits of a mask that decide it. */
  readonly #typeByGfp: Uint8Array;
  readonly #kind: Uint8Array;
  readonly #order: Uint8Array;
  readonly #flags: Uint16Array;
  readonly #pagesByKind: Int32Array;
  readonly #blockType: Uint8Array;

  constructor(spec: PageAllocatorSpec) {
    this.era = spec.era;
    this.frames = spec.frames;
    this.current = spec.current;
    this.reserve = spec.reserve;
    this.#zones = new MachineZones(spec);
    this.#best = this.#zones.best;
    this.#typeByGfp = Uint8Array.from([0, 1, 2, 3], (bits) => migratetypeOf(bits << 3, spec.era));
    this.#bestStartPfn = this.#best.zone.startPfn;
    this.#kind = spec.frames.kind;
    this.#order = spec.frames.order;
    this.#flags = spec.frames.flags;
    this.#blockType = this.#zones.blockType;
    this.#pagesByKind = spec.frames.pagesByKind;
    this.#pcpOrderMax = pcpOrderMax[spec.era];
    this.#attempts = new Attempts({
      ...spec,
      zones: this.#zones,
      current: spec.current,
      onBoost: (classIndex) => this.onWakeKswapd(0, classIndex),
    });
    this.below = this.#attempts.below;
    this.pool = new CriticalPool(spec);
    this.pool.fill(() => this.alloc(0, GFP_KERNEL, PAGE_KIND.kernel));
  }

  /** Lowest first. */
  get zones(): readonly Zone[] {
    return this.#zones.zones;
  }

  /** Free pages of all zones; those on per-CPU lists are not among them. */
  get freePages(): number {
    let pages = 0;
    for (const zone of this.#zones.zones) pages += zone.freePages;
    return pages;
  }

  /** Every page on a per-CPU list, once for each block; for those who check that a page is in one place. */
  perCpuPfns(): number[] {
    return this.#zones.perCpuPfns();
  }

  get managedPages(): number {
    return this.#zones.managedPages;
  }

  /** vm.min_free_kbytes. */
  get minFreeKiB(): number {
    return this.#zones.minFreeKiB;
  }

  /** nr_free_buffer_pages() as of now: what socket and dirty limits are computed of, in pages. */
  get freeBufferPages(): number {
    return this.#zones.freeBufferPages;
  }

  /** A block of 2^order pages, or null. Its frames have kind `kind`; the head's flags are 0 or PG_PFMEMALLOC. */
  alloc(order: number, gfp: Gfp, kind: PageKind): Pfn | null {
    if (order !== 0 || (gfp & (__GFP_DMA | __GFP_DMA32)) !== 0)
      return this.#allocBlock(order, gfp, kind);
    // The short way: one page of this CPU's, while the best zone is above its low mark.
    const { zone, perCpu } = this.#best;
    const lowPages = zone.watermark.lowPages + zone.boostPages + zone.emergencyPages;
    if (zone.freePages - zone.highatomicPages <= lowPages) return this.#allocBlock(0, gfp, kind);
    const type = this.#typeByGfp[(gfp >> 3) & 3] ?? 0;
    const page = perCpu[this.current.cpu]?.takePage(type) ?? -1;
    if (page < 0) return this.#allocBlock(0, gfp, kind);
    const counts = this.#pagesByKind;
    counts[PAGE_KIND.perCpu] = (counts[PAGE_KIND.perCpu] ?? 0) - 1;
    counts[kind] = (counts[kind] ?? 0) + 1;
    this.#kind[page] = kind;
    return asPfn(page);
  }

  #allocBlock(order: number, gfp: Gfp, kind: PageKind): Pfn | null {
    const kswapd = gfp & __GFP_KSWAPD_RECLAIM;
    const flags = ALLOC_WMARK_LOW | kswapd | this.#zones.noFragment[classOf(gfp)];
    const pfn = this.allocWithFlags(order, gfp, kind, flags);
    return pfn ?? this.allocSlow(order, gfp, kind);
  }

  /** The attempts below the low mark: kswapd is woken, then min, then the reserve if the request has the right. */
  allocSlow(order: number, gfp: Gfp, kind: PageKind): Pfn | null {
    if ((gfp & __GFP_KSWAPD_RECLAIM) !== 0) this.onWakeKswapd(order, classOf(gfp));
    let flags = gfpToAllocFlags(this, gfp, order);
    let pfn = this.allocWithFlags(order, gfp, kind, flags);
    if (pfn !== null) return pfn;
    const rights = reserveFlags(this, gfp);
    if (rights !== 0) {
      flags = rights | (flags & ALLOC_KSWAPD);
      pfn = this.allocWithFlags(order, gfp, kind, flags);
    }
    if (pfn === null && order === 0) pfn = this.pool.take(gfp, kind);
    if (pfn === null) this.#noteRefusal(order, gfp, flags);
    return pfn;
  }

  /** One attempt at one mark, no rights and no kswapd. "high" is the OOM killer's last look before it kills. */
  allocAt(mark: "min" | "low" | "high", order: number, gfp: Gfp, kind: PageKind): Pfn | null {
    const flags = markFlags[mark];
    const pfn = this.allocWithFlags(order, gfp, kind, flags);
    if (pfn === null) this.#noteRefusal(order, gfp, flags);
    return pfn;
  }

  /** One attempt at the free lists with these ALLOC_* flags. Linux: get_page_from_freelist(). */
  allocWithFlags(order: number, gfp: Gfp, kind: PageKind, allocFlags: number): Pfn | null {
    const pfn = this.#attempts.take(order, gfp, kind, allocFlags);
    return pfn < 0 ? null : asPfn(pfn);
  }

  /** Give a block back, by its head. It must be on no list and have an owner. */
  free(pfn: Pfn): void {
    const kind = this.#kind[pfn] ?? PAGE_KIND.reserved;
    assert(kind > PAGE_KIND.perCpu && kind < PAGE_KIND.reserved, "what is freed was in use");
    const flags = this.#flags[pfn] ?? 0;
    if (flags !== 0) this.#clearFlags(pfn, flags);
    if (kind <= PAGE_KIND.slab) this.#disown(pfn);
    if (this.pool.keep(pfn)) return;
    const isQuick = this.#order[pfn] === 0 && pfn >= this.#bestStartPfn;
    const type = this.#blockType[pfn >> PAGEBLOCK_ORDER] ?? 0;
    const isKept = isQuick && this.#best.perCpu[this.current.cpu]?.putPage(pfn, type) === true;
    if (!isKept) {
      this.#freeBlock(pfn, type);
      return;
    }
    const counts = this.#pagesByKind;
    counts[kind] = (counts[kind] ?? 0) - 1;
    counts[PAGE_KIND.perCpu] = (counts[PAGE_KIND.perCpu] ?? 0) + 1;
    this.#kind[pfn] = PAGE_KIND.perCpu;
  }

  #clearFlags(pfn: number, flags: number): void {
    assert(
      (flags & (PG_LRU | PG_LOCKED | PG_WRITEBACK)) === 0,
      "what is freed is off its list and idle",
    );
    this.#flags[pfn] = 0;
  }

  #freeBlock(pfn: number, type: number): void {
    const { frames } = this;
    const rig = this.#zones.rigOf(pfn);
    const order = frames.order[pfn] ?? MAX_ORDER;
    assert(order < MAX_ORDER, "what is freed heads a block");
    const pages = 1 << order;
    frames.countKind(frames.kind[pfn] ?? 0, -pages);
    if (order > this.#pcpOrderMax) {
      frames.countKind(PAGE_KIND.free, pages);
      rig.buddy.put(pfn, order, type);
      return;
    }
    frames.countKind(PAGE_KIND.perCpu, pages);
    fillKind(frames.kind, pfn, pages, PAGE_KIND.perCpu);
    rig.pcp(this.current.cpu).put(pfn, order, type);
  }

  /** Whether a zone passes a mark, in pages, for a request of this order and class. For kswapd, compaction, OOM. */
  watermarkOk(
    zone: Zone,
    order: number,
    markPages: number,
    classIndex: number,
    allocFlags: number,
  ): boolean {
    const rig = this.#zones.rigOf(zone.startPfn);
    return zoneWatermarkOk(rig, order, markPages, classIndex, allocFlags);
  }

  /** How many more pages would have to be free in some zone for one to be had with this mask; 1 where that is not all. */
  lackPages(gfp: Gfp): number {
    const flags = gfpToAllocFlags(this, gfp, 0);
    if (reserveFlags(this, gfp) !== 0) return 1;
    const classIndex = classOf(gfp);
    const lacks = (this.#zones.zonelist[classIndex] ?? []).map(({ zone }) => {
      const floor = floorPages(this.era, markOf(zone, flags), flags);
      return floor + (zone.reservePages[classIndex] ?? 0) + 1 - zone.freePages;
    });
    return Math.max(1, Math.min(...lacks));
  }

  /** Whether kswapd is done with a zone: above high, boost included. */
  isBalanced(zone: Zone, order = 0, classIndex = CLASS_NORMAL): boolean {
    return this.watermarkOk(zone, order, zone.highPages, classIndex, ALLOC_WMARK_HIGH);
  }

  /** The same for a zone by its place in `zones`. */
  isZoneBalanced(zoneIndex: number, order = 0): boolean {
    const zone = this.zones[zoneIndex];
    return zone !== undefined && this.isBalanced(zone, order);
  }

  /** The place in `zones` of the zone that a frame belongs to. */
  zoneIndexOf(pfn: number): number {
    return this.#zones.rigOf(pfn).place;
  }

  /** Marks of all zones together, boost included, in pages. */
  get totalWatermark(): Watermarks {
    let [minPages, lowPages, highPages] = [0, 0, 0];
    for (const zone of this.zones) {
      minPages += zone.minPages;
      lowPages += zone.lowPages;
      highPages += zone.highPages;
    }
    return { minPages, lowPages, highPages };
  }

  /** Take `boostPages` off a zone's marks: kswapd has ended the pass that they called for. */
  unboost(zoneIndex: number, boostPages: number): void {
    const zone = this.zones[zoneIndex];
    if (zone !== undefined) zone.boostPages -= Math.min(zone.boostPages, boostPages);
  }

  /** Give all per-CPU pages back. Linux: drain_all_pages(). */
  drainPerCpu(): void {
    this.#zones.drainPerCpu();
  }

  /**
   * Give one HIGHATOMIC block back to requests like `gfp`: whether that freed pages.
   * Without force the last block of a zone stays. Linux: unreserve_highatomic_pageblock().
   */
  unreserveHighatomic(force: boolean, gfp: Gfp = GFP_KERNEL): boolean {
    const type = migratetypeOf(gfp, this.era);
    const rigs = this.#zones.zonelist[classOf(gfp)] ?? [];
    return this.era === "6.1" && rigs.some((rig) => rig.fallback.unreserveHighatomic(force, type));
  }

  /** vm.min_free_kbytes at run time. */
  setMinFreeKiB(kib: number): void {
    this.#zones.setMinFreeKiB(kib);
  }

  /** Keep so many pages above every mark for those who may ignore marks. Zijlstra: adjust_memalloc_reserve(), 2007. */
  setEmergencyPages(pages: number): void {
    this.#zones.setEmergencyPages(pages);
    if (pages > 0) this.onWakeKswapd(0, CLASS_NORMAL);
  }

  /** Free blocks of each order in a zone, as /proc/buddyinfo. */
  freeBlocks(zone: Zone): Int32Array {
    return this.#zones.rigOf(zone.startPfn).buddy.freeBlocks;
  }

  /** Free pages in HIGHATOMIC blocks, out of reach of most requests. */
  freeHighatomicPages(): number {
    let pages = 0;
    for (const zone of this.zones)
      pages += this.#zones.rigOf(zone.startPfn).buddy.freePagesOfType(MIGRATE_HIGHATOMIC);
    return pages;
  }

  /** Blocks that were taken from another migratetype since boot. */
  get stealCount(): number {
    return this.#zones.stealCount;
  }

  save(): PageAllocatorState {
    return {
      zones: this.#zones.save(),
      lastRefusal: this.lastRefusal.save(),
      pool: this.pool.save(),
      below: this.below.save(),
    };
  }

  /** Into an allocator of the same spec, whose frames are loaded too. */
  load(state: PageAllocatorState): void {
    this.#zones.load(state.zones);
    this.lastRefusal.load(state.lastRefusal);
    this.pool.load(state.pool);
    this.below.load(state.below);
  }

  #disown(pfn: number): void {
    const { frames } = this;
    frames.mapping[pfn] = -1;
    frames.index[pfn] = -1;
    frames.slot[pfn] = -1;
    frames.stamp[pfn] = 0;
  }

  #noteRefusal(order: number, gfp: Gfp, allocFlags: number): void {
    const classIndex = classOf(gfp);
    const first = this.#zones.zonelist[classIndex]?.[0];
    if (first === undefined) return;
    this.lastRefusal.note({ era: this.era, order, gfp, classIndex, allocFlags }, first.zone);
  }
}

export interface PageAllocatorState {
  readonly zones: MachineZonesState;
  readonly lastRefusal: RefusalState;
  readonly below: BelowHalfState;
  /** Pages kept apart. */
  readonly pool: readonly number[];
}

const markFlags = {
  min: ALLOC_WMARK_MIN,
  low: ALLOC_WMARK_LOW,
  high: ALLOC_WMARK_HIGH,
} as const;
