// Lists of pages in the order of their use, threaded through the frames. Linux: include/linux/mm_inline.h.
//
// Not modelled: per-CPU batches of additions (folio_batch): a page is on its list at once.

import { assert } from "#base/assert.ts";
import { type PageFrames, PG_LRU } from "./page-frames.ts";
import { addHead, addTail, unlink } from "./page-list.ts";

export class Lru {
  readonly names: readonly string[];
  readonly #frames: PageFrames;
  /** List head of each list, by its number. */
  readonly #heads: Int32Array;
  readonly #sizes: Int32Array;

  constructor(frames: PageFrames, listNames: readonly string[]) {
    assert(listNames.length < 255, "a list's number fits a byte");
    this.names = listNames;
    this.#frames = frames;
    this.#heads = Int32Array.from(listNames, () => frames.newList());
    this.#sizes = new Int32Array(listNames.length);
  }

  /** Put a page, which is on no list, at the end that was used last. */
  addHead(list: number, pfn: number): void {
    this.#enter(list, pfn);
    addHead(this.#frames.next, this.#frames.prev, this.#heads[list] ?? 0, pfn);
  }

  /** Put a page, which is on no list, where reclaim looks first. */
  addTail(list: number, pfn: number): void {
    this.#enter(list, pfn);
    addTail(this.#frames.next, this.#frames.prev, this.#heads[list] ?? 0, pfn);
  }

  /** Take a page off its list; it must be on one. */
  remove(pfn: number): void {
    const { lruList, flags, next, prev } = this.#frames;
    const list = (lruList[pfn] ?? 0) - 1;
    assert(list >= 0, "what is removed is on a list");
    lruList[pfn] = 0;
    flags[pfn] = (flags[pfn] ?? 0) & ~PG_LRU;
    this.#sizes[list] = (this.#sizes[list] ?? 0) - 1;
    unlink(next, prev, pfn);
  }

  /** The page that reclaim would look at first; -1 if the list is empty. */
  tail(list: number): number {
    const head = this.#heads[list] ?? 0;
    const pfn = this.#frames.prev[head] ?? head;
    return pfn === head ? -1 : pfn;
  }

  /** Pages on a list. */
  size(list: number): number {
    return this.#sizes[list] ?? 0;
  }

  /** The number of the list that a page is on; -1 if none. */
  listOf(pfn: number): number {
    return (this.#frames.lruList[pfn] ?? 0) - 1;
  }

  #enter(list: number, pfn: number): void {
    const { lruList, flags } = this.#frames;
    assert(lruList[pfn] === 0, "a page is on one list at most");
    lruList[pfn] = list + 1;
    flags[pfn] = (flags[pfn] ?? 0) | PG_LRU;
    this.#sizes[list] = (this.#sizes[list] ?? 0) + 1;
  }

  /** The links themselves are saved with the frames. */
  save(): Int32Array {
    return this.#sizes.slice();
  }

  load(state: Int32Array): void {
    assert(state.length === this.#sizes.length, "a state is loaded into as many lists");
    this.#sizes.set(state);
  }
}
