// The free blocks of one zone, by order and migratetype: split on demand, merged when freed.
//
// A free block is known by its head: kind `free` and an order. Its other frames have no order, so looking at a buddy
// takes two loads. Every frame of a free block has kind `free`; whoever takes a block writes its kind.
// Linux: mm/page_alloc.c: __rmqueue_smallest, expand, __free_one_page, buddy_merge_likely, move_freepages_block.
//
// Not modelled: page reporting, guard pages, shuffled lists, capture by compaction.

import { assert } from "#base/assert.ts";
import type { Era } from "../era.ts";
import {
  MIGRATE_HIGHATOMIC,
  MIGRATE_PCPTYPES,
  MIGRATE_TYPES,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
} from "./migratetype.ts";
import { fillKind, NO_ORDER, PAGE_KIND, type PageFrames } from "./page-frames.ts";
import { addHead, addTail, unlink } from "./page-list.ts";
import { MAX_ORDER, type Zone } from "./zone.ts";

const FREE = PAGE_KIND.free;

export interface BuddySpec {
  readonly zone: Zone;
  readonly frames: PageFrames;
  /** Migratetype of each pageblock of the machine, by pfn >> PAGEBLOCK_ORDER. */
  readonly blockType: Uint8Array;
  readonly era: Era;
}

export class Buddy {
  readonly zone: Zone;
  readonly blockType: Uint8Array;
  /** Free blocks of each order, all types together. Linux: free_area[order].nr_free. */
  readonly freeBlocks = new Int32Array(MAX_ORDER);
  /** Movable pages met by the last movePageblock that were not free. */
  movablePages = 0;
  readonly #kind: Uint8Array;
  readonly #order: Uint8Array;
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  /** List head of each (order, type), at order × MIGRATE_TYPES + type. */
  readonly #heads: Int32Array;
  /** Merging blocks go to the tail, where they stay longer: since 2.6.35. */
  readonly #mayGoToTail: boolean;
  readonly #keepsHighatomic: boolean;

  constructor({ zone, frames, blockType, era }: BuddySpec) {
    this.zone = zone;
    this.blockType = blockType;
    this.#kind = frames.kind;
    this.#order = frames.order;
    this.#next = frames.next;
    this.#prev = frames.prev;
    this.#heads = new Int32Array(MAX_ORDER * MIGRATE_TYPES);
    for (let i = 0; i < this.#heads.length; i++) this.#heads[i] = frames.newList();
    this.#mayGoToTail = era !== "2.6.12";
    this.#keepsHighatomic = era === "6.1";
  }

  /** The smallest free block of the type that is large enough, split to `order`; -1 if there is none. */
  takeSmallest(order: number, type: number): number {
    const next = this.#next;
    for (let o = order; o < MAX_ORDER; o++) {
      const head = this.#heads[o * MIGRATE_TYPES + type] ?? 0;
      const pfn = next[head] ?? head;
      if (pfn === head) continue;
      unlink(next, this.#prev, pfn);
      this.freeBlocks[o] = (this.freeBlocks[o] ?? 0) - 1;
      if (o > order) this.#split(pfn, o, { order, type });
      this.zone.freePages -= 1 << order;
      return pfn;
    }
    return -1;
  }

  /** Give a block back, merged with every free buddy. Its frames must be of no free list. */
  put(pfn: number, order: number, type: number): void {
    this.zone.freePages += 1 << order;
    fillKind(this.#kind, pfn, 1 << order, FREE);
    let head = pfn;
    let o = order;
    let buddy = head ^ (1 << o);
    while (o < MAX_ORDER - 1 && this.#mayMerge(buddy, o, type)) {
      unlink(this.#next, this.#prev, buddy);
      this.freeBlocks[o] = (this.freeBlocks[o] ?? 0) - 1;
      this.#order[head] = NO_ORDER;
      this.#order[buddy] = NO_ORDER;
      head &= buddy;
      o++;
      buddy = head ^ (1 << o);
    }
    this.#order[head] = o;
    this.freeBlocks[o] = (this.freeBlocks[o] ?? 0) + 1;
    const list = this.#heads[o * MIGRATE_TYPES + type] ?? 0;
    if (this.#isMergeLikely(head & buddy, o)) addTail(this.#next, this.#prev, list, head);
    else addHead(this.#next, this.#prev, list, head);
  }

  /** Whether a block of at least `order` is free for an ordinary request, or in HIGHATOMIC blocks. */
  hasBlock(order: number, mayUseHighatomic: boolean): boolean {
    for (let o = order; o < MAX_ORDER; o++) {
      if ((this.freeBlocks[o] ?? 0) === 0) continue;
      for (let type = 0; type < MIGRATE_PCPTYPES; type++) if (this.first(o, type) >= 0) return true;
      if (mayUseHighatomic && this.first(o, MIGRATE_HIGHATOMIC) >= 0) return true;
    }
    return false;
  }

  /** The first free block of this very order and type; -1 if there is none. */
  first(order: number, type: number): number {
    const head = this.#heads[order * MIGRATE_TYPES + type] ?? 0;
    const pfn = this.#next[head] ?? head;
    return pfn === head ? -1 : pfn;
  }

  /** Move a free block to the tail of another type's list. */
  moveBlock(pfn: number, type: number): void {
    const order = this.#order[pfn] ?? 0;
    unlink(this.#next, this.#prev, pfn);
    addTail(this.#next, this.#prev, this.#heads[order * MIGRATE_TYPES + type] ?? 0, pfn);
  }

  /** Move all free blocks of the pageblock around `pfn` to another type's lists: pages moved. */
  movePageblock(pfn: number, type: number): number {
    const start = pfn & ~(PAGEBLOCK_PAGES - 1);
    let moved = 0;
    this.movablePages = 0;
    for (let at = start; at < start + PAGEBLOCK_PAGES; ) {
      const kind = this.#kind[at] ?? 0;
      const order = this.#order[at] ?? NO_ORDER;
      if (kind === FREE && order !== NO_ORDER) {
        this.moveBlock(at, type);
        moved += 1 << order;
        at += 1 << order;
        continue;
      }
      if (kind === PAGE_KIND.anon || kind === PAGE_KIND.file) this.movablePages++;
      at++;
    }
    return moved;
  }

  /** Migratetype of the pageblock that holds `pfn`. */
  typeOf(pfn: number): number {
    return this.blockType[pfn >> PAGEBLOCK_ORDER] ?? 0;
  }

  setType(pfn: number, type: number): void {
    this.blockType[pfn >> PAGEBLOCK_ORDER] = type;
  }

  orderOf(pfn: number): number {
    return this.#order[pfn] ?? 0;
  }

  /** Free pages on the lists of one type; walks them. */
  freePagesOfType(type: number): number {
    let pages = 0;
    for (let order = 0; order < MAX_ORDER; order++) {
      const head = this.#heads[order * MIGRATE_TYPES + type] ?? 0;
      for (let pfn = this.#next[head] ?? head; pfn !== head; pfn = this.#next[pfn] ?? head)
        pages += 1 << order;
    }
    return pages;
  }

  #split(pfn: number, from: number, to: { readonly order: number; readonly type: number }): void {
    for (let o = from - 1; o >= to.order; o--) {
      const upper = pfn + (1 << o);
      this.#order[upper] = o;
      this.freeBlocks[o] = (this.freeBlocks[o] ?? 0) + 1;
      addHead(this.#next, this.#prev, this.#heads[o * MIGRATE_TYPES + to.type] ?? 0, upper);
    }
    this.#order[pfn] = to.order;
  }

  #mayMerge(buddy: number, order: number, type: number): boolean {
    if (this.#kind[buddy] !== FREE || this.#order[buddy] !== order) return false;
    if (order < PAGEBLOCK_ORDER || !this.#keepsHighatomic) return true;
    // A HIGHATOMIC pageblock must stay countable: it merges with its like only.
    const other = this.typeOf(buddy);
    return other === type || (type !== MIGRATE_HIGHATOMIC && other !== MIGRATE_HIGHATOMIC);
  }

  /** Whether the next larger buddy is free already, so that this block will soon be part of a larger one. */
  #isMergeLikely(combined: number, order: number): boolean {
    if (!this.#mayGoToTail || order >= MAX_ORDER - 2) return false;
    const above = combined ^ (1 << (order + 1));
    return this.#kind[above] === FREE && this.#order[above] === order + 1;
  }

  save(): Int32Array {
    return this.freeBlocks.slice();
  }

  load(state: Int32Array): void {
    assert(state.length === MAX_ORDER, "one count an order");
    this.freeBlocks.set(state);
  }
}
