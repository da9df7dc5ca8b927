// Where a PC's RAM lies: its zones when nobody says otherwise. Linux: arch/x86/kernel/e820.c, mm/page_alloc.c.
//
// Not modelled: firmware tables of real boards, memory that the swiotlb or a crash kernel holds; they differ by machine,
// and whoever knows his gives the zones themselves.

import { assert } from "#base/assert.ts";
import { PAGE_BYTES } from "#base/units.ts";
import type { Era } from "../era.ts";
import type { ZoneSpec } from "./zone.ts";

/** The first 16 MiB: 3998 pages are RAM, and the first MiB of them is never given out (6.1, QEMU and most PCs). */
const DMA_SPAN_PAGES = 4096;
const DMA_PRESENT_PAGES = 3998;
const DMA_MANAGED_PAGES = 3840;
/** RAM that fits below the hole for devices under 4 GiB; the rest is moved above (QEMU's pc machine: 3 GiB). */
const LOW_RAM_PAGES = 786_432;
/** sizeof(struct page): one for each page of RAM, allocated from the top of memory. */
const PAGE_STRUCT_BYTES = 64;

/** The zones of a PC with `ramBytes`, of which the kernel keeps `kernelBytes` for itself; lowest first. */
export function layoutZones(ramBytes: number, kernelBytes: number, era: Era = "6.1"): ZoneSpec[] {
  const ramPages = Math.floor(ramBytes / PAGE_BYTES);
  const kernelPages = Math.ceil(kernelBytes / PAGE_BYTES);
  assert(kernelPages < ramPages, "the kernel leaves memory to others");
  if (ramPages <= DMA_SPAN_PAGES) return [zone("DMA", ramPages, kernelPages)];
  const dma = zone("DMA", DMA_PRESENT_PAGES, DMA_PRESENT_PAGES - DMA_MANAGED_PAGES);
  const rest = above(era, ramPages);
  // What the kernel takes: its image low, its page structs at the top.
  const structPages = Math.min(kernelPages, Math.ceil((ramPages * PAGE_STRUCT_BYTES) / PAGE_BYTES));
  const zones = rest.map(({ name, presentPages }, i) => {
    const image = i === 0 ? kernelPages - structPages : 0;
    const structs = i === rest.length - 1 ? structPages : 0;
    return zone(name, presentPages, image + structs);
  });
  return [dma, ...zones];
}

/** Before 2.6.15 there was no DMA32; everything above 16 MiB was NORMAL. */
function above(era: Era, ramPages: number): Pick<ZoneSpec, "name" | "presentPages">[] {
  const pages = ramPages - DMA_SPAN_PAGES;
  if (era === "2.6.12") return [{ name: "Normal", presentPages: pages }];
  const low = Math.min(pages, LOW_RAM_PAGES - DMA_SPAN_PAGES);
  const high = pages - low;
  const dma32 = { name: "DMA32", presentPages: low } as const;
  return high === 0 ? [dma32] : [dma32, { name: "Normal", presentPages: high }];
}

function zone(name: ZoneSpec["name"], presentPages: number, keptPages: number): ZoneSpec {
  assert(keptPages < presentPages, "each zone has memory to give");
  return { name, presentPages, managedPages: presentPages - keptPages };
}
