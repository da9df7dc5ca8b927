// One cache of equal objects, in slabs of pages. Linux: mm/slub.c: ___slab_alloc, __slab_free, deactivate_slab,
// get_partial_node, put_cpu_partial, allocate_slab (6.1).
//
// A slab is in one of four places: the slab a CPU takes from, a CPU's few partial slabs, the node's partial slabs, or,
// full, nowhere. Its own state lies in the lanes of its head frame: mapping is the cache, index the objects in use,
// stamp the objects that fit, slot the place. A slab of reserve pages (PG_PFMEMALLOC) serves only those who might have
// taken its pages; before 3.6 it served anyone, and the reserve leaked away. Under "by-cache" (Zijlstra, 2007) it is the cache
// that is in need: once it got a slab of reserve pages, others than the entitled have to bring it an ordinary one.
//
// Not modelled: which object of a slab it is, frees by another CPU kept apart from the owner's, debugging, memory
// cgroups. SLAB's caches are slab-arrays.ts. Deviation: Linux checks the right on its slow path only, so that objects left over in a CPU's
// reserve slab can go to anyone; here every request is checked unless it is asked for otherwise (`SlabChecks`).

import { assert } from "#base/assert.ts";
import { asPfn } from "#base/units.ts";
import type { SlabGuard } from "../policy/reserve/policy.ts";
import { reserveFlags } from "./alloc-flags.ts";
import {
  __GFP_COMP,
  __GFP_DIRECT_RECLAIM,
  __GFP_NOFAIL,
  __GFP_NOMEMALLOC,
  __GFP_NORETRY,
  __GFP_NOWARN,
  __GFP_RECLAIM,
  type Gfp,
} from "./gfp.ts";
import type { PageAllocator } from "./page-alloc.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "./page-frames.ts";
import { addHead, addTail, unlink } from "./page-list.ts";
import type { SlabGeometry } from "./slab-geometry.ts";
import type { SlabObjects } from "./slab-objects.ts";

const NONE = -1;
/** Where a slab is. */
const PLACE = { full: 0, cpu: 1, cpuPartial: 2, partial: 3 } as const;

export interface SlabCacheSpec {
  readonly id: number;
  readonly geometry: SlabGeometry;
  readonly pages: PageAllocator;
  readonly objects: SlabObjects;
  readonly cpuCount: number;
  readonly checks: SlabChecks;
}

/**
 * Of whom it is asked whether he may have objects of reserve pages: of every request; as in Linux of those that find no object in
 * their CPU's slab, so that a slab of reserve pages serves whoever comes while it has objects left; of none.
 */
export type SlabChecks = "every-request" | "slow-path" | "none";

/** A cache, of whichever allocator. */
export interface SlabCacheKind {
  readonly id: number;
  readonly geometry: SlabGeometry;
  /** Slabs and objects in use. */
  readonly slabCount: number;
  readonly objectCount: number;
  /** Pages in all slabs. */
  readonly slabPages: number;
  /** Times that the preferred order could not be had. */
  readonly fallbackCount: number;
  /** An object: a number that names it; null when there is none to be had without sleeping. */
  alloc(gfp: Gfp): number | null;
  /** Give an object back. */
  free(ref: number): void;
}

export class SlabCache implements SlabCacheKind {
  readonly id: number;
  readonly geometry: SlabGeometry;
  /** Slabs and objects in use. */
  slabCount = 0;
  objectCount = 0;
  /** Pages in all slabs. */
  slabPages = 0;
  /** Times that the preferred order could not be had. Linux: ORDER_FALLBACK. */
  fallbackCount = 0;
  #partialCount = 0;
  readonly #pages: PageAllocator;
  readonly #objects: SlabObjects;
  readonly #checks: SlabChecks;
  readonly #guard: SlabGuard;
  /** The last slab could be had only by ignoring the marks; looked at only where the guard is "by-cache". */
  #isInNeed = false;
  readonly #cpuSlab: Int32Array;
  readonly #cpuPartialCount: Int32Array;
  readonly #cpuPartialHead: Int32Array;
  readonly #partialHead: number;

  constructor(spec: SlabCacheSpec) {
    this.id = spec.id;
    this.geometry = spec.geometry;
    this.#pages = spec.pages;
    this.#objects = spec.objects;
    this.#checks = spec.checks;
    this.#guard = spec.pages.reserve.slabGuard;
    const { frames } = spec.pages;
    this.#partialHead = frames.newList();
    this.#cpuPartialHead = Int32Array.from({ length: spec.cpuCount }, () => frames.newList());
    this.#cpuPartialCount = new Int32Array(spec.cpuCount);
    this.#cpuSlab = new Int32Array(spec.cpuCount).fill(NONE);
  }

  /** An object: a number that names it; null when there is no slab for it without sleeping. */
  alloc(gfp: Gfp): number | null {
    if (this.#isInNeed && this.#guard === "by-cache" && reserveFlags(this.#pages, gfp) === 0)
      return this.#bringSlab(gfp);
    const slab = this.#cpuSlab[this.#pages.current.cpu] ?? NONE;
    if (slab >= 0 && this.#freeObjects(slab) > 0) {
      const isOpen = this.#checks !== "every-request" || this.#mayUse(slab, gfp);
      if (isOpen) return this.#take(slab, gfp);
    }
    const found = this.#findSlab(gfp);
    return found < 0 ? null : this.#take(found, gfp);
  }

  /** Give an object back. */
  free(ref: number): void {
    const slab = this.#objects.remove(ref);
    const { mapping, index, slot } = this.#pages.frames;
    assert(mapping[slab] === this.id, "an object goes back to its cache");
    const used = (index[slab] ?? 0) - 1;
    assert(used >= 0, "no more objects are freed than were taken");
    index[slab] = used;
    this.objectCount--;
    const place = slot[slab];
    if (place === PLACE.full) this.#keepForCpu(slab, true);
    else if (place === PLACE.partial && used === 0) this.#discardSurplus(slab);
  }

  save(): SlabCacheState {
    return {
      kind: "slub",
      name: this.geometry.name,
      objectBytes: this.geometry.objectBytes,
      counts: [
        this.slabCount,
        this.objectCount,
        this.slabPages,
        this.fallbackCount,
        this.#partialCount,
      ],
      isInNeed: this.#isInNeed,
      cpuSlab: this.#cpuSlab.slice(),
      cpuPartialCount: this.#cpuPartialCount.slice(),
    };
  }

  load(state: SlabCacheState): void {
    const [slabs = 0, objects = 0, pages = 0, fallbacks = 0, partial = 0] = state.counts;
    this.slabCount = slabs;
    this.objectCount = objects;
    this.slabPages = pages;
    this.fallbackCount = fallbacks;
    this.#partialCount = partial;
    this.#isInNeed = state.isInNeed;
    this.#cpuSlab.set(state.cpuSlab);
    this.#cpuPartialCount.set(state.cpuPartialCount);
  }

  #take(slab: number, gfp: Gfp): number {
    const { index, flags } = this.#pages.frames;
    if (((flags[slab] ?? 0) & PG_PFMEMALLOC) !== 0) this.#objects.noteReserve(this.#pages, gfp);
    index[slab] = (index[slab] ?? 0) + 1;
    this.objectCount++;
    return this.#objects.add(slab);
  }

  /** A slab with a free object, made this CPU's own unless the request has no right to it; NONE if there is none. */
  #findSlab(gfp: Gfp): number {
    const { cpu } = this.#pages.current;
    const { slot } = this.#pages.frames;
    let slab = this.#cpuSlab[cpu] ?? NONE;
    while (slab >= 0) {
      const mayUse = this.#mayUse(slab, gfp);
      if (mayUse && this.#freeObjects(slab) > 0) break;
      if (mayUse) slot[slab] = PLACE.full;
      else this.#deactivate(slab);
      slab = this.#popCpuPartial(cpu);
      this.#cpuSlab[cpu] = slab;
    }
    if (slab < 0) slab = this.#takePartial(gfp);
    if (slab < 0) slab = this.#newSlab(gfp);
    if (slab < 0) return NONE;
    this.#cpuSlab[cpu] = slab;
    slot[slab] = PLACE.cpu;
    return slab;
  }

  /** An object from a new slab or none: that one could be had within the marks is what proves that the need is over. */
  #bringSlab(gfp: Gfp): number | null {
    const slab = this.#newSlab(gfp);
    if (slab < 0) return null;
    const { cpu } = this.#pages.current;
    const { slot } = this.#pages.frames;
    const old = this.#cpuSlab[cpu] ?? NONE;
    if (old >= 0) this.#deactivate(old);
    this.#cpuSlab[cpu] = slab;
    slot[slab] = PLACE.cpu;
    return this.#take(slab, gfp);
  }

  /** A CPU lets go of a slab that it may not use now. */
  #deactivate(slab: number): void {
    const { index, slot } = this.#pages.frames;
    if (index[slab] === 0 && this.#partialCount >= this.geometry.partialMin) this.#discard(slab);
    else if (this.#freeObjects(slab) > 0) this.#addPartial(slab, "head");
    else slot[slab] = PLACE.full;
  }

  #popCpuPartial(cpu: number): number {
    const { next, prev } = this.#pages.frames;
    const head = this.#cpuPartialHead[cpu] ?? 0;
    const slab = next[head] ?? head;
    if (slab === head) return NONE;
    unlink(next, prev, slab);
    this.#cpuPartialCount[cpu] = (this.#cpuPartialCount[cpu] ?? 0) - 1;
    return slab;
  }

  /** The first slab of the node that the request may use; some more come along for this CPU. */
  #takePartial(gfp: Gfp): number {
    const { next, prev } = this.#pages.frames;
    let found = NONE;
    let extra = 0;
    let after = 0;
    const mostExtra = this.geometry.cpuPartialSlabs >> 1;
    for (let slab = next[this.#partialHead] ?? 0; slab !== this.#partialHead; slab = after) {
      after = next[slab] ?? this.#partialHead;
      if (!this.#mayUse(slab, gfp)) continue;
      unlink(next, prev, slab);
      this.#partialCount--;
      if (found < 0) found = slab;
      else {
        this.#keepForCpu(slab, false);
        if (++extra > mostExtra) break;
      }
    }
    return found;
  }

  /** Put a slab on this CPU's partial list; if `drains` and it is full, the list goes to the node first. */
  #keepForCpu(slab: number, drains: boolean): void {
    const { cpu } = this.#pages.current;
    const { next, prev, slot } = this.#pages.frames;
    const count = this.#cpuPartialCount[cpu] ?? 0;
    if (drains && count >= this.geometry.cpuPartialSlabs) this.#drainCpuPartial(cpu);
    slot[slab] = PLACE.cpuPartial;
    addHead(next, prev, this.#cpuPartialHead[cpu] ?? 0, slab);
    this.#cpuPartialCount[cpu] = (this.#cpuPartialCount[cpu] ?? 0) + 1;
  }

  #drainCpuPartial(cpu: number): void {
    const { index } = this.#pages.frames;
    for (let slab = this.#popCpuPartial(cpu); slab >= 0; slab = this.#popCpuPartial(cpu)) {
      const isSurplus = index[slab] === 0 && this.#partialCount >= this.geometry.partialMin;
      if (isSurplus) this.#discard(slab);
      else this.#addPartial(slab, "tail");
    }
  }

  #addPartial(slab: number, end: "head" | "tail"): void {
    const { next, prev, slot } = this.#pages.frames;
    slot[slab] = PLACE.partial;
    if (end === "head") addHead(next, prev, this.#partialHead, slab);
    else addTail(next, prev, this.#partialHead, slab);
    this.#partialCount++;
  }

  /** An empty slab on the node's list goes back to the page allocator if there are enough without it. */
  #discardSurplus(slab: number): void {
    const { next, prev } = this.#pages.frames;
    if (this.#partialCount < this.geometry.partialMin) return;
    unlink(next, prev, slab);
    this.#partialCount--;
    this.#discard(slab);
  }

  #discard(slab: number): void {
    this.slabCount--;
    this.slabPages -= 1 << (this.#pages.frames.order[slab] ?? 0);
    this.#pages.free(asPfn(slab));
  }

  /** Large slabs are tried for lightly; the smallest that hold an object are asked for with all the caller's rights. */
  #newSlab(gfp: Gfp): number {
    const { order, orderMin, objects, objectsMin } = this.geometry;
    let fits = objects;
    let slab: number | null = this.#allocPages(order, lightly(gfp, order > orderMin));
    if (slab === null) {
      fits = objectsMin;
      slab = this.#allocPages(orderMin, gfp);
      if (slab === null) return NONE;
      this.fallbackCount++;
    }
    const { frames } = this.#pages;
    this.#isInNeed = ((frames.flags[slab] ?? 0) & PG_PFMEMALLOC) !== 0;
    frames.mapping[slab] = this.id;
    frames.index[slab] = 0;
    frames.stamp[slab] = fits;
    this.slabCount++;
    this.slabPages += 1 << (frames.order[slab] ?? 0);
    return slab;
  }

  #allocPages(order: number, gfp: Gfp): number | null {
    return this.#pages.alloc(order, order > 0 ? gfp | __GFP_COMP : gfp, PAGE_KIND.slab);
  }

  #freeObjects(slab: number): number {
    const { index, stamp } = this.#pages.frames;
    return (stamp[slab] ?? 0) - (index[slab] ?? 0);
  }

  /** Linux: pfmemalloc_match(). */
  #mayUse(slab: number, gfp: Gfp): boolean {
    const isReserve = ((this.#pages.frames.flags[slab] ?? 0) & PG_PFMEMALLOC) !== 0;
    const isGuarded = this.#guard === "by-slab" && this.#checks !== "none";
    return !isReserve || !isGuarded || reserveFlags(this.#pages, gfp) !== 0;
  }
}

export interface SlabCacheState {
  readonly kind: "slub";
  readonly name: string;
  readonly objectBytes: number;
  readonly counts: readonly number[];
  readonly isInNeed: boolean;
  readonly cpuSlab: Int32Array;
  readonly cpuPartialCount: Int32Array;
}

/** How a slab of the preferred order is asked for. A caller that may sleep does not, and may not touch the reserve. */
function lightly(gfp: Gfp, canFallBack: boolean): Gfp {
  const light = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
  if (!canFallBack || (gfp & __GFP_DIRECT_RECLAIM) === 0) return light;
  return (light | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
}
