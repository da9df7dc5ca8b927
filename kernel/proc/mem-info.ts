// The block of lines that Linux prints with an allocation failure or before an OOM kill. Linux: show_free_areas(),
// mm/page_alloc.c (6.1).
//
// Not modelled: the node line (one node: its sums are the first line's), blocks by migratetype letters, isolated file pages.

import type { Machine } from "../machine.ts";
import { LRU } from "../mm/lru-set.ts";
import type { Zone } from "../mm/zone.ts";
import { kib, memoryCounts } from "./counts.ts";
import { perCpuPages } from "./zones.ts";

export function memInfo(machine: Machine): string[] {
  const c = memoryCounts(machine);
  return [
    "Mem-Info:",
    `active_anon:${c.activeAnon} inactive_anon:${c.inactiveAnon} isolated_anon:${c.isolated}`,
    ` active_file:${c.activeFile} inactive_file:${c.inactiveFile} isolated_file:0`,
    ` unevictable:${c.unevictable} dirty:${c.dirty} writeback:${c.writeback}`,
    ` slab_reclaimable:0 slab_unreclaimable:${c.slab}`,
    ` mapped:0 shmem:0 pagetables:0`,
    ` free:${c.free} free_pcp:${c.freePcp} free_cma:0`,
    ...machine.memory.parts.pages.zones.flatMap((zone, place) => zoneLines(machine, zone, place)),
    ...machine.memory.parts.pages.zones.map((zone) => blocksLine(machine, zone)),
    `${c.file + c.swapCached} total pagecache pages`,
    `${c.swapCached} pages in swap cache`,
    `Free swap  = ${kib(c.swapFree)}kB`,
    `Total swap = ${kib(c.swapTotal)}kB`,
  ];
}

function zoneLines(machine: Machine, zone: Zone, place: number): string[] {
  const { lru } = machine.memory;
  const fields: readonly (readonly [string, number])[] = [
    ["free", zone.freePages],
    ["boost", zone.boostPages],
    ["min", zone.minPages],
    ["low", zone.lowPages],
    ["high", zone.highPages],
    ["active_anon", lru.zoneSize(place, LRU.activeAnon)],
    ["inactive_anon", lru.zoneSize(place, LRU.inactiveAnon)],
    ["active_file", lru.zoneSize(place, LRU.activeFile)],
    ["inactive_file", lru.zoneSize(place, LRU.inactiveFile)],
    ["unevictable", lru.zoneSize(place, LRU.unevictable)],
    ["present", zone.presentPages],
    ["managed", zone.managedPages],
    ["free_pcp", perCpuPages(machine, zone)],
  ];
  const text = fields.map(([name, pages]) => ` ${name}:${kib(pages)}kB`).join("");
  return [
    `Node 0 ${zone.name}${text}`,
    `lowmem_reserve[]:${Array.from(zone.reservePages, (pages) => ` ${pages}`).join("")}`,
  ];
}

/** "Node 0 Normal: 3*4kB 1*8kB … = 20kB" */
function blocksLine({ memory }: Machine, zone: Zone): string {
  const counts = Array.from(memory.parts.pages.freeBlocks(zone));
  const blocks = counts.map((count, order) => `${count}*${kib(1 << order)}kB `).join("");
  const total = counts.reduce((sum, count, order) => sum + count * kib(1 << order), 0);
  return `Node 0 ${zone.name}: ${blocks}= ${total}kB`;
}
