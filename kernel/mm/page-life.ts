// The life of an anonymous page: mapped, dirtied, put into the swap cache, written, freed, read back.
// Linux: mm/memory.c, mm/swap_state.c, mm/filemap.c (page lock and writeback bits).

import { assert } from "#base/assert.ts";
import { asPfn } from "#base/units.ts";
import type { AddressSpace } from "./address-space.ts";
import { LRU } from "./lru-set.ts";
import type { Memory } from "./memory.ts";
import {
  PG_ACTIVE,
  PG_DIRTY,
  PG_LOCKED,
  PG_MAPPED,
  PG_RECLAIM,
  PG_SWAPCACHE,
  PG_UPTODATE,
  PG_WRITEBACK,
  PG_YOUNG,
} from "./page-frames.ts";

export const has = (memory: Memory, pfn: number, flag: number): boolean =>
  ((memory.parts.frames.flags[pfn] ?? 0) & flag) !== 0;

export function set(memory: Memory, pfn: number, flag: number): void {
  const { flags } = memory.parts.frames;
  flags[pfn] = (flags[pfn] ?? 0) | flag;
}

export function clear(memory: Memory, pfn: number, flag: number): void {
  const { flags } = memory.parts.frames;
  flags[pfn] = (flags[pfn] ?? 0) & ~flag;
}

/** Read or write a page; false when it is not mapped and has to be faulted in. */
export function touch(
  memory: Memory,
  space: AddressSpace,
  index: number,
  access: "read" | "write",
): boolean {
  const pfn = space.frameOf(index);
  if (pfn < 0) return false;
  const { frames } = memory.parts;
  assert(
    frames.stamp[pfn] === space.versions[index],
    "a mapped page holds what its owner wrote last",
  );
  set(memory, pfn, PG_YOUNG);
  if (access === "write") dirty(memory, space, index, pfn);
  return true;
}

/** A write makes the copy in swap stale: the slot is given back unless it is being written just now (folio_free_swap). */
function dirty(memory: Memory, space: AddressSpace, index: number, pfn: number): void {
  const version = ((space.versions[index] ?? 0) + 1) >>> 0;
  space.versions[index] = version;
  memory.parts.frames.stamp[pfn] = version;
  set(memory, pfn, PG_DIRTY);
  if (has(memory, pfn, PG_SWAPCACHE) && !has(memory, pfn, PG_WRITEBACK | PG_LOCKED))
    leaveSwapCache(memory, pfn, "free-slot");
}

/** A new page of zeros for page `index` of `space`. */
export function mapNew(memory: Memory, space: AddressSpace, index: number, pfn: number): void {
  const { frames, vmstat } = memory.parts;
  frames.mapping[pfn] = space.id;
  frames.index[pfn] = index;
  frames.slot[pfn] = -1;
  frames.stamp[pfn] = space.versions[index] ?? 0;
  set(memory, pfn, PG_MAPPED | PG_UPTODATE | PG_YOUNG);
  space.map(index, pfn);
  putOnLru(memory, pfn, memory.parts.era === "6.1" ? "inactive" : "active");
  vmstat.counts.pgfault++;
}

/** Where a page of anonymous memory first goes: inactive since 5.9 (mm/swap.c: lru_cache_add_inactive_or_unevictable). */
export function putOnLru(memory: Memory, pfn: number, where: "inactive" | "active"): void {
  const owner = memory.spaces[memory.parts.frames.mapping[pfn] ?? -1];
  if (where === "active") set(memory, pfn, PG_ACTIVE);
  else clear(memory, pfn, PG_ACTIVE);
  const list = where === "active" ? LRU.activeAnon : LRU.inactiveAnon;
  memory.lru.addHead(pfn, owner?.mlocked === true ? LRU.unevictable : list);
}

/** Map a page that came out of swap, or was still in the cache, to its owner. */
export function mapFromCache(memory: Memory, pfn: number): void {
  const { frames } = memory.parts;
  const slot = frames.slot[pfn] ?? -1;
  const space = memory.spaceOf(memory.swap.ownerOf(slot));
  const index = memory.swap.indexOf(slot);
  assert(space.slotOf(index) === slot, "the cached page is the one the owner waits for");
  space.map(index, pfn);
  set(memory, pfn, PG_MAPPED | PG_YOUNG);
}

/** Take a page out of the swap cache; its slot stays its owner's, or is free again. */
export function leaveSwapCache(
  memory: Memory,
  pfn: number,
  slotFate: "keep-slot" | "free-slot",
): void {
  const { frames } = memory.parts;
  const slot = frames.slot[pfn] ?? -1;
  memory.swap.removeFromCache(slot);
  clear(memory, pfn, PG_SWAPCACHE);
  frames.slot[pfn] = -1;
  if (slotFate === "free-slot") memory.swap.freeSlot(slot);
}

export function lockPage(memory: Memory, pfn: number): void {
  assert(!has(memory, pfn, PG_LOCKED), "a page is locked once");
  set(memory, pfn, PG_LOCKED);
}

export function unlockPage(memory: Memory, pfn: number): void {
  assert(has(memory, pfn, PG_LOCKED), "only a locked page is unlocked");
  clear(memory, pfn, PG_LOCKED);
  memory.pageLock.wakeAllOn(pfn);
}

export function startWriteback(memory: Memory, pfn: number): void {
  assert(has(memory, pfn, PG_LOCKED), "a page is locked until its writeback has begun");
  clear(memory, pfn, PG_DIRTY);
  set(memory, pfn, PG_WRITEBACK | PG_RECLAIM);
  memory.writebackPages++;
  unlockPage(memory, pfn);
}

/** The write is done (`failed`: it was not, and the page is dirty again). A page reclaim wanted goes to the tail. */
export function endWriteback(memory: Memory, pfn: number, failed: boolean): void {
  assert(has(memory, pfn, PG_WRITEBACK), "only a write that began can end");
  clear(memory, pfn, PG_WRITEBACK);
  memory.writebackPages--;
  if (failed) set(memory, pfn, PG_DIRTY);
  if (has(memory, pfn, PG_RECLAIM)) rotateReclaimable(memory, pfn);
  clear(memory, pfn, PG_RECLAIM);
  memory.writebackWait.wakeAllOn(pfn);
  memory.writeoutWait.wakeAll();
}

/** folio_rotate_reclaimable(), mm/swap.c; 6.1 takes the page off the active list, older kernels leave it there. */
function rotateReclaimable(memory: Memory, pfn: number): void {
  const kind = memory.lru.kindOf(pfn);
  if (kind === null || kind === LRU.unevictable || has(memory, pfn, PG_DIRTY | PG_LOCKED)) return;
  if (has(memory, pfn, PG_ACTIVE) && memory.parts.era !== "6.1") return;
  const isFile = kind === LRU.inactiveFile || kind === LRU.activeFile;
  memory.lru.remove(pfn);
  clear(memory, pfn, PG_ACTIVE);
  memory.lru.addTail(pfn, isFile ? LRU.inactiveFile : LRU.inactiveAnon);
}

/** Give an anonymous frame that is on no list and mapped nowhere back to the allocator. */
export function freeFrame(memory: Memory, pfn: number): void {
  assert(
    !has(memory, pfn, PG_MAPPED | PG_WRITEBACK | PG_LOCKED | PG_SWAPCACHE),
    "a page in use is not freed",
  );
  memory.noteReclaimed(pfn);
  memory.parts.frames.mapping[pfn] = -1;
  memory.parts.pages.free(asPfn(pfn));
}

/** A space ends: its frames and its slots are free again. Pages in flight are dropped when they land. */
export function destroySpace(memory: Memory, space: AddressSpace): void {
  for (let index = 0; index < space.pageCount; index++) {
    const pfn = space.frameOf(index);
    const slot = space.slotOf(index);
    space.clear(index);
    if (pfn >= 0) {
      clear(memory, pfn, PG_MAPPED | PG_DIRTY);
      releaseFrame(memory, pfn);
    } else if (slot >= 0) releaseSlot(memory, slot);
  }
}

function releaseSlot(memory: Memory, slot: number): void {
  const pfn = memory.swap.frameAt(slot);
  if (pfn < 0) memory.swap.freeSlot(slot);
  else releaseFrame(memory, pfn);
}

// A page that is locked, isolated or under writeback stays in the cache; reclaim finds it clean and ownerless later.
function releaseFrame(memory: Memory, pfn: number): void {
  if (has(memory, pfn, PG_LOCKED | PG_WRITEBACK) || memory.lru.kindOf(pfn) === null) return;
  memory.lru.remove(pfn);
  if (has(memory, pfn, PG_SWAPCACHE)) leaveSwapCache(memory, pfn, "free-slot");
  freeFrame(memory, pfn);
}
