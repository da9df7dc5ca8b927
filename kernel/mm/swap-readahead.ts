// Which pages come along when one is read from swap. Linux: mm/swap_state.c.
//
// 6.1 reads neighbours in the address space, as many as hits have earned (NBD calls itself non-rotational, which selects
// that); older kernels read the aligned cluster of slots.
//
// Not modelled: readahead stopping at a page-table boundary (512 pages), the cluster readahead of rotational devices in 6.1.

import type { AddressSpace } from "./address-space.ts";
import type { Memory } from "./memory.ts";

/** Slots to read, the wanted one among them; those in the cache or without an owner are left out. */
export function readaheadSlots(memory: Memory, space: AddressSpace, index: number): number[] {
  const slots =
    memory.parts.era === "6.1"
      ? slotsOfNeighbours(memory, space, index)
      : slotsOfCluster(memory, space, index);
  return slots.filter(
    (slot) => slot >= 0 && memory.swap.ownerOf(slot) >= 0 && memory.swap.frameAt(slot) < 0,
  );
}

function slotsOfCluster(memory: Memory, space: AddressSpace, index: number): number[] {
  const size = 1 << memory.parts.tunables.pageCluster;
  const slot = space.slotOf(index);
  const first = slot - (slot % size);
  return Array.from({ length: size }, (_, i) => first + i);
}

/** swap_ra_info(): ahead of a forward run, behind a backward one, around the page otherwise. */
function slotsOfNeighbours(memory: Memory, space: AddressSpace, index: number): number[] {
  const { readahead } = space;
  const window = windowPages(memory, space, index);
  const before = firstBefore(index - readahead.index, window);
  readahead.index = index;
  readahead.windowPages = window;
  readahead.hits = 0;
  const first = Math.max(0, index - before);
  const last = Math.min(space.pageCount - 1, index - before + window - 1);
  return Array.from({ length: last - first + 1 }, (_, i) => space.slotOf(first + i));
}

function firstBefore(step: number, window: number): number {
  if (step === 1) return 0;
  return step === -1 ? window - 1 : (window - 1) >> 1;
}

/** __swapin_nr_pages(): hits + 2 rounded up to 4 or 8; 1 for what looks random; never less than half the last one. */
function windowPages(memory: Memory, { readahead }: AddressSpace, index: number): number {
  const most = 1 << memory.parts.tunables.pageCluster;
  let pages = readahead.hits + 2;
  if (pages === 2) {
    if (Math.abs(index - readahead.index) !== 1) pages = 1;
  } else {
    let rounded = 4;
    while (rounded < pages) rounded *= 2;
    pages = rounded;
  }
  return Math.max(Math.min(pages, most), readahead.windowPages >> 1);
}
