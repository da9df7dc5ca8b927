// The levels that /proc shows, read off the machine once and named as mm/vmstat.c names them: every view prints from these.
//
// Not modelled, and so printed as 0 or left out: huge pages, shared memory, memory mapped twice, CMA, zswap, highmem.

import type { Machine } from "../machine.ts";
import { LRU } from "../mm/lru-set.ts";
import { PG_SWAPCACHE } from "../mm/page-frames.ts";

const KIB_PER_PAGE = 4;

/** In pages, all zones together. */
export interface MemoryCounts {
  readonly managed: number;
  readonly free: number;
  readonly freePcp: number;
  readonly activeAnon: number;
  readonly inactiveAnon: number;
  readonly activeFile: number;
  readonly inactiveFile: number;
  readonly unevictable: number;
  readonly isolated: number;
  readonly anon: number;
  readonly file: number;
  readonly swapCached: number;
  readonly dirty: number;
  readonly writeback: number;
  readonly slab: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

export function memoryCounts({ memory, storage }: Machine): MemoryCounts {
  const { frames, pages } = memory.parts;
  const { lru, swap } = memory;
  return {
    managed: pages.managedPages,
    free: pages.freePages,
    freePcp: frames.pagesOf("perCpu"),
    activeAnon: lru.total(LRU.activeAnon),
    inactiveAnon: lru.total(LRU.inactiveAnon),
    activeFile: lru.total(LRU.activeFile),
    inactiveFile: lru.total(LRU.inactiveFile),
    unevictable: lru.total(LRU.unevictable),
    isolated: memory.isolatedPages,
    anon: frames.pagesOf("anon"),
    file: frames.pagesOf("file"),
    swapCached: countFlagged(frames.flags, PG_SWAPCACHE),
    dirty: storage.cache.dirtyPages,
    writeback: memory.writebackPages,
    slab: frames.pagesOf("slab"),
    swapTotal: swap.slotCount,
    swapFree: swap.freeSlots,
  };
}

export const kib = (pages: number): number => pages * KIB_PER_PAGE;

function countFlagged(flags: Uint16Array, flag: number): number {
  let pages = 0;
  for (const bits of flags) if ((bits & flag) !== 0) pages++;
  return pages;
}
