// What the network stack asks of memory, and nothing more. kernel/mm gives it; a test gives a counter.

import type { Pfn } from "#base/units.ts";
import type { Gfp } from "../mm/gfp.ts";
import type { PageKind } from "../mm/page-frames.ts";

export interface PageSource {
  /** A block of 2^order pages, or null. Never sleeps. */
  alloc(order: number, gfp: Gfp, kind: PageKind): Pfn | null;
  free(pfn: Pfn): void;
}

export interface SlabCacheSource {
  alloc(gfp: Gfp): number | null;
  free(ref: number): void;
}

export interface SlabSource {
  /** An object of at least `bytes`; a number ≥ 0 that names it, or null. */
  kmalloc(bytes: number, gfp: Gfp): number | null;
  kfree(ref: number): void;
  /** The cache of that name, made on first use. */
  cache(name: string, bytes: number): SlabCacheSource;
  /** Whether the slab that the object lies in was taken from below the marks. */
  isPfmemalloc(ref: number): boolean;
}

/** Memory set aside for the network, where the policy has such: packets taken from it are charged. */
export interface PacketReserve {
  /** So many sockets are marked SOCK_MEMALLOC now. */
  setSockets(count: number): void;
  /** Whether a packet may take so many bytes of it; if so they are charged. */
  charge(bytes: number): boolean;
  uncharge(bytes: number): void;
}

/** PG_* bits of the frames. */
export interface FrameFlags {
  readonly flags: { readonly [pfn: number]: number };
}
