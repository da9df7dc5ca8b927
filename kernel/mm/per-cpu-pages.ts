// Each CPU's small stock of pages of one zone, so that most requests touch no shared list.
//
// Pages here are not counted free: no mark sees them, and until they are drained nobody else gets them.
// Linux: struct per_cpu_pages; mm/page_alloc.c: rmqueue_pcplist, free_unref_page_commit, nr_pcp_high, nr_pcp_free,
// free_pcppages_bulk, zone_batchsize, zone_highsize (6.1); buffered_rmqueue, free_hot_cold_page, setup_pageset (3.6,
// 2.6.12). 6.1 keeps orders 0 to 3 here, older kernels order 0 only.
//
// Not modelled: the list of huge pages, cold pages (2.6.12), draining by the vmstat worker (one node has no remote
// zones), percpu_pagelist_high_fraction.

import type { Era } from "../era.ts";
import type { Buddy } from "./buddy.ts";
import type { Fallback } from "./fallback.ts";
import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES } from "./migratetype.ts";
import { PAGE_KIND, type PageFrames } from "./page-frames.ts";
import { addHead, addTail, unlink } from "./page-list.ts";
import type { Zone } from "./zone.ts";

/** Largest order with lists of its own, by era. Linux: pcp_allowed_order(). */
export const pcpOrderMax = { "2.6.12": 0, "3.x": 0, "6.1": 3 } as const;
/** Times that a batch may double while pages are only freed. Linux: CONFIG_PCP_BATCH_SCALE_MAX. */
const BATCH_SCALE_MAX = 5;

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
  /** Doublings of the batch since pages were last taken (6.1). */
  #freeFactor = 0;
  readonly #era: Era;
  readonly #zone: Zone;
  readonly #frames: PageFrames;
  readonly #buddy: Buddy;
  readonly #fallback: Fallback;
  /** List head of each (order, type), at order × MIGRATE_PCPTYPES + type. */
  readonly #heads: Int32Array;

  constructor(spec: PerCpuSpec) {
    this.#era = spec.era;
    this.#zone = spec.zone;
    this.#frames = spec.frames;
    this.#buddy = spec.buddy;
    this.#fallback = spec.fallback;
    this.#heads = new Int32Array((pcpOrderMax[spec.era] + 1) * MIGRATE_PCPTYPES);
    for (let i = 0; i < this.#heads.length; i++) this.#heads[i] = spec.frames.newList();
  }

  /** Fit batch and high to the zone's size and marks. */
  resize(cpuCount: number): void {
    this.batchPages = batchPagesOf(this.#era, this.#zone.managedPages);
    this.highPages =
      this.#era === "6.1"
        ? Math.max(Math.floor(this.#zone.lowPages / cpuCount), this.batchPages * 4)
        : 6 * this.batchPages;
  }

  /** A block from the list of (order, type), refilled if need be; -1 if the zone has none. Its kind stays `perCpu`. */
  take(order: number, type: number, allocFlags: number): number {
    const { next, prev } = this.#frames;
    const head = this.#heads[order * MIGRATE_PCPTYPES + type] ?? 0;
    this.#freeFactor >>= 1;
    const isLow = this.#era === "2.6.12" && this.countPages <= 2 * this.batchPages;
    let pfn = next[head] ?? head;
    if (pfn === head || isLow) {
      this.#refill({ head, order, type }, allocFlags);
      pfn = next[head] ?? head;
      if (pfn === head) return -1;
    }
    unlink(next, prev, pfn);
    this.countPages -= 1 << order;
    return pfn;
  }

  /** Keep a freed block, whose kind is `perCpu` already; give some back if there are too many. */
  put(pfn: number, order: number, type: number): void {
    const { next, prev, index } = this.#frames;
    const isOlder = this.#era === "2.6.12";
    if (isOlder && this.countPages >= this.highPages) this.#give(this.batchPages, 0);
    index[pfn] = type;
    // HIGHATOMIC and RESERVE pages wait among the movable ones and go home by the type they carry.
    const listType = type < MIGRATE_PCPTYPES ? type : MIGRATE_MOVABLE;
    const list = order * MIGRATE_PCPTYPES + listType;
    addHead(next, prev, this.#heads[list] ?? 0, pfn);
    this.countPages += 1 << order;
    if (isOlder) return;
    if (this.#era === "3.x") {
      if (this.countPages >= this.highPages) this.#give(this.batchPages, 0);
    } else this.#trim(order, list);
  }

  /** Give everything back to the zone. Linux: drain_all_pages(). */
  drain(): void {
    this.#give(this.countPages, 0);
  }

  #refill(
    list: { readonly head: number; readonly order: number; readonly type: number },
    allocFlags: number,
  ): void {
    const { next, prev, kind, index } = this.#frames;
    const { order, type } = list;
    const blocks = this.batchPages > 1 ? Math.max(this.batchPages >> order, 2) : 1;
    for (let i = 0; i < blocks; i++) {
      const pfn = this.#fallback.take(order, type, allocFlags);
      if (pfn < 0) break;
      const pages = 1 << order;
      kind.fill(PAGE_KIND.perCpu, pfn, pfn + pages);
      this.#frames.countKind(PAGE_KIND.free, -pages);
      this.#frames.countKind(PAGE_KIND.perCpu, pages);
      index[pfn] = type;
      addTail(next, prev, list.head, pfn);
      this.countPages += pages;
    }
  }

  /** Linux: the second half of free_unref_page_commit(). */
  #trim(order: number, list: number): void {
    // Large blocks are not hoarded while pages are only freed.
    const freeAll = this.#freeFactor > 0 && order > 0;
    const isShort = this.#zone.isReclaimActive;
    const high = isShort ? Math.min(this.batchPages << 2, this.highPages) : this.highPages;
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
      const head = this.#heads[at] ?? 0;
      const order = Math.floor(at / MIGRATE_PCPTYPES);
      left = this.#giveList(head, order, left);
      at = (at + 1) % this.#heads.length;
    }
  }

  /** Give back from the tail of one list: pages still to be given. */
  #giveList(head: number, order: number, pages: number): number {
    const { next, prev, index } = this.#frames;
    const size = 1 << order;
    let left = pages;
    for (let pfn = prev[head] ?? head; left > 0 && pfn !== head; pfn = prev[head] ?? head) {
      unlink(next, prev, pfn);
      this.countPages -= size;
      left -= size;
      this.#frames.countKind(PAGE_KIND.perCpu, -size);
      this.#frames.countKind(PAGE_KIND.free, size);
      this.#buddy.put(pfn, order, index[pfn] ?? 0);
    }
    return left;
  }

  save(): readonly number[] {
    return [this.countPages, this.highPages, this.batchPages, this.#freeFactor];
  }

  load([count = 0, high = 0, batch = 1, freeFactor = 0]: readonly number[]): void {
    this.countPages = count;
    this.highPages = high;
    this.batchPages = batch;
    this.#freeFactor = freeFactor;
  }
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
