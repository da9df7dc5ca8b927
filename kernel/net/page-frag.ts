// Buffers cut from shared blocks of pages: what most receive buffers and all data to be sent lie in.
//
// A block is freed when the last buffer in it is; one held back buffer of 2 KiB can hold 32 KiB. That is why the pages a
// flood pins are counted here and not estimated. Linux 6.1: page_frag_alloc_align() (mm/page_alloc.c),
// skb_page_frag_refill() (net/core/sock.c).
//
// Not modelled: one cache a CPU (interrupts of the one card come to one), alignment below a cache line.

import { assert } from "#base/assert.ts";
import { asPfn, PAGE_BYTES } from "#base/units.ts";
import {
  __GFP_COMP,
  __GFP_DIRECT_RECLAIM,
  __GFP_NOMEMALLOC,
  __GFP_NORETRY,
  __GFP_NOWARN,
  type Gfp,
} from "../mm/gfp.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "../mm/page-frames.ts";
import type { FrameFlags, PageSource } from "./memory.ts";

/** No block. */
const NONE = -1;

/** The blocks, by number. A reference to one is the negative of its number less one, to tell it from a slab object. */
export class FragBlocks {
  readonly #pages: PageSource;
  readonly #frames: FrameFlags;
  readonly #pfn: number[] = [];
  readonly #order: number[] = [];
  readonly #refs: number[] = [];
  readonly #unused: number[] = [];
  /** Pages in all blocks. */
  pages = 0;

  constructor(pages: PageSource, frames: FrameFlags) {
    this.#pages = pages;
    this.#frames = frames;
  }

  /** A block of 2^order pages with one reference, or NONE. */
  take(order: number, gfp: Gfp): number {
    const pfn = this.#pages.alloc(order, gfp, PAGE_KIND.skb);
    if (pfn === null) return NONE;
    const block = this.#unused.pop() ?? this.#pfn.length;
    this.#pfn[block] = pfn;
    this.#order[block] = order;
    this.#refs[block] = 1;
    this.pages += 1 << order;
    return block;
  }

  get(block: number): void {
    this.#refs[block] = this.refsOf(block) + 1;
  }

  put(block: number): void {
    const refs = this.refsOf(block) - 1;
    assert(refs >= 0, "a block is not freed twice");
    this.#refs[block] = refs;
    if (refs > 0) return;
    this.pages -= 1 << (this.#order[block] ?? 0);
    this.#pages.free(asPfn(this.#pfn[block] ?? 0));
    this.#unused.push(block);
  }

  refsOf(block: number): number {
    return this.#refs[block] ?? 0;
  }

  bytesOf(block: number): number {
    return PAGE_BYTES << (this.#order[block] ?? 0);
  }

  isPfmemalloc(block: number): boolean {
    return ((this.#frames.flags[this.#pfn[block] ?? 0] ?? 0) & PG_PFMEMALLOC) !== 0;
  }

  save(): FragBlocksState {
    return {
      pfn: [...this.#pfn],
      order: [...this.#order],
      refs: [...this.#refs],
      unused: [...this.#unused],
      pages: this.pages,
    };
  }

  load(state: FragBlocksState): void {
    this.#pfn.splice(0, this.#pfn.length, ...state.pfn);
    this.#order.splice(0, this.#order.length, ...state.order);
    this.#refs.splice(0, this.#refs.length, ...state.refs);
    this.#unused.splice(0, this.#unused.length, ...state.unused);
    this.pages = state.pages;
  }
}

export interface FragBlocksState {
  readonly pfn: readonly number[];
  readonly order: readonly number[];
  readonly refs: readonly number[];
  readonly unused: readonly number[];
  readonly pages: number;
}

export interface FragRule {
  /** Blocks of 2^maxOrder pages are tried first, then single pages. */
  readonly maxOrder: number;
  /** page_frag: the big block may not come from the reserve. refill: it may, but may not be reclaimed for. */
  readonly kind: "page_frag" | "refill";
  /** A block from the reserve is used again when it is empty. */
  readonly sticks: boolean;
}

/** A block being cut up. The cache holds a reference of its own. */
export class FragCache {
  readonly #blocks: FragBlocks;
  readonly #rule: FragRule;
  #block = NONE;
  #usedBytes = 0;
  /** Size of the buffer given out last, with what a rule adds to it. */
  lastBytes = 0;

  constructor(blocks: FragBlocks, rule: FragRule) {
    this.#blocks = blocks;
    this.#rule = rule;
  }

  /** The number of a block that has `bytes` more for the caller, who gets a reference to it; null when there is none. */
  alloc(bytes: number, gfp: Gfp): number | null {
    if (!this.#hasRoom(bytes) && !this.#refill(bytes, gfp)) return null;
    this.#usedBytes += bytes;
    this.lastBytes = bytes;
    this.#blocks.get(this.#block);
    return this.#block;
  }

  /** Like alloc, but a rest too small for another buffer goes to this one. Linux: add_recvbuf_mergeable(). */
  allocWithHole(bytes: number, gfp: Gfp): number | null {
    const block = this.alloc(bytes, gfp);
    if (block === null) return null;
    const holeBytes = this.#blocks.bytesOf(block) - this.#usedBytes;
    if (holeBytes < bytes) {
      this.#usedBytes += holeBytes;
      this.lastBytes += holeBytes;
    }
    return block;
  }

  /** Bytes that the current block still has, in bytes; a new one is taken when there are none. 0 when there is no memory. */
  room(gfp: Gfp): number {
    if (!this.#hasRoom(1) && !this.#refill(1, gfp)) return 0;
    return this.#blocks.bytesOf(this.#block) - this.#usedBytes;
  }

  /** Whether the block being cut came from the reserve. */
  get isPfmemalloc(): boolean {
    return this.#block !== NONE && this.#blocks.isPfmemalloc(this.#block);
  }

  /** Give the block up. */
  drain(): void {
    if (this.#block !== NONE) this.#blocks.put(this.#block);
    this.#block = NONE;
    this.#usedBytes = 0;
  }

  #hasRoom(bytes: number): boolean {
    if (this.#block === NONE) return false;
    // A socket's block is begun anew as soon as nobody else holds it; a receive block only when it is used up.
    if (this.#rule.kind === "refill" && this.#blocks.refsOf(this.#block) === 1) this.#usedBytes = 0;
    return this.#usedBytes + bytes <= this.#blocks.bytesOf(this.#block);
  }

  #refill(bytes: number, gfp: Gfp): boolean {
    const blocks = this.#blocks;
    if (this.#block !== NONE) {
      const isMine = blocks.refsOf(this.#block) === 1;
      const isWelcome = this.#rule.sticks || !blocks.isPfmemalloc(this.#block);
      if (isMine && isWelcome && bytes <= blocks.bytesOf(this.#block)) {
        this.#usedBytes = 0;
        return true;
      }
    }
    this.drain();
    this.#block = this.#newBlock(gfp);
    return this.#block !== NONE && bytes <= blocks.bytesOf(this.#block);
  }

  #newBlock(gfp: Gfp): number {
    const { maxOrder, kind } = this.#rule;
    if (maxOrder > 0) {
      const quiet = __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;
      const big =
        kind === "refill" ? (gfp & ~__GFP_DIRECT_RECLAIM) | quiet : gfp | quiet | __GFP_NOMEMALLOC;
      const block = this.#blocks.take(maxOrder, big);
      if (block !== NONE) return block;
    }
    return this.#blocks.take(0, gfp);
  }

  save(): readonly [number, number] {
    return [this.#block, this.#usedBytes];
  }

  load([block, usedBytes]: readonly [number, number]): void {
    this.#block = block;
    this.#usedBytes = usedBytes;
  }
}
