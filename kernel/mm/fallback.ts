// Taking another type's free pages when one's own have run out, and the HIGHATOMIC blocks that protect large requests.
//
// Breaking into a pageblock of another type is how memory fragments for good; 6.1 answers by raising the zone's marks for
// a while (boost). Linux: mm/page_alloc.c: __rmqueue_fallback, steal_suitable_fallback, boost_watermark,
// reserve_highatomic_pageblock, unreserve_highatomic_pageblock (6.1.192).
//
// Not modelled: 3.6's slightly different rules of what is stolen whole (it follows 6.1's here, without the boost).

import type { Era } from "../era.ts";
import { ALLOC_KSWAPD, ALLOC_NOFRAGMENT } from "./alloc-flags.ts";
import type { Buddy } from "./buddy.ts";
import {
  fallbacksOf,
  MIGRATE_HIGHATOMIC,
  MIGRATE_MOVABLE,
  MIGRATE_PCPTYPES,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
} from "./migratetype.ts";
import { MAX_ORDER } from "./zone.ts";

export class Fallback {
  /** Blocks taken from another type since boot. Linux: the mm_page_alloc_extfrag tracepoint. */
  stealCount = 0;
  readonly #buddy: Buddy;
  readonly #era: Era;
  readonly #fallbacks: readonly (readonly number[])[];
  /** vm.watermark_boost_factor; 0 is off. */
  readonly #boostFactor: number;

  constructor(spec: { readonly buddy: Buddy; readonly era: Era; readonly boostFactor: number }) {
    this.#buddy = spec.buddy;
    this.#era = spec.era;
    this.#fallbacks = fallbacksOf(spec.era);
    this.#boostFactor = spec.era === "6.1" ? spec.boostFactor : 0;
  }

  /** A block of `order` for `type`, from its own lists or another's; -1 if there is none. Linux: __rmqueue(). */
  take(order: number, type: number, allocFlags: number): number {
    const buddy = this.#buddy;
    const own = buddy.takeSmallest(order, type);
    if (own >= 0) return own;
    if (this.#steal(order, type, allocFlags)) return buddy.takeSmallest(order, type);
    // MIGRATE_RESERVE: what 3.x keeps for order-n requests, open to all when nothing else is left.
    return this.#era === "3.x" ? buddy.takeSmallest(order, MIGRATE_HIGHATOMIC) : -1;
  }

  /** Move one block of another type to the lists of `type`: the largest there is, unless it would only be torn. */
  #steal(order: number, type: number, allocFlags: number): boolean {
    const mayTear = order >= PAGEBLOCK_ORDER || (allocFlags & ALLOC_NOFRAGMENT) === 0;
    const orderMin = mayTear ? order : PAGEBLOCK_ORDER;
    for (let o = MAX_ORDER - 1; o >= orderMin; o--) {
      const pfn = this.#victim(o, type);
      if (pfn < 0) continue;
      const whole = mayStealWhole(o, type);
      const at = whole || type !== MIGRATE_MOVABLE ? pfn : this.#smallestVictim(order, type);
      this.#claim(at, type, { allocFlags, whole });
      this.stealCount++;
      return true;
    }
    return false;
  }

  #victim(order: number, type: number): number {
    if ((this.#buddy.freeBlocks[order] ?? 0) === 0) return -1;
    for (const other of this.#fallbacks[type] ?? []) {
      const pfn = this.#buddy.first(order, other);
      if (pfn >= 0) return pfn;
    }
    return -1;
  }

  #smallestVictim(order: number, type: number): number {
    let pfn = -1;
    for (let o = order; o < MAX_ORDER && pfn < 0; o++) pfn = this.#victim(o, type);
    return pfn;
  }

  #claim(
    pfn: number,
    type: number,
    how: { readonly allocFlags: number; readonly whole: boolean },
  ): void {
    const buddy = this.#buddy;
    const order = buddy.orderOf(pfn);
    const oldType = buddy.typeOf(pfn);
    const isHighatomic = oldType === MIGRATE_HIGHATOMIC;
    if (!isHighatomic && order >= PAGEBLOCK_ORDER) {
      for (let at = pfn; at < pfn + (1 << order); at += PAGEBLOCK_PAGES) buddy.setType(at, type);
    } else if (!isHighatomic) this.#boost(how.allocFlags);

    if (isHighatomic || order >= PAGEBLOCK_ORDER || !how.whole) {
      buddy.moveBlock(pfn, type);
      return;
    }
    const freePages = buddy.movePageblock(pfn, type);
    const alikePages = this.#alikePages(freePages, oldType, type);
    if (freePages + alikePages >= PAGEBLOCK_PAGES / 2) buddy.setType(pfn, type);
  }

  /** Used pages of a pageblock that suit its new type; buddy.movePageblock has just counted. */
  #alikePages(freePages: number, oldType: number, type: number): number {
    const { movablePages } = this.#buddy;
    if (type === MIGRATE_MOVABLE) return movablePages;
    return oldType === MIGRATE_MOVABLE ? PAGEBLOCK_PAGES - freePages - movablePages : 0;
  }

  /** Raise the zone's marks by a pageblock, where that can help. Linux: boost_watermark(). */
  #boost(allocFlags: number): void {
    const { zone } = this.#buddy;
    if (this.#boostFactor === 0 || zone.managedPages < PAGEBLOCK_PAGES * 4) return;
    const capPages = Math.floor((zone.watermark.highPages * this.#boostFactor) / 10_000);
    if (capPages === 0) return;
    const mostPages = Math.max(PAGEBLOCK_PAGES, capPages);
    const boostPages = Math.min(zone.boostPages + PAGEBLOCK_PAGES, mostPages);
    zone.boost(boostPages, (allocFlags & ALLOC_KSWAPD) !== 0);
  }

  /** Keep the pageblock of a page that an atomic request of order > 0 has just got. At most 1 % of the zone and one block. */
  reserveHighatomic(pfn: number): void {
    const { zone } = this.#buddy;
    const mostPages = Math.floor(zone.managedPages / 100) + PAGEBLOCK_PAGES;
    if (zone.highatomicPages >= mostPages) return;
    if (this.#buddy.typeOf(pfn) >= MIGRATE_PCPTYPES) return;
    zone.highatomicPages += PAGEBLOCK_PAGES;
    this.#buddy.setType(pfn, MIGRATE_HIGHATOMIC);
    this.#buddy.movePageblock(pfn, MIGRATE_HIGHATOMIC);
  }

  /**
   * Give one HIGHATOMIC block with free pages in it back to everyone: whether pages were freed by it.
   * Without force the last block stays.
   */
  unreserveHighatomic(force: boolean, type: number): boolean {
    const buddy = this.#buddy;
    const { zone } = buddy;
    if (!force && zone.highatomicPages <= PAGEBLOCK_PAGES) return false;
    for (let order = 0; order < MAX_ORDER; order++) {
      const pfn = buddy.first(order, MIGRATE_HIGHATOMIC);
      if (pfn < 0) continue;
      if (buddy.typeOf(pfn) === MIGRATE_HIGHATOMIC)
        zone.highatomicPages -= Math.min(PAGEBLOCK_PAGES, zone.highatomicPages);
      buddy.setType(pfn, type);
      if (buddy.movePageblock(pfn, type) > 0) return true;
    }
    return false;
  }

  save(): number {
    return this.stealCount;
  }

  load(state: number): void {
    this.stealCount = state;
  }
}

/** Whether the whole pageblock changes hands: always for pages that cannot move, for others from half its order on. */
function mayStealWhole(order: number, type: number): boolean {
  return order >= Math.floor(PAGEBLOCK_ORDER / 2) || type !== MIGRATE_MOVABLE;
}
