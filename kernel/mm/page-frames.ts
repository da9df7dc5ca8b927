// The machine's page frames: one struct page each, kept as lanes of typed arrays.
//
// A frame costs 29 bytes here, so a machine of 2 GiB costs 15 MiB and is made in milliseconds. A frame is on one list at
// most (a free list, an LRU list, a list of slabs), so all lists share `next` and `prev`; list heads are slots past the
// last frame. Linux: include/linux/mm_types.h, include/linux/page-flags.h.
//
// Not modelled: reference and map counts (a page has one owner, rmap is `mapping` and `index`), compound tails (the
// head carries the order), NUMA nodes.

import { assert } from "#base/assert.ts";

export const PG_LOCKED = 1 << 0;
export const PG_DIRTY = 1 << 1;
export const PG_WRITEBACK = 1 << 2;
export const PG_REFERENCED = 1 << 3;
/** The accessed bit of the page table entry: set by a touch, read and cleared by reclaim. */
export const PG_YOUNG = 1 << 4;
export const PG_ACTIVE = 1 << 5;
export const PG_SWAPCACHE = 1 << 6;
/** To be moved to the tail of the inactive list when its write ends. */
export const PG_RECLAIM = 1 << 7;
/** The allocation had to ignore the marks to get it; cleared when it is freed. */
export const PG_PFMEMALLOC = 1 << 8;
export const PG_UPTODATE = 1 << 9;
export const PG_ERROR = 1 << 10;
export const PG_MLOCKED = 1 << 11;
/** A page table entry points at it. */
export const PG_MAPPED = 1 << 12;
export const PG_READAHEAD = 1 << 13;
/** On an LRU list. */
export const PG_LRU = 1 << 14;

/** Who holds a frame. `reserved` frames belong to no zone's managed pages: firmware, kernel image, page structs. */
export const PAGE_KIND = {
  free: 0,
  perCpu: 1,
  anon: 2,
  file: 3,
  slab: 4,
  skb: 5,
  kernel: 6,
  pageTable: 7,
  buffer: 8,
  reserved: 9,
} as const;
export type PageKindName = keyof typeof PAGE_KIND;
/** One of the values of PAGE_KIND. */
export type PageKind = (typeof PAGE_KIND)[PageKindName];
/** Names by value. */
export const kindNames: readonly PageKindName[] = [
  "free",
  "perCpu",
  "anon",
  "file",
  "slab",
  "skb",
  "kernel",
  "pageTable",
  "buffer",
  "reserved",
];

/** `order` of a frame that heads no block. */
export const NO_ORDER = 0xff;
/** Slots for list heads: free lists, per-CPU lists, LRU lists, partial slabs. 64 CPUs and 30 caches need 4400. */
const LIST_HEADS = 6144;

export class PageFrames {
  readonly count: number;
  /** PG_* bits; 0 while free. */
  readonly flags: Uint16Array<ArrayBuffer>;
  /** PAGE_KIND of every frame, tails of a block included. */
  readonly kind: Uint8Array<ArrayBuffer>;
  /** log2 of the pages in the block that this frame heads; NO_ORDER for tails. */
  readonly order: Uint8Array<ArrayBuffer>;
  readonly next: Int32Array<ArrayBuffer>;
  readonly prev: Int32Array<ArrayBuffer>;
  /** Which LRU list, by its number + 1; 0 for none. Kept by Lru. */
  readonly lruList: Uint8Array<ArrayBuffer>;
  /** Id of the owner: address space, file, slab cache; -1 when freed. */
  readonly mapping: Int32Array<ArrayBuffer>;
  /** Virtual page or page of the file; -1 when freed. */
  readonly index: Int32Array<ArrayBuffer>;
  /** Swap slot; -1 is none. */
  readonly slot: Int32Array<ArrayBuffer>;
  /** Version of the content. */
  readonly stamp: Uint32Array<ArrayBuffer>;
  /** Frames of each kind; the sum is `count`. */
  readonly pagesByKind = new Int32Array(kindNames.length);
  #lists = 0;

  constructor(count: number) {
    assert(Number.isInteger(count) && count > 0, "a machine has frames");
    this.count = count;
    this.flags = new Uint16Array(count);
    this.kind = new Uint8Array(count).fill(PAGE_KIND.reserved);
    this.order = new Uint8Array(count).fill(NO_ORDER);
    this.next = new Int32Array(count + LIST_HEADS).fill(-1);
    this.prev = new Int32Array(count + LIST_HEADS).fill(-1);
    // Heads are empty rings from the start, so that lists may be made before or after a state is loaded.
    for (let head = count; head < count + LIST_HEADS; head++) {
      this.next[head] = head;
      this.prev[head] = head;
    }
    this.lruList = new Uint8Array(count);
    this.mapping = new Int32Array(count).fill(-1);
    this.index = new Int32Array(count).fill(-1);
    this.slot = new Int32Array(count).fill(-1);
    this.stamp = new Uint32Array(count);
    this.pagesByKind[PAGE_KIND.reserved] = count;
  }

  /** Frames of one kind, in pages. */
  pagesOf(kind: PageKindName): number {
    return this.pagesByKind[PAGE_KIND[kind]] ?? 0;
  }

  /** Give a whole block, by its head, to another kind of owner. */
  setKind(pfn: number, kind: PageKind): void {
    const order = this.order[pfn] ?? NO_ORDER;
    assert(order !== NO_ORDER, "a block is named by its head");
    const pages = 1 << order;
    this.countKind(this.kind[pfn] ?? 0, -pages);
    this.countKind(kind, pages);
    fillKind(this.kind, pfn, pages, kind);
  }

  /** Add `pages` to the count of a kind. For the allocator, which writes `kind` itself. */
  countKind(kind: number, pages: number): void {
    this.pagesByKind[kind] = (this.pagesByKind[kind] ?? 0) + pages;
  }

  /** A new empty list: its head, a slot of `next` and `prev` past the frames. */
  newList(): number {
    assert(this.#lists < LIST_HEADS, "there is a slot for each list");
    return this.count + this.#lists++;
  }

  save(): PageFramesState {
    return {
      flags: this.flags.slice(),
      kind: this.kind.slice(),
      order: this.order.slice(),
      next: this.next.slice(),
      prev: this.prev.slice(),
      lruList: this.lruList.slice(),
      mapping: this.mapping.slice(),
      index: this.index.slice(),
      slot: this.slot.slice(),
      stamp: this.stamp.slice(),
      pagesByKind: this.pagesByKind.slice(),
    };
  }

  /** Into frames of the same count, on which the same lists are made in the same order, before or after. */
  load(state: PageFramesState): void {
    assert(state.kind.length === this.count, "a state is loaded into as many frames");
    this.flags.set(state.flags);
    this.kind.set(state.kind);
    this.order.set(state.order);
    this.next.set(state.next);
    this.prev.set(state.prev);
    this.lruList.set(state.lruList);
    this.mapping.set(state.mapping);
    this.index.set(state.index);
    this.slot.set(state.slot);
    this.stamp.set(state.stamp);
    this.pagesByKind.set(state.pagesByKind);
  }
}

/** Write the kind of `pages` frames. A call of fill() costs more than it saves on blocks as small as most are. */
export function fillKind(kinds: Uint8Array, pfn: number, pages: number, kind: number): void {
  if (pages > 16) kinds.fill(kind, pfn, pfn + pages);
  else for (let at = pfn; at < pfn + pages; at++) kinds[at] = kind;
}

export interface PageFramesState {
  readonly flags: Uint16Array;
  readonly kind: Uint8Array;
  readonly order: Uint8Array;
  readonly next: Int32Array;
  readonly prev: Int32Array;
  readonly lruList: Uint8Array;
  readonly mapping: Int32Array;
  readonly index: Int32Array;
  readonly slot: Int32Array;
  readonly stamp: Uint32Array;
  readonly pagesByKind: Int32Array;
}
