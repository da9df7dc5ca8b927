// Each CPU's small stock of pages of one zone, so that most requests touch no shared list.
//
// Pages here are not counted free: no mark sees them, and until they are drained nobody else gets them.
// Linux: struct per_cpu_pages; mm/page_alloc.c: rmqueue_pcplist, free_unref_page_commit, nr_pcp_high, nr_pcp_free,
// free_pcppages_bulk, zone_batchsize, zone_highsize (6.1); buffered_rmqueue, free_hot_cold_page, setup_pageset (3.6,
// 2.6.12). 6.1 keeps orders 0 to 3 here, older kernels order 0 only.
//
// Not modelled: the list of huge pages, cold pages (2.6.12), draining by the vmstat worker (one node has no remote
// zones), percpu_pagelist_high_fraction.

import { assert } from "#base/assert.ts";
import type { Era } from "../era.ts";
import type { Buddy } from "./buddy.ts";
import type { Fallback } from "./fallback.ts";
import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES, MIGRATE_TYPES } from "./migratetype.ts";
import { fillKind, PAGE_KIND, type PageFrames } from "./page-frames.ts";
import { PageRing } from "./page-ring.ts";
import type { Zone } from "./zone.ts";

/** Largest order with lists of its own, by era. Linux: pcp_allowed_order(). */
export const pcpOrderMax = { "2.6.12": 0, "3.x": 0, "6.1": 3 } as const;
/** Times that a batch may double while pages are only freed. Linux: CONFIG_PCP_BATCH_SCALE_MAX. */
const BATCH_SCALE_MAX = 5;
/** Bits of an entry that hold the migratetype. */
const TYPE_BITS = 2;

export interface PerCpuSpec {
  readonly era: Era;
  readonly zone: Zone;
  readonly frames: PageFrames;
  readonly buddy: Buddy;
  readonly fallback: Fallback;
}

export class PerCpuPages {
  /** Pages held. */
  countPages = 0;
  /** Pages at which some are given back. */
  highPages = 0;
  batchPages = 1;
  /** Pages at which it is refilled although there are some left (2.6.12); 0 else. */
  #lowPages = 0;
  /** Doublings of the batch since pages were last taken (6.1). */
  #freeFactor = 0;
  readonly #era: Era;
  readonly #zone: Zone;
  readonly #frames: PageFrames;
  readonly #buddy: Buddy;
  readonly #fallback: Fallback;
  /**
   * Pages of each (order, type), at order × MIGRATE_PCPTYPES + type. An entry is pfn × MIGRATE_TYPES and the type of the
   * free list that the page goes home to.
   */
  readonly #rings: readonly PageRing[];

  constructor(spec: PerCpuSpec) {
    this.#era = spec.era;
    this.#zone = spec.zone;
    this.#frames = spec.frames;
    this.#buddy = spec.buddy;
    this.#fallback = spec.fallback;
    const length = (pcpOrderMax[spec.era] + 1) * MIGRATE_PCPTYPES;
    this.#rings = Array.from({ length }, () => new PageRing());
  }

  /** Fit batch and high to the zone's size and marks. */
  resize(cpuCount: number): void {
    this.batchPages = batchPagesOf(this.#era, this.#zone.managedPages);
    this.highPages =
      this.#era === "6.1"
        ? Math.max(Math.floor(this.#zone.lowPages / cpuCount), this.batchPages * 4)
        : 6 * this.batchPages;
    this.#lowPages = this.#era === "2.6.12" ? 2 * this.batchPages : 0;
  }

  /** A single page if the list has one to spare; -1 if it must be refilled first. The short way of `take`. */
  takePage(type: number): number {
    const ring = this.#rings[type];
    if (ring === undefined || ring.bottom === ring.top || this.countPages <= this.#lowPages)
      return -1;
    this.countPages--;
    this.#freeFactor >>= 1;
    return ring.popNewest() >> TYPE_BITS;
  }

  /** Keep a freed page of an ordinary type if there is room; whether it was kept. The short way of `put`. */
  putPage(pfn: number, type: number): boolean {
    const ring = this.#rings[type];
    if (ring === undefined || type >= MIGRATE_PCPTYPES || this.#zone.isReclaimActive) return false;
    if (this.countPages + 1 >= this.highPages || ring.top - ring.bottom > ring.mask) return false;
    ring.pushNewest((pfn << TYPE_BITS) | type);
    this.countPages++;
    return true;
  }

  #ring(list: number): PageRing {
    const ring = this.#rings[list];
    assert(ring !== undefined, "there is a list for each order and type kept here");
    return ring;
  }

  /** Pages at which some are given back now: fewer while reclaim is at work. Linux: nr_pcp_high(). */
  #roomPages(): number {
    const { highPages } = this;
    return this.#zone.isReclaimActive ? Math.min(this.batchPages << 2, highPages) : highPages;
  }

  /** A block from the list of (order, type), refilled if need be; -1 if the zone has none. Its kind stays `perCpu`. */
  take(order: number, type: number, allocFlags: number): number {
    const ring = this.#ring(order * MIGRATE_PCPTYPES + type);
    this.#freeFactor >>= 1;
    if (ring.length === 0 || this.countPages <= this.#lowPages) {
      this.#refill({ ring, order, type }, allocFlags);
      if (ring.length === 0) return -1;
    }
    this.countPages -= 1 << order;
    return ring.popNewest() >> TYPE_BITS;
  }

  /** Keep a freed block, whose kind is `perCpu` already; give some back if there are too many. */
  put(pfn: number, order: number, type: number): void {
    const isOldest = this.#era === "2.6.12";
    if (isOldest && this.countPages >= this.highPages) this.#give(this.batchPages, 0);
    // HIGHATOMIC and RESERVE pages wait among the movable ones and go home by the type they carry.
    const listType = type < MIGRATE_PCPTYPES ? type : MIGRATE_MOVABLE;
    const list = order * MIGRATE_PCPTYPES + listType;
    this.#ring(list).pushNewest((pfn << TYPE_BITS) | type);
    this.countPages += 1 << order;
    if (this.#era === "6.1") this.#trim(order, list);
    else if (!isOldest && this.countPages >= this.highPages) this.#give(this.batchPages, 0);
  }

  /** Give everything back to the zone. Linux: drain_all_pages(). */
  drain(): void {
    this.#give(this.countPages, 0);
  }

  #refill(
    list: { readonly ring: PageRing; readonly order: number; readonly type: number },
    allocFlags: number,
  ): void {
    const { ring, order, type } = list;
    const pages = 1 << order;
    const blocks = this.batchPages > 1 ? Math.max(this.batchPages >> order, 2) : 1;
    for (let i = 0; i < blocks; i++) {
      const pfn = this.#fallback.take(order, type, allocFlags);
      if (pfn < 0) break;
      fillKind(this.#frames.kind, pfn, pages, PAGE_KIND.perCpu);
      this.#frames.countKind(PAGE_KIND.free, -pages);
      this.#frames.countKind(PAGE_KIND.perCpu, pages);
      ring.pushOldest((pfn << TYPE_BITS) | type);
      this.countPages += pages;
    }
  }

  /** Linux: the second half of free_unref_page_commit(). */
  #trim(order: number, list: number): void {
    // Large blocks are not hoarded while pages are only freed.
    const freeAll = this.#freeFactor > 0 && order > 0;
    const high = this.#roomPages();
    if (!freeAll && this.countPages < high) return;
    this.#give(freeAll ? this.countPages : this.#surplusPages(high), list);
  }

  /** How many to give back: twice as many each time in a row. Linux: nr_pcp_free(). */
  #surplusPages(highPages: number): number {
    const { batchPages } = this;
    if (highPages < batchPages) return 1;
    const most = highPages - batchPages;
    const pages = batchPages << this.#freeFactor;
    if (pages < most && this.#freeFactor < BATCH_SCALE_MAX) this.#freeFactor++;
    return Math.min(Math.max(pages, batchPages), most);
  }

  /** Give `pages` back, oldest first, list by list from `list` on. Linux: free_pcppages_bulk(). */
  #give(pages: number, list: number): void {
    let left = Math.min(pages, this.countPages);
    let at = list;
    while (left > 0) {
      left -= this.#giveList(this.#ring(at), Math.floor(at / MIGRATE_PCPTYPES), left);
      at = (at + 1) % this.#rings.length;
    }
  }

  /** Give back from one list until it is empty or `pages` are reached: pages given. */
  #giveList(ring: PageRing, order: number, pages: number): number {
    const size = 1 << order;
    let given = 0;
    while (given < pages && ring.length > 0) {
      const entry = ring.popOldest();
      given += size;
      this.#buddy.put(entry >> TYPE_BITS, order, entry & (MIGRATE_TYPES - 1));
    }
    this.countPages -= given;
    this.#frames.countKind(PAGE_KIND.perCpu, -given);
    this.#frames.countKind(PAGE_KIND.free, given);
    return given;
  }

  /** Entries of all lists, each oldest first; for those who check that every page is in one place. */
  pfns(): number[] {
    return this.#rings.flatMap((ring) => Array.from(ring.save(), (entry) => entry >> TYPE_BITS));
  }

  save(): PerCpuPagesState {
    const { countPages, highPages, batchPages } = this;
    const rings = this.#rings.map((ring) => ring.save());
    return {
      countPages,
      highPages,
      batchPages,
      lowPages: this.#lowPages,
      freeFactor: this.#freeFactor,
      rings,
    };
  }

  load(state: PerCpuPagesState): void {
    this.countPages = state.countPages;
    this.highPages = state.highPages;
    this.batchPages = state.batchPages;
    this.#lowPages = state.lowPages;
    this.#freeFactor = state.freeFactor;
    state.rings.forEach((entries, list) => {
      this.#ring(list).load(entries);
    });
  }
}

export interface PerCpuPagesState {
  readonly countPages: number;
  readonly highPages: number;
  readonly batchPages: number;
  readonly lowPages: number;
  readonly freeFactor: number;
  readonly rings: readonly Int32Array[];
}

/** Most bytes of a quarter batch, by era: 256 KiB, 512 KiB and 1 MiB before the division by 4. */
const batchPagesMax = { "2.6.12": 64, "3.x": 128, "6.1": 256 } as const;

/** Pages moved at a time: a 4096th of the zone, one less than a power of two, so that lists do not share page colours. */
function batchPagesOf(era: Era, managedPages: number): number {
  const share = Math.min(managedPages >> 10, batchPagesMax[era]) >> 2;
  const batch = Math.max(share, 1);
  const rounded = 1 << (31 - Math.clz32(batch + (batch >> 1)));
  return Math.max(rounded - 1, 1);
}
