// One cache of equal objects as SLAB keeps it: free objects in arrays, of each CPU and of all, before slabs of pages.
// Linux: mm/slab.c of 3.6: ____cache_alloc, cache_alloc_refill, cache_flusharray, free_block, cache_grow, enable_cpucache.
//
// What a CPU frees it keeps, up to a limit; beyond that a batch goes to the array that CPUs share, and when that is full to
// the slabs. Slabs that become empty stay until the node has more free objects than its own limit. So a cache that was
// once large keeps hundreds of objects from the page allocator, and gives them out when there are no pages: a pool that
// nobody made on purpose. In an array an object is known by its slab's head frame. The lanes of that frame say the rest:
// mapping is the cache, index the objects out of the slab (in arrays or in use), stamp those that fit, slot the place.
//
// Not modelled: cache_reap() (every 2 to 4 s it drains arrays that were not touched), alien caches (one node), colouring,
// the objects that hold the management of slabs of 512 bytes and more.

import { assert } from "#base/assert.ts";
import { asPfn } from "#base/units.ts";
import type { SlabGuard } from "../policy/reserve/policy.ts";
import { reserveFlags } from "./alloc-flags.ts";
import { __GFP_COMP, type Gfp } from "./gfp.ts";
import type { PageAllocator } from "./page-alloc.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "./page-frames.ts";
import { addHead, addTail, unlink } from "./page-list.ts";
import { arrayLimits } from "./slab-array-limits.ts";
import type { SlabCacheKind, SlabCacheSpec, SlabChecks } from "./slab-cache.ts";
import type { SlabGeometry } from "./slab-geometry.ts";
import type { SlabObjects } from "./slab-objects.ts";

const NONE = -1;
/** Where a slab is: a full one is nowhere. */
const PLACE = { full: 0, partial: 1, empty: 2 } as const;

/** Objects that are free, by the head frame of their slab; the last put in is the first taken. */
class ObjectArray {
  readonly slabs: Int32Array;
  count = 0;

  constructor(limit: number) {
    this.slabs = new Int32Array(limit);
  }

  push(slab: number): void {
    this.slabs[this.count++] = slab;
  }

  pop(): number {
    return this.slabs[--this.count] ?? NONE;
  }

  /** Take out the object at `at`; the last one takes its place. */
  takeAt(at: number): number {
    const slab = this.slabs[at] ?? NONE;
    this.slabs[at] = this.slabs[--this.count] ?? NONE;
    return slab;
  }

  /** Drop the `count` that have been here longest. */
  dropOldest(count: number): void {
    this.slabs.copyWithin(0, count, this.count);
    this.count -= count;
  }
}

export class SlabArrays implements SlabCacheKind {
  readonly id: number;
  readonly geometry: SlabGeometry;
  slabCount = 0;
  objectCount = 0;
  slabPages = 0;
  /** There is no second order to fall back to. */
  readonly fallbackCount = 0;
  readonly #pages: PageAllocator;
  readonly #objects: SlabObjects;
  readonly #guard: SlabGuard;
  readonly #checks: SlabChecks;
  #isInNeed = false;
  readonly #batch: number;
  readonly #freeMax: number;
  readonly #cpu: readonly ObjectArray[];
  readonly #shared: ObjectArray;
  /** Free objects in slabs, those in arrays not counted. */
  #freeInSlabs = 0;
  readonly #partialHead: number;
  readonly #emptyHead: number;

  constructor(spec: SlabCacheSpec) {
    this.id = spec.id;
    this.geometry = spec.geometry;
    this.#pages = spec.pages;
    this.#objects = spec.objects;
    this.#guard = spec.pages.reserve.slabGuard;
    this.#checks = spec.checks;
    const limits = arrayLimits(spec.geometry, spec.cpuCount);
    this.#batch = limits.batch;
    this.#freeMax = limits.freeMax;
    this.#cpu = Array.from({ length: spec.cpuCount }, () => new ObjectArray(limits.cpuMax));
    this.#shared = new ObjectArray(limits.sharedMax);
    this.#partialHead = spec.pages.frames.newList();
    this.#emptyHead = spec.pages.frames.newList();
  }

  alloc(gfp: Gfp): number | null {
    const array = this.#array();
    const mustGrow = this.#isInNeed && this.#guard === "by-cache" && !this.#isEntitled(gfp);
    if (mustGrow && !this.#grow(gfp)) return null;
    if (array.count === 0 && !this.#refill(array, gfp)) return null;
    let slab = this.#pick(array, gfp);
    // Only objects of reserve pages are about, and this request may have none of those.
    if (slab < 0 && this.#grow(gfp)) slab = this.#pardon(array);
    if (slab < 0) return null;
    this.objectCount++;
    if (this.#isReserve(slab)) this.#objects.noteReserve(this.#pages, gfp);
    return this.#objects.add(slab);
  }

  free(ref: number): void {
    const slab = this.#objects.remove(ref);
    assert(this.#pages.frames.mapping[slab] === this.id, "an object goes back to its cache");
    this.objectCount--;
    const array = this.#array();
    if (array.count >= array.slabs.length) this.#flush(array);
    array.push(slab);
  }

  /** Free objects that the page allocator does not see: in arrays, and in slabs. */
  get hoardedCount(): number {
    const inArrays = this.#cpu.reduce((sum, { count }) => sum + count, this.#shared.count);
    return inArrays + this.#freeInSlabs;
  }

  #array(): ObjectArray {
    const array = this.#cpu[this.#pages.current.cpu];
    assert(array !== undefined, "each CPU has an array");
    return array;
  }

  /** Whether the request could have taken reserve pages itself. */
  #isEntitled(gfp: Gfp): boolean {
    return reserveFlags(this.#pages, gfp) !== 0;
  }

  /** The newest object that the request may have; NONE: there is none in the array. Linux: ac_get_obj(). */
  #pick(array: ObjectArray, gfp: Gfp): number {
    const isGuarded = this.#guard === "by-slab" && this.#checks !== "none";
    const mayUseAll = !isGuarded || this.#isEntitled(gfp);
    for (let at = array.count - 1; at >= 0; at--)
      if (mayUseAll || !this.#isReserve(array.slabs[at] ?? 0)) return array.takeAt(at);
    return NONE;
  }

  #isReserve(slab: number): boolean {
    return ((this.#pages.frames.flags[slab] ?? 0) & PG_PFMEMALLOC) !== 0;
  }

  /** A slab could be had within the marks, so one of reserve pages need not be one any more. Linux: __ac_get_obj(), force_refill. */
  #pardon(array: ObjectArray): number {
    const { flags } = this.#pages.frames;
    const slab = array.pop();
    flags[slab] = (flags[slab] ?? 0) & ~PG_PFMEMALLOC;
    return slab;
  }

  /** A batch from the shared array, or else from slabs, or else from a new one: whether there is an object now. */
  #refill(array: ObjectArray, gfp: Gfp): boolean {
    const moved = Math.min(this.#batch, this.#shared.count);
    for (let i = 0; i < moved; i++) array.push(this.#shared.pop());
    if (moved === 0) this.#fill(array, this.#batch);
    if (array.count > 0) return true;
    if (!this.#grow(gfp)) return false;
    this.#fill(array, this.#batch);
    return true;
  }

  /** Up to `count` objects out of slabs: first those in use already, then empty ones. */
  #fill(array: ObjectArray, count: number): void {
    let left = Math.min(count, array.slabs.length - array.count);
    for (let slab = this.#nextSlab(); left > 0 && slab >= 0; slab = this.#nextSlab()) {
      const { index, stamp } = this.#pages.frames;
      const taken = Math.min(left, (stamp[slab] ?? 0) - (index[slab] ?? 0));
      for (let i = 0; i < taken; i++) array.push(slab);
      index[slab] = (index[slab] ?? 0) + taken;
      this.#freeInSlabs -= taken;
      left -= taken;
      this.#place(slab, index[slab] === stamp[slab] ? "full" : "partial", "head");
    }
  }

  #nextSlab(): number {
    const { next } = this.#pages.frames;
    const partial = next[this.#partialHead] ?? NONE;
    if (partial !== this.#partialHead) return partial;
    const empty = next[this.#emptyHead] ?? NONE;
    return empty === this.#emptyHead ? NONE : empty;
  }

  /** A batch of the oldest leaves a full array: to the shared one as far as it goes, else to the slabs. */
  #flush(array: ObjectArray): void {
    const room = this.#shared.slabs.length - this.#shared.count;
    const toShared = Math.min(this.#batch, room);
    const leaving = toShared > 0 ? toShared : this.#batch;
    for (let i = 0; i < leaving; i++) {
      const slab = array.slabs[i] ?? NONE;
      if (toShared > 0) this.#shared.push(slab);
      else this.#putBack(slab);
    }
    array.dropOldest(leaving);
  }

  /** An object returns to its slab; an empty slab to the page allocator once the node has free objects to spare. */
  #putBack(slab: number): void {
    const { index } = this.#pages.frames;
    const out = (index[slab] ?? 0) - 1;
    assert(out >= 0, "no more objects come back than were out");
    index[slab] = out;
    this.#freeInSlabs++;
    if (out > 0) this.#place(slab, "partial", "tail");
    else if (this.#freeInSlabs > this.#freeMax) this.#discard(slab);
    else this.#place(slab, "empty", "head");
  }

  /** From whatever list it is on to another. */
  #place(slab: number, where: keyof typeof PLACE, end: "head" | "tail"): void {
    this.#leaveList(slab);
    const { next, prev, slot } = this.#pages.frames;
    slot[slab] = PLACE[where];
    if (where === "full") return;
    const head = where === "partial" ? this.#partialHead : this.#emptyHead;
    if (end === "head") addHead(next, prev, head, slab);
    else addTail(next, prev, head, slab);
  }

  #leaveList(slab: number): void {
    const { next, prev, slot } = this.#pages.frames;
    if (slot[slab] !== PLACE.full) unlink(next, prev, slab);
    slot[slab] = PLACE.full;
  }

  #discard(slab: number): void {
    const { frames } = this.#pages;
    this.#leaveList(slab);
    this.#freeInSlabs -= frames.stamp[slab] ?? 0;
    this.slabCount--;
    this.slabPages -= 1 << (frames.order[slab] ?? 0);
    this.#pages.free(asPfn(slab));
  }

  /** One more slab, empty. Linux: cache_grow(). */
  #grow(gfp: Gfp): boolean {
    const { order, objects } = this.geometry;
    const slab = this.#pages.alloc(order, order > 0 ? gfp | __GFP_COMP : gfp, PAGE_KIND.slab);
    if (slab === null) return false;
    const { frames } = this.#pages;
    this.#isInNeed = ((frames.flags[slab] ?? 0) & PG_PFMEMALLOC) !== 0;
    frames.mapping[slab] = this.id;
    frames.index[slab] = 0;
    frames.stamp[slab] = objects;
    frames.slot[slab] = PLACE.full;
    this.#place(slab, "empty", "head");
    this.#freeInSlabs += objects;
    this.slabCount++;
    this.slabPages += 1 << order;
    return true;
  }

  save(): SlabArraysState {
    const copies = [...this.#cpu, this.#shared].map(({ slabs, count }) => slabs.slice(0, count));
    return {
      kind: "slab",
      name: this.geometry.name,
      objectBytes: this.geometry.objectBytes,
      counts: [this.slabCount, this.objectCount, this.slabPages, this.#freeInSlabs],
      isInNeed: this.#isInNeed,
      arrays: copies,
    };
  }

  load(state: SlabArraysState): void {
    const [slabs = 0, objects = 0, pages = 0, free = 0] = state.counts;
    this.slabCount = slabs;
    this.objectCount = objects;
    this.slabPages = pages;
    this.#freeInSlabs = free;
    this.#isInNeed = state.isInNeed;
    [...this.#cpu, this.#shared].forEach((array, i) => {
      const saved = state.arrays[i] ?? new Int32Array(0);
      array.slabs.set(saved);
      array.count = saved.length;
    });
  }
}

export interface SlabArraysState {
  readonly kind: "slab";
  readonly name: string;
  readonly objectBytes: number;
  readonly counts: readonly number[];
  readonly isInNeed: boolean;
  /** Of each CPU, then the shared one. */
  readonly arrays: readonly Int32Array[];
}
