// /proc/meminfo of an emulated machine. Linux: fs/proc/meminfo.c, si_mem_available() of mm/page_alloc.c (6.1).
//
// Not modelled: page tables, kernel stacks, vmalloc, commit accounting, huge pages, direct-map sizes: no such rows. Buffers,
// Shmem, Mlocked and SReclaimable are there because free(1) wants them, and are 0.

import type { Machine } from "../machine.ts";
import { kib, type MemoryCounts, memoryCounts } from "./counts.ts";

const LABEL_COLUMNS = 16;
const VALUE_COLUMNS = 8;

export function meminfo(machine: Machine): string {
  const counts = memoryCounts(machine);
  return rows(machine, counts)
    .map(([name, pages]) => line(name, kib(pages)))
    .join("");
}

const line = (name: string, valueKib: number): string =>
  `${`${name}:`.padEnd(LABEL_COLUMNS)}${String(valueKib).padStart(VALUE_COLUMNS)} kB\n`;

function rows(machine: Machine, c: MemoryCounts): readonly (readonly [string, number])[] {
  return [
    ["MemTotal", c.managed],
    ["MemFree", c.free],
    ["MemAvailable", availablePages(machine, c)],
    ["Buffers", 0],
    ["Cached", c.file],
    ["SwapCached", c.swapCached],
    ["Active", c.activeAnon + c.activeFile],
    ["Inactive", c.inactiveAnon + c.inactiveFile],
    ["Active(anon)", c.activeAnon],
    ["Inactive(anon)", c.inactiveAnon],
    ["Active(file)", c.activeFile],
    ["Inactive(file)", c.inactiveFile],
    ["Unevictable", c.unevictable],
    ["Mlocked", 0],
    ["SwapTotal", c.swapTotal],
    ["SwapFree", c.swapFree],
    ["Dirty", c.dirty],
    ["Writeback", c.writeback],
    ["AnonPages", c.anon],
    ["Shmem", 0],
    ["Slab", c.slab],
    ["SReclaimable", 0],
    ["SUnreclaim", c.slab],
  ];
}

/** Free pages above every mark, and half of the page cache, or all of it but the low mark where that is more. */
function availablePages({ memory }: Machine, c: MemoryCounts): number {
  const { pages } = memory.parts;
  const { lowPages } = pages.totalWatermark;
  const kept = pages.zones.reduce(
    (sum, { highPages, managedPages, reservePages }) =>
      sum + Math.min(managedPages, highPages + Math.max(...reservePages)),
    0,
  );
  const cache = c.activeFile + c.inactiveFile;
  return Math.max(0, c.free - kept + cache - Math.min(Math.floor(cache / 2), lowPages));
}
