// What must hold of a machine's memory at every instant, as functions that say what does not: an empty list is health.
//
// They look at every frame, so on large machines they are for samples and on small ones for each event. None of them
// trusts a counter: each counts again and compares.

import type { AddressSpace } from "../mm/address-space.ts";
import type { PageIdentity } from "../mm/content.ts";
import { LRU, type LruKind } from "../mm/lru-set.ts";
import type { Memory } from "../mm/memory.ts";
import {
  kindNames,
  PAGE_KIND,
  PG_DIRTY,
  PG_LRU,
  PG_MAPPED,
  PG_SWAPCACHE,
  PG_WRITEBACK,
} from "../mm/page-frames.ts";
import type { Frame } from "../sched/task.ts";

/** Everything that is wrong with the memory of one machine. */
export function memoryFaults(memory: Memory): string[] {
  return [
    ...conservationFaults(memory),
    ...placeFaults(memory),
    ...counterFaults(memory),
    ...mappingFaults(memory),
    ...swapFaults(memory),
  ];
}

/** Free and used pages are all there are, zone by zone, and each kind is as many as it says. */
export function conservationFaults(memory: Memory): string[] {
  const { frames, pages } = memory.parts;
  const faults: string[] = [];
  const byKind = new Int32Array(kindNames.length);
  for (const kind of frames.kind) byKind[kind] = (byKind[kind] ?? 0) + 1;
  kindNames.forEach((name, kind) => {
    differ(faults, `frames of kind ${name}`, frames.pagesByKind[kind] ?? 0, byKind[kind] ?? 0);
  });
  for (const zone of pages.zones) {
    const kinds = frames.kind.subarray(zone.firstManagedPfn, zone.endPfn);
    const free = kinds.reduce((sum, kind) => sum + (kind === PAGE_KIND.free ? 1 : 0), 0);
    differ(faults, `free pages of ${zone.name}`, zone.freePages, free);
    const inBlocks = pages
      .freeBlocks(zone)
      .reduce((sum, count, order) => sum + (count << order), 0);
    differ(faults, `pages in free blocks of ${zone.name}`, inBlocks, free);
    if (kinds.includes(PAGE_KIND.reserved)) faults.push(`${zone.name} lost a managed page`);
  }
  return faults;
}

/** A frame is free, on a per-CPU list, on an LRU list, in the hands of one reclaimer, or somebody's: one of these. */
export function placeFaults(memory: Memory): string[] {
  const { frames, pages } = memory.parts;
  const isolated = isolatedPfns(memory);
  const faults = isolated.length === new Set(isolated).size ? [] : ["two reclaimers hold one page"];
  const places: Places = {
    inHand: new Set(isolated),
    unborn: unbornPfns(memory),
    perCpu: new Set(pages.perCpuPfns()),
  };
  for (let pfn = 0; pfn < frames.count; pfn++) {
    const fault = placeFault(memory, pfn, places);
    if (fault !== null)
      faults.push(`frame ${pfn} is ${kindNames[frames.kind[pfn] ?? 0]} and ${fault}`);
  }
  return faults;
}

interface Places {
  readonly inHand: ReadonlySet<number>;
  readonly unborn: ReadonlySet<number>;
  readonly perCpu: ReadonlySet<number>;
}

function placeFault(memory: Memory, pfn: number, places: Places): string | null {
  const kind = memory.parts.frames.kind[pfn];
  const isOnList = has(memory, pfn, PG_LRU);
  if (isOnList !== (memory.lru.kindOf(pfn) !== null)) return "half on a list";
  if (places.perCpu.has(pfn) && kind !== PAGE_KIND.perCpu) return "on a per-CPU list";
  const inHand = places.inHand.has(pfn);
  if (isOnList && inHand) return "isolated and on a list";
  const isSomewhere = isOnList || inHand || places.unborn.has(pfn);
  if (kind === PAGE_KIND.anon || kind === PAGE_KIND.file) return isSomewhere ? null : "nowhere";
  if (isOnList) return "on a list";
  return inHand ? "isolated" : null;
}

/** Lengths of lists, pages being written, pages in reclaimers' hands. */
export function counterFaults(memory: Memory): string[] {
  const { frames, pages } = memory.parts;
  const faults: string[] = [];
  const kinds = Object.entries(LRU);
  const counted = new Map<string, number>();
  let writeback = 0;
  for (let pfn = 0; pfn < frames.count; pfn++) {
    if (((frames.flags[pfn] ?? 0) & PG_WRITEBACK) !== 0) writeback++;
    const list = memory.lru.kindOf(pfn);
    if (list === null) continue;
    const key = keyOf(pages.zoneIndexOf(pfn), list);
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  pages.zones.forEach((zone, index) => {
    for (const [name, kind] of kinds)
      differ(
        faults,
        `${name} of ${zone.name}`,
        memory.lru.zoneSize(index, kind),
        counted.get(keyOf(index, kind)) ?? 0,
      );
  });
  for (const [name, kind] of kinds) {
    let inSets = 0;
    for (let set = 0; set < memory.lru.setCount; set++) inSets += memory.lru.size(set, kind);
    differ(faults, `${name} of all sets`, inSets, memory.lru.total(kind));
  }
  differ(faults, "pages under writeback", memory.writebackPages, writeback);
  differ(faults, "isolated pages", memory.isolatedPages, isolatedPfns(memory).length);
  return faults;
}

/** What a page table points at is the owner's page, and holds what the owner wrote last. */
export function mappingFaults(memory: Memory): string[] {
  const { frames } = memory.parts;
  const faults: string[] = [];
  let mapped = mappedFilePages(memory);
  for (const space of memory.spaces) {
    let [resident, swapped] = [0, 0];
    for (let index = 0; index < space.pageCount; index++) {
      if (space.slotOf(index) >= 0) swapped++;
      if (space.frameOf(index) < 0) continue;
      resident++;
      const fault = mappingFault(memory, space, index);
      if (fault !== null) faults.push(`page ${index} of ${space.name} ${fault}`);
    }
    differ(faults, `resident pages of ${space.name}`, space.residentPages, resident);
    differ(faults, `swapped pages of ${space.name}`, space.swappedPages, swapped);
    mapped += resident;
  }
  const flagged = frames.flags.reduce((sum, flags) => sum + ((flags & PG_MAPPED) === 0 ? 0 : 1), 0);
  differ(faults, "mapped frames", flagged, mapped);
  return faults;
}

function mappingFault({ parts }: Memory, space: AddressSpace, index: number): string | null {
  const { frames } = parts;
  const pfn = space.frameOf(index);
  const isOwn = frames.mapping[pfn] === space.id && frames.index[pfn] === index;
  const isMapped = ((frames.flags[pfn] ?? 0) & PG_MAPPED) !== 0;
  if (!isOwn || frames.kind[pfn] !== PAGE_KIND.anon || !isMapped)
    return `is mapped to another's frame ${pfn}`;
  return frames.stamp[pfn] === space.versions[index] ? null : "is not what was written";
}

/** A slot has one owner and at most one frame; frame, slot and page table agree. */
export function swapFaults(memory: Memory): string[] {
  const { frames } = memory.parts;
  const { swap } = memory;
  const faults: string[] = [];
  const wanted = wantedSlots(memory, faults);
  let used = 0;
  for (let slot = 0; slot < swap.slotCount; slot++) {
    if (swap.ownerOf(slot) >= 0) used++;
    const fault = slotFault(memory, slot, wanted);
    if (fault !== null) faults.push(`slot ${slot} ${fault}`);
  }
  differ(faults, "slots in use", swap.usedSlots, used);
  for (let pfn = 0; pfn < frames.count; pfn++)
    if (has(memory, pfn, PG_SWAPCACHE) && swap.frameAt(frames.slot[pfn] ?? -1) !== pfn)
      faults.push(`frame ${pfn} is in the swap cache, which does not know`);
  return faults;
}

/** Slots that some page table names. */
function wantedSlots({ spaces, swap }: Memory, faults: string[]): Set<number> {
  const wanted = new Set<number>();
  for (const [space, index, slot] of swappedPages(spaces)) {
    wanted.add(slot);
    if (swap.ownerOf(slot) !== space.id || swap.indexOf(slot) !== index)
      faults.push(`slot ${slot} is not that of page ${index} of ${space.name}`);
  }
  return wanted;
}

function slotFault(memory: Memory, slot: number, wanted: ReadonlySet<number>): string | null {
  const { swap, parts } = memory;
  const pfn = swap.frameAt(slot);
  if (swap.ownerOf(slot) < 0) return pfn >= 0 ? "is free and cached" : null;
  if (pfn < 0) return wanted.has(slot) ? null : "is taken and nobody's";
  const isKnown = parts.frames.slot[pfn] === slot && has(memory, pfn, PG_SWAPCACHE);
  return isKnown ? null : `is cached by frame ${pfn}, which does not know`;
}

/**
 * Acknowledged pages that the device no longer has. `stored` says what it holds in a slot. A page whose only copy is
 * the device's, or whose frame is clean, must be there as it was written last.
 */
export function lostPages(
  memory: Memory,
  stored: (slot: number) => PageIdentity | undefined,
): string[] {
  const faults: string[] = [];
  for (const [space, index, slot] of swappedPages(memory.spaces)) {
    const pfn = memory.swap.frameAt(slot);
    if (pfn >= 0 && has(memory, pfn, PG_DIRTY | PG_WRITEBACK)) continue;
    const found = stored(slot);
    const version = space.versions[index] ?? 0;
    if (found?.owner === space.id && found.index === index && found.version === version) continue;
    faults.push(`page ${index} of ${space.name}, version ${version}, is gone from slot ${slot}`);
  }
  return faults;
}

/** Every page that is swapped out: its space, its index, its slot. */
function* swappedPages(
  spaces: readonly AddressSpace[],
): Generator<readonly [AddressSpace, number, number]> {
  for (const space of spaces)
    for (let index = 0; index < space.pageCount; index++) {
      const slot = space.slotOf(index);
      if (slot >= 0) yield [space, index, slot];
    }
}

const has = (memory: Memory, pfn: number, flag: number): boolean =>
  ((memory.parts.frames.flags[pfn] ?? 0) & flag) !== 0;

function differ(faults: string[], what: string, said: number, counted: number): void {
  if (said !== counted) faults.push(`${what}: said ${said}, counted ${counted}`);
}

const keyOf = (zone: number, list: LruKind): string => `${zone}/${list}`;

function framesOnStacks(memory: Memory): readonly Frame[] {
  return memory.parts.sched.tasks().flatMap((task) => task.stack);
}

/** Pages that reclaimers have taken off the lists. */
function isolatedPfns(memory: Memory): number[] {
  return framesOnStacks(memory).flatMap((frame) => ("batch" in frame ? numbers(frame.batch) : []));
}

const numbers = (value: unknown): number[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "number") : [];

/** Pages just given to a fault that has not yet said whose they are. */
function unbornPfns(memory: Memory): Set<number> {
  const unborn = new Set<number>();
  for (const task of memory.parts.sched.tasks())
    if (task.state !== "finished") unborn.add(task.result);
  return unborn;
}

function mappedFilePages(memory: Memory): number {
  const { frames } = memory.parts;
  let pages = 0;
  for (let pfn = 0; pfn < frames.count; pfn++)
    if (frames.kind[pfn] === PAGE_KIND.file && has(memory, pfn, PG_MAPPED)) pages++;
  return pages;
}
