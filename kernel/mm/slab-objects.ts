// Numbers for slab objects: each names one live object, and a number freed twice is found out.
//
// Objects have no bytes here; which slab one lies in is all there is to know. A number says where its object lies: the
// head frame of its slab, or of its own block for large ones.

import { assert } from "#base/assert.ts";
import { type AllocFlagsRules, reserveFlags } from "./alloc-flags.ts";
import { __GFP_NOMEMALLOC, type Gfp } from "./gfp.ts";

const NONE = -1;

export class SlabObjects {
  /** Head frame by number; NONE for numbers not in use. */
  #pfn = new Int32Array(1024).fill(NONE);
  /** Numbers to be used again, last first; then those from #next on. */
  #unused = new Int32Array(1024);
  #unusedCount = 0;
  #next = 0;
  /**
   * Objects of reserve pages that were given out, and those of them to requests that could not
   * have taken such pages. Who could and says __GFP_NOMEMALLOC, as for a first try, is none of these.
   */
  reserveGiven = 0;
  reserveStrayed = 0;

  /** A number for an object in the block headed by `pfn`. */
  add(pfn: number): number {
    const ref = this.#unusedCount > 0 ? (this.#unused[--this.#unusedCount] ?? 0) : this.#next++;
    if (ref >= this.#pfn.length) this.#grow();
    this.#pfn[ref] = pfn;
    return ref;
  }

  /** An object of reserve pages goes to a request. */
  noteReserve(rules: AllocFlagsRules, gfp: Gfp): void {
    this.reserveGiven++;
    if (reserveFlags(rules, gfp & ~__GFP_NOMEMALLOC) === 0) this.reserveStrayed++;
  }

  /** The head frame of the block that the object lies in. */
  pfnOf(ref: number): number {
    const pfn = this.#pfn[ref] ?? NONE;
    assert(pfn >= 0, "the object is in use");
    return pfn;
  }

  /** Forget the object: the head frame of its block. */
  remove(ref: number): number {
    const pfn = this.pfnOf(ref);
    this.#pfn[ref] = NONE;
    this.#unused[this.#unusedCount++] = ref;
    return pfn;
  }

  /** Objects in use. */
  get count(): number {
    return this.#next - this.#unusedCount;
  }

  save(): SlabObjectsState {
    return {
      pfn: this.#pfn.slice(0, this.#next),
      unused: this.#unused.slice(0, this.#unusedCount),
      reserve: [this.reserveGiven, this.reserveStrayed],
    };
  }

  load(state: SlabObjectsState): void {
    while (this.#pfn.length < state.pfn.length) this.#grow();
    this.#pfn.fill(NONE);
    this.#pfn.set(state.pfn);
    this.#unused.set(state.unused);
    this.#unusedCount = state.unused.length;
    this.#next = state.pfn.length;
    [this.reserveGiven, this.reserveStrayed] = state.reserve;
  }

  #grow(): void {
    const pfn = new Int32Array(this.#pfn.length * 2).fill(NONE);
    pfn.set(this.#pfn);
    this.#pfn = pfn;
    const unused = new Int32Array(pfn.length);
    unused.set(this.#unused);
    this.#unused = unused;
  }
}

export interface SlabObjectsState {
  readonly pfn: Int32Array;
  readonly unused: Int32Array;
  readonly reserve: readonly [number, number];
}
