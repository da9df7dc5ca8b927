// A program's anonymous memory: one entry for each of its pages, and how often it wrote each. Linux: struct mm_struct.
//
// Not modelled: shared mappings and fork (a page has one owner), huge pages, page-table pages (about 2 per mille of the
// memory they map), unmapping a part.

import { assert } from "#base/assert.ts";

/** A page-table entry: nothing yet, a frame that is mapped, or a swap slot. */
const NONE = 0;

export class AddressSpace {
  readonly id: number;
  readonly name: string;
  readonly pageCount: number;
  /** 0 is nothing, pfn + 1 is mapped, -(slot + 1) is swapped out. */
  readonly #entries: Int32Array;
  /** Times each page was written; what its content must be. */
  readonly versions: Uint32Array;
  residentPages = 0;
  swappedPages = 0;
  /** Readahead of swap: the page faulted last, the window used for it, and pages of it that were wanted since. */
  readonly readahead = { index: -2, windowPages: 0, hits: 0 };
  /** Locked in memory: its pages never go on an LRU list that is scanned. */
  readonly mlocked: boolean;
  /** Kept from the OOM killer (oom_score_adj -1000). */
  readonly oomImmune: boolean;

  constructor(
    id: number,
    name: string,
    pageCount: number,
    options: { readonly mlocked?: boolean; readonly oomImmune?: boolean } = {},
  ) {
    this.id = id;
    this.name = name;
    this.pageCount = pageCount;
    this.#entries = new Int32Array(pageCount);
    this.versions = new Uint32Array(pageCount);
    this.mlocked = options.mlocked ?? false;
    this.oomImmune = options.oomImmune ?? false;
  }

  /** The frame that page `index` is mapped to; -1 when it is not. */
  frameOf(index: number): number {
    const entry = this.#entry(index);
    return entry > 0 ? entry - 1 : -1;
  }

  /** The swap slot that page `index` went to; -1 when it has none. */
  slotOf(index: number): number {
    const entry = this.#entry(index);
    return entry < 0 ? -entry - 1 : -1;
  }

  map(index: number, pfn: number): void {
    assert(this.#entry(index) <= 0, "a page is mapped once");
    if (this.#entry(index) < 0) this.swappedPages--;
    this.#entries[index] = pfn + 1;
    this.residentPages++;
  }

  /** Unmap page `index` and remember where it goes. */
  unmapToSwap(index: number, slot: number): void {
    assert(this.#entry(index) > 0, "only a mapped page is unmapped");
    this.#entries[index] = -(slot + 1);
    this.residentPages--;
    this.swappedPages++;
  }

  /** Forget page `index`; the space is going away. */
  clear(index: number): void {
    if (this.#entry(index) > 0) this.residentPages--;
    if (this.#entry(index) < 0) this.swappedPages--;
    this.#entries[index] = NONE;
  }

  save(): SavedSpace {
    const { residentPages, swappedPages } = this;
    return {
      entries: this.#entries.slice(),
      versions: this.versions.slice(),
      residentPages,
      swappedPages,
      readahead: { ...this.readahead },
    };
  }

  load(state: SavedSpace): void {
    this.#entries.set(state.entries);
    this.versions.set(state.versions);
    this.residentPages = state.residentPages;
    this.swappedPages = state.swappedPages;
    Object.assign(this.readahead, state.readahead);
  }

  #entry(index: number): number {
    return this.#entries[index] ?? NONE;
  }
}

interface SavedSpace {
  readonly entries: Int32Array;
  readonly versions: Uint32Array;
  readonly residentPages: number;
  readonly swappedPages: number;
  readonly readahead: AddressSpace["readahead"];
}
