// Objects smaller than a page: all caches of a machine, in SLUB's kind or SLAB's. Linux: mm/slub.c, mm/slab_common.c (6.1),
// mm/slab.c (3.6).
//
// Not modelled: SLOB, merging of caches of equal size, shrinkers.

import { assert } from "#base/assert.ts";
import { asPfn, PAGE_BYTES } from "#base/units.ts";
import { __GFP_COMP, type Gfp } from "./gfp.ts";
import { KMALLOC_CACHE_BYTES_MAX, kmallocBytes, kmallocName } from "./kmalloc.ts";
import type { PageAllocator } from "./page-alloc.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "./page-frames.ts";
import { SLAB_ORDER_MAX, slabShape } from "./slab-array-limits.ts";
import { SlabArrays, type SlabArraysState } from "./slab-arrays.ts";
import {
  SlabCache,
  type SlabCacheKind,
  type SlabCacheState,
  type SlabChecks,
} from "./slab-cache.ts";
import { orderOf, type SlabGeometry, slabGeometry } from "./slab-geometry.ts";
import { SlabObjects, type SlabObjectsState } from "./slab-objects.ts";

export type { SlabCacheKind } from "./slab-cache.ts";

export interface SlabAllocatorSpec {
  readonly pages: PageAllocator;
  readonly cpuCount: number;
  /** Of whom it is asked whether he may have objects of reserve pages. Default every request. SLAB has no other path. */
  readonly checks?: SlabChecks;
  /** Which allocator the kernel was built with. Default SLUB. */
  readonly kind?: "slub" | "slab";
  /** slub_max_order= or slab_max_order= of the command line; null: the allocator's own. */
  readonly orderMax?: number | null;
}

/** Cache number of a block that is one large object. */
const LARGE = -1;

export class SlabAllocator {
  readonly #pages: PageAllocator;
  readonly #cpuCount: number;
  readonly #checks: SlabChecks;
  readonly #objects = new SlabObjects();
  readonly #kind: "slub" | "slab";
  readonly #orderMax: number | null;
  readonly #caches: (SlabCache | SlabArrays)[] = [];
  readonly #byName = new Map<string, SlabCache | SlabArrays>();

  constructor(spec: SlabAllocatorSpec) {
    this.#pages = spec.pages;
    this.#cpuCount = spec.cpuCount;
    this.#checks = spec.checks ?? "every-request";
    this.#kind = spec.kind ?? "slub";
    this.#orderMax = spec.orderMax ?? null;
  }

  /** The cache of that name, made on first use. */
  cache(name: string, objectBytes: number): SlabCacheKind {
    return this.#cache(name, objectBytes);
  }

  #cache(name: string, objectBytes: number): SlabCache | SlabArrays {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      assert(known.geometry.objectBytes === objectBytes, "a cache has objects of one size");
      return known;
    }
    const spec = {
      id: this.#caches.length,
      geometry: this.#geometry(name, objectBytes),
      pages: this.#pages,
      objects: this.#objects,
      cpuCount: this.#cpuCount,
      checks: this.#checks,
    };
    const cache = this.#kind === "slab" ? new SlabArrays(spec) : new SlabCache(spec);
    this.#caches.push(cache);
    this.#byName.set(name, cache);
    return cache;
  }

  #geometry(name: string, objectBytes: number): SlabGeometry {
    const { era } = this.#pages;
    const max = this.#orderMax;
    const geometry = slabGeometry({
      name,
      objectBytes,
      era,
      cpuCount: this.#cpuCount,
      ...(max !== null && { orderMax: max }),
    });
    if (this.#kind === "slub") return geometry;
    const { order, objects } = slabShape(geometry.slabBytes, max ?? SLAB_ORDER_MAX);
    return { ...geometry, order, objects, orderMin: order, objectsMin: objects };
  }

  /** All caches, in the order they were made. */
  get caches(): readonly SlabCacheKind[] {
    return this.#caches;
  }

  /** An object of at least `bytes`: a number ≥ 0 that names it, or null. Never sleeps. */
  kmalloc(bytes: number, gfp: Gfp): number | null {
    if (bytes > KMALLOC_CACHE_BYTES_MAX) return this.#large(bytes, gfp);
    const size = kmallocBytes(bytes);
    return this.cache(kmallocName(size), size).alloc(gfp);
  }

  /** Give any object back, of kmalloc or of a cache. */
  kfree(ref: number): void {
    const cache = this.#cacheOf(ref);
    if (cache === null) this.#pages.free(asPfn(this.#objects.remove(ref)));
    else cache.free(ref);
  }

  /** Whether the object lies in pages that were taken by ignoring the marks. */
  isPfmemalloc(ref: number): boolean {
    const flags = this.#pages.frames.flags[this.#objects.pfnOf(ref)] ?? 0;
    return (flags & PG_PFMEMALLOC) !== 0;
  }

  /** What the object really takes, in bytes. Linux: ksize(). */
  slabBytesOf(ref: number): number {
    const cache = this.#cacheOf(ref);
    if (cache !== null) return cache.geometry.slabBytes;
    return PAGE_BYTES << (this.#pages.frames.order[this.#objects.pfnOf(ref)] ?? 0);
  }

  /** Objects of reserve pages given out by caches, and those of them that no right to such pages was behind. */
  get reserve(): { readonly given: number; readonly strayed: number } {
    return { given: this.#objects.reserveGiven, strayed: this.#objects.reserveStrayed };
  }

  /** Objects in use in all caches, and large ones. */
  get objectCount(): number {
    return this.#objects.count;
  }

  save(): SlabAllocatorState {
    return { objects: this.#objects.save(), caches: this.#caches.map((cache) => cache.save()) };
  }

  /** Into an allocator of the same spec; its page allocator and frames are loaded on their own. */
  load(state: SlabAllocatorState): void {
    this.#objects.load(state.objects);
    for (const saved of state.caches) {
      const cache = this.#cache(saved.name, saved.objectBytes);
      if (saved.kind === "slab" && cache instanceof SlabArrays) cache.load(saved);
      if (saved.kind === "slub" && cache instanceof SlabCache) cache.load(saved);
    }
  }

  #large(bytes: number, gfp: Gfp): number | null {
    const pfn = this.#pages.alloc(orderOf(bytes), gfp | __GFP_COMP, PAGE_KIND.slab);
    if (pfn === null) return null;
    this.#pages.frames.mapping[pfn] = LARGE;
    return this.#objects.add(pfn);
  }

  #cacheOf(ref: number): SlabCacheKind | null {
    const id = this.#pages.frames.mapping[this.#objects.pfnOf(ref)] ?? LARGE;
    return this.#caches[id] ?? null;
  }
}

export interface SlabAllocatorState {
  readonly objects: SlabObjectsState;
  readonly caches: readonly (SlabCacheState | SlabArraysState)[];
}
