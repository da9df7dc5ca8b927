// /proc/vmstat of an emulated machine: levels first, then the counters, each "name value". Linux: vmstat_text, mm/vmstat.c (6.1).
//
// Not modelled: NUMA, huge pages, KSM, zswap, balloon and CMA: no such rows. Counters stand in the order of their names.

import type { Machine } from "../machine.ts";
import { dirtyLimits } from "../mm/dirty-limits.ts";
import { memoryCounts } from "./counts.ts";

export const vmstat = (machine: Machine): string =>
  [...levels(machine), ...Object.entries(machine.memory.parts.vmstat.counts)]
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");

function levels(machine: Machine): readonly (readonly [string, number])[] {
  const c = memoryCounts(machine);
  const { limitPages, backgroundPages } = dirtyLimits(machine.memory);
  return [
    ["nr_free_pages", c.free],
    ["nr_zone_inactive_anon", c.inactiveAnon],
    ["nr_zone_active_anon", c.activeAnon],
    ["nr_zone_inactive_file", c.inactiveFile],
    ["nr_zone_active_file", c.activeFile],
    ["nr_zone_unevictable", c.unevictable],
    ["nr_zone_write_pending", c.dirty + c.writeback],
    ["nr_inactive_anon", c.inactiveAnon],
    ["nr_active_anon", c.activeAnon],
    ["nr_inactive_file", c.inactiveFile],
    ["nr_active_file", c.activeFile],
    ["nr_unevictable", c.unevictable],
    ["nr_slab_unreclaimable", c.slab],
    ["nr_isolated_anon", c.isolated],
    ["nr_anon_pages", c.anon],
    ["nr_file_pages", c.file + c.swapCached],
    ["nr_dirty", c.dirty],
    ["nr_writeback", c.writeback],
    ["nr_swapcached", c.swapCached],
    ["nr_dirty_threshold", limitPages],
    ["nr_dirty_background_threshold", backgroundPages],
  ];
}
