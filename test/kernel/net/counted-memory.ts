// Memory that only counts, and can run out: what the network's tests stand on.

import { assert } from "#base/assert.ts";
import { asPfn, type Pfn } from "#base/units.ts";
import { __GFP_MEMALLOC, __GFP_NOMEMALLOC, type Gfp } from "#kernel/mm/gfp.ts";
import { PG_PFMEMALLOC } from "#kernel/mm/page-frames.ts";
import type { PageSource, SlabCacheSource, SlabSource } from "#kernel/net/memory.ts";
import { PF_MEMALLOC } from "#kernel/sched/task.ts";

/** Memory as a number of pages: below `floorPages` only the entitled are served, and what they get is marked. */
export class CountedMemory implements PageSource {
  readonly flags = new Uint16Array(1 << 16);
  freePages: number;
  floorPages = 0;
  /** Blocks larger than this order are refused, as by a fragmented machine. */
  orderMax = 10;
  /** No slab object is given, whoever asks. */
  refuseObjects = false;
  slabBytes = 0;
  objects = 0;
  /** Blocks given out since the start. */
  pagesTaken = 0;
  current: { processFlags: number } = { processFlags: 0 };
  readonly slab: SlabSource;
  readonly #order = new Map<number, number>();
  readonly #unused: number[] = [];
  #nextPfn = 1;
  readonly #bytes = new Map<number, number>();
  #nextRef = 0;
  readonly #reserveRefs = new Set<number>();

  constructor(freePages: number) {
    this.freePages = freePages;
    const caches = new Map<string, SlabCacheSource>();
    this.slab = {
      kmalloc: (bytes, gfp) => this.#object(bytes, gfp),
      kfree: (ref) => this.#giveBack(ref),
      isPfmemalloc: (ref) => this.#reserveRefs.has(ref),
      cache: (name, bytes) => {
        const known = caches.get(name);
        if (known !== undefined) return known;
        const cache: SlabCacheSource = {
          alloc: (gfp) => this.#object(bytes, gfp),
          free: (ref) => this.#giveBack(ref),
        };
        caches.set(name, cache);
        return cache;
      },
    };
  }

  /** As plain data, for a second bench that goes on where this one stands. */
  copyFrom(other: CountedMemory): void {
    this.flags.set(other.flags);
    this.freePages = other.freePages;
    this.floorPages = other.floorPages;
    this.orderMax = other.orderMax;
    this.refuseObjects = other.refuseObjects;
    this.#order.clear();
    this.#unused.length = 0;
    this.#bytes.clear();
    this.slabBytes = other.slabBytes;
    this.objects = other.objects;
    for (const [pfn, order] of other.#order) this.#order.set(pfn, order);
    this.#unused.push(...other.#unused);
    this.#nextPfn = other.#nextPfn;
    for (const [ref, bytes] of other.#bytes) this.#bytes.set(ref, bytes);
    this.#nextRef = other.#nextRef;
  }

  get pagesInUse(): number {
    let pages = 0;
    for (const order of this.#order.values()) pages += 1 << order;
    return pages;
  }

  alloc(order: number, gfp: Gfp): Pfn | null {
    const pages = 1 << order;
    if (order > this.orderMax || this.freePages < pages) return null;
    const digs = this.freePages - pages < this.floorPages;
    if (digs && !this.#mayDig(gfp)) return null;
    this.freePages -= pages;
    this.pagesTaken++;
    const pfn = this.#unused.pop() ?? this.#nextPfn++;
    this.#order.set(pfn, order);
    this.flags[pfn] = digs ? PG_PFMEMALLOC : 0;
    return asPfn(pfn);
  }

  free(pfn: Pfn): void {
    const order = this.#order.get(pfn);
    assert(order !== undefined, "a page is freed once");
    this.#order.delete(pfn);
    this.#unused.push(pfn);
    this.freePages += 1 << order;
  }

  #mayDig(gfp: Gfp): boolean {
    if ((gfp & __GFP_NOMEMALLOC) !== 0) return false;
    return (gfp & __GFP_MEMALLOC) !== 0 || (this.current.processFlags & PF_MEMALLOC) !== 0;
  }

  #object(bytes: number, gfp: Gfp): number | null {
    const pages = Math.ceil((this.slabBytes + bytes) / 4096) - Math.ceil(this.slabBytes / 4096);
    const digs = this.freePages - pages < this.floorPages;
    if (this.refuseObjects || this.freePages < pages || (digs && pages > 0 && !this.#mayDig(gfp)))
      return null;
    this.freePages -= pages;
    this.slabBytes += bytes;
    this.objects++;
    const ref = this.#nextRef++;
    this.#bytes.set(ref, bytes);
    return ref;
  }

  #giveBack(ref: number): void {
    const bytes = this.#bytes.get(ref);
    assert(bytes !== undefined, "an object is freed once");
    this.#bytes.delete(ref);
    const before = Math.ceil(this.slabBytes / 4096);
    this.slabBytes -= bytes;
    this.objects--;
    this.freePages += before - Math.ceil(this.slabBytes / 4096);
  }
}
