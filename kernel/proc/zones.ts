// /proc/zoneinfo and /proc/buddyinfo of an emulated machine. Linux: zoneinfo_show_print(), frag_show_print(), mm/vmstat.c (6.1).
//
// Not modelled: nodes (all is node 0), the movable and device zones (absent, where Linux prints an empty one), thresholds of
// per-CPU counters, pages of a per-CPU list by CPU (the sum of all is told, at cpu 0).

import type { Machine } from "../machine.ts";
import { LRU, type LruKind } from "../mm/lru-set.ts";
import { KSWAPD_HOPELESS } from "../mm/memory.ts";
import { PAGE_KIND } from "../mm/page-frames.ts";
import type { Zone } from "../mm/zone.ts";

/** "Node 0, zone   Normal": how both begin a zone. */
const head = ({ name }: Zone): string => `Node 0, zone ${name.padStart(8)}`;

export function buddyinfo({ memory }: Machine): string {
  const { pages } = memory.parts;
  return pages.zones
    .map((zone) => {
      const counts = Array.from(pages.freeBlocks(zone), (count) => `${String(count).padStart(6)} `);
      return `${head(zone)} ${counts.join("")}\n`;
    })
    .join("");
}

export const zoneinfo = (machine: Machine): string =>
  machine.memory.parts.pages.zones.map((zone, place) => zoneText(machine, zone, place)).join("");

function zoneText(machine: Machine, zone: Zone, place: number): string {
  const { memory } = machine;
  return [
    head(zone),
    `  pages free     ${zone.freePages}`,
    `        boost    ${zone.boostPages}`,
    `        min      ${zone.minPages}`,
    `        low      ${zone.lowPages}`,
    `        high     ${zone.highPages}`,
    `        spanned  ${zone.endPfn - zone.startPfn}`,
    `        present  ${zone.presentPages}`,
    `        managed  ${zone.managedPages}`,
    `        cma      0`,
    `        protection: (${Array.from(zone.reservePages).join(", ")})`,
    ...stats(machine, zone, place).map(([name, pages]) => `      ${name.padEnd(12)} ${pages}`),
    "  pagesets",
    "    cpu: 0",
    `              count: ${perCpuPages(machine, zone)}`,
    `  node_unreclaimable:  ${memory.kswapdFailures >= KSWAPD_HOPELESS ? 1 : 0}`,
    `  start_pfn:           ${zone.startPfn}`,
    "",
  ].join("\n");
}

function stats({ memory }: Machine, zone: Zone, place: number): readonly [string, number][] {
  const size = (kind: LruKind): number => memory.lru.zoneSize(place, kind);
  return [
    ["nr_free_pages", zone.freePages],
    ["nr_zone_inactive_anon", size(LRU.inactiveAnon)],
    ["nr_zone_active_anon", size(LRU.activeAnon)],
    ["nr_zone_inactive_file", size(LRU.inactiveFile)],
    ["nr_zone_active_file", size(LRU.activeFile)],
    ["nr_zone_unevictable", size(LRU.unevictable)],
  ];
}

/** Pages of the zone on lists of CPUs. */
export function perCpuPages({ memory }: Machine, zone: Zone): number {
  const { kind } = memory.parts.frames;
  let pages = 0;
  for (let pfn = zone.startPfn; pfn < zone.endPfn; pfn++)
    if (kind[pfn] === PAGE_KIND.perCpu) pages++;
  return pages;
}
