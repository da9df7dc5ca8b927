// How much of memory may be dirty, or on its way to disk. Linux: get_dirty_limits(), mm/page-writeback.c of 2.6.12;
// global_dirty_limits() and determine_dirtyable_memory() of 3.6; domain_dirty_limits() of 6.1.
//
// Not modelled: limits of single devices and cgroups, the extra quarter of real-time tasks, vm.dirty_bytes.

import { LRU } from "./lru-set.ts";
import type { Memory } from "./memory.ts";

export interface DirtyLimits {
  /** Above it writers wait, in pages. */
  readonly limitPages: number;
  /** Above it the flusher works, in pages. */
  readonly backgroundPages: number;
}

/** vm.dirty_background_ratio, in percent: 10 in all three. */
const BACKGROUND_PERCENT = 10;
/** What 2.6.12 leaves dirtyable however much is mapped, in percent. */
const FLOOR_PERCENT = 5;

export function dirtyLimits(memory: Memory): DirtyLimits {
  const { dirtyPercent } = memory.parts.tunables;
  const percent =
    memory.parts.era === "2.6.12" ? Math.min(dirtyPercent, unmappedPercent(memory)) : dirtyPercent;
  const floored = memory.parts.era === "2.6.12" ? Math.max(percent, FLOOR_PERCENT) : percent;
  const dirtyable = dirtyablePages(memory);
  const limitPages = Math.floor((floored * dirtyable) / 100);
  const backgroundPages = Math.floor((BACKGROUND_PERCENT * dirtyable) / 100);
  if (backgroundPages < limitPages) return { limitPages, backgroundPages };
  return { limitPages, backgroundPages: Math.floor(limitPages / 2) };
}

/** 2.6.12: half of the share of memory that no program has mapped. A machine full of programs gets the floor. */
function unmappedPercent(memory: Memory): number {
  const mapped = memory.spaces.reduce((sum, space) => sum + space.residentPages, 0);
  const share = Math.floor((mapped * 100) / memory.parts.pages.managedPages);
  return Math.floor((100 - share) / 2);
}

/** Free pages and the page cache, less what the marks keep; 3.x counts anonymous pages while there is swap (until 3.14). */
function dirtyablePages(memory: Memory): number {
  const { pages, era } = memory.parts;
  if (era === "2.6.12") return pages.managedPages;
  const { lru } = memory;
  let dirtyable = Math.max(0, pages.freePages - keptPages(memory));
  dirtyable += lru.total(LRU.inactiveFile) + lru.total(LRU.activeFile);
  if (era === "3.x" && memory.swap.freeSlots > 0)
    dirtyable += lru.total(LRU.inactiveAnon) + lru.total(LRU.activeAnon);
  return dirtyable;
}

/** calculate_totalreserve_pages(): the high mark and the largest lowmem reserve of each zone. */
function keptPages(memory: Memory): number {
  let kept = 0;
  for (const { reservePages, managedPages, highPages } of memory.parts.pages.zones) {
    let largest = 0;
    for (const reserve of reservePages) largest = Math.max(largest, reserve);
    kept += Math.min(managedPages, largest + highPages);
  }
  return kept;
}
