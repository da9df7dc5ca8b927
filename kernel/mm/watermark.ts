// The marks of a machine's zones: the reserve, where kswapd wakes, where it sleeps, and what is kept from whom.
//
// Linux: mm/page_alloc.c: calculate_min_free_kbytes, __setup_per_zone_wmarks, setup_per_zone_lowmem_reserve (6.1),
// init_per_zone_pages_min and setup_per_zone_pages_min (2.6.12); mm/khugepaged.c: set_recommended_min_free_kbytes.
//
// Not modelled: ZONE_HIGHMEM and ZONE_MOVABLE (their min marks are computed otherwise), CMA pages (3.x adds them to low
// and high), a min_free_kbytes set by the user before boot ended.

import { isqrt } from "#base/units.ts";
import type { Era } from "../era.ts";

/** Free-page thresholds of a zone, in pages, without boost. Linux: enum zone_watermarks, include/linux/mmzone.h. */
export interface Watermarks {
  /** What GFP_KERNEL must leave. */
  readonly minPages: number;
  /** Below it kswapd wakes. */
  readonly lowPages: number;
  /** At it kswapd sleeps again. */
  readonly highPages: number;
}

export type Thp = "always" | "madvise" | "never";

/** A zone as the formulas see it. `index` is 0 for DMA, 1 for DMA32, 2 for NORMAL. */
export interface SizedZone {
  readonly index: number;
  readonly managedPages: number;
}

/** Zone types below and with ZONE_NORMAL. */
export const ZONE_TYPES = 3;

/** vm.watermark_scale_factor: ten-thousandths of a zone between two marks. Linux: mm/page_alloc.c. */
export const WATERMARK_SCALE_FACTOR = 10;
/** vm.watermark_boost_factor: ten-thousandths of the high mark that a boost may reach. Linux: mm/page_alloc.c. */
export const WATERMARK_BOOST_FACTOR = 15_000;

/** Ceiling of the computed min_free_kbytes; it was raised with 5.x. */
const MIN_FREE_KIB_MAX = { "2.6.12": 65_536, "3.x": 65_536, "6.1": 262_144 } as const;
const MIN_FREE_KIB_MIN = 128;

/** Ratio by which each zone is kept from requests that could use a higher one; 2.6.12 has no DMA32. */
const lowmemReserveRatio = [256, 256, 32] as const;

/** vm.min_free_kbytes as the kernel computes it of `bufferPages` = nr_free_buffer_pages(). */
export function computedMinFreeKiB(era: Era, bufferPages: number): number {
  const kib = isqrt(bufferPages * 4 * 16);
  return Math.min(Math.max(kib, MIN_FREE_KIB_MIN), MIN_FREE_KIB_MAX[era]);
}

/** nr_free_buffer_pages(): what the zones manage above their high marks, in pages. */
export function freeBufferPages(
  zones: readonly SizedZone[],
  highPages: (zone: number) => number,
): number {
  let pages = 0;
  zones.forEach((zone, i) => {
    pages += Math.max(0, zone.managedPages - highPages(i));
  });
  return pages;
}

/** Pages that huge pages want free: two pageblocks a zone, and three of each movable type against falling back. */
const THP_PAGES_PER_ZONE = 512 * 2 + 512 * 3 * 3;
/** With less than this managed, huge pages switch themselves off. Linux: hugepage_init(), mm/huge_memory.c: 512 MiB. */
const THP_RAM_PAGES_MIN = 512 << (20 - 12);

/** vm.min_free_kbytes after huge pages raised it. Linux: set_recommended_min_free_kbytes(). */
export function thpMinFreeKiB(zoneCount: number, bufferPages: number, nowKiB: number): number {
  const wanted = Math.min(THP_PAGES_PER_ZONE * zoneCount, Math.floor(bufferPages / 20));
  return Math.max(nowKiB, wanted * 4);
}

export interface BootSpec {
  readonly era: Era;
  readonly zones: readonly SizedZone[];
  readonly thp: Thp;
  readonly watermarkScaleFactor: number;
}

/**
 * vm.min_free_kbytes of a machine that has just booted.
 *
 * The order of events matters. It is computed first while all marks are still 0. Then, if there is RAM enough for huge
 * pages, either they are on and raise it, or (6.1) they are off and it is computed again, now with the high marks of the
 * first pass subtracted. Both happen before the kernel frees its init memory, so the sizes are those of that moment.
 */
export function bootMinFreeKiB(spec: BootSpec): number {
  const { era, zones } = spec;
  const noMarks = (): number => 0;
  const firstKiB = computedMinFreeKiB(era, freeBufferPages(zones, noMarks));
  const managed = zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  if (era === "2.6.12" || managed < THP_RAM_PAGES_MIN) return firstKiB;
  const marks = zoneWatermarks({ ...spec, minFreeKiB: firstKiB });
  const bufferPages = freeBufferPages(zones, (i) => marks[i]?.highPages ?? 0);
  if (spec.thp !== "never") return thpMinFreeKiB(zones.length, bufferPages, firstKiB);
  return era === "6.1" ? computedMinFreeKiB(era, bufferPages) : firstKiB;
}

/** Marks of each zone, in its order. */
export function zoneWatermarks(spec: {
  readonly era: Era;
  readonly zones: readonly SizedZone[];
  readonly minFreeKiB: number;
  readonly watermarkScaleFactor: number;
}): Watermarks[] {
  const { era, zones, watermarkScaleFactor } = spec;
  const minPages = Math.floor(spec.minFreeKiB / 4);
  const managed = zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  return zones.map((zone) => {
    const share = Math.floor((minPages * zone.managedPages) / managed);
    return marksOf(era, share, Math.floor((zone.managedPages * watermarkScaleFactor) / 10_000));
  });
}

/** 2.6.12 and 3.x round differently: 5/4 of min there, min + min/4 here, both in integers. */
function marksOf(era: Era, min: number, scaledPages: number): Watermarks {
  if (era === "2.6.12")
    return {
      minPages: min,
      lowPages: Math.floor((min * 5) / 4),
      highPages: Math.floor((min * 6) / 4),
    };
  if (era === "3.x")
    return { minPages: min, lowPages: min + (min >> 2), highPages: min + (min >> 1) };
  const step = Math.max(min >> 2, scaledPages);
  return { minPages: min, lowPages: min + step, highPages: min + 2 * step };
}

/** Pages of zone type `index` that are kept from requests of each class (DMA, DMA32, NORMAL): "protection". */
export function lowmemReserve(era: Era, zones: readonly SizedZone[], index: number): Int32Array {
  const reserve = new Int32Array(ZONE_TYPES);
  const own = zones.find((zone) => zone.index === index);
  if (own === undefined || own.managedPages === 0) return reserve;
  if (era === "2.6.12" && index === 1) return reserve;
  const ratio = lowmemReserveRatio[index] ?? 1;
  let above = 0;
  for (let type = index + 1; type < ZONE_TYPES; type++) {
    above += zones.find((zone) => zone.index === type)?.managedPages ?? 0;
    reserve[type] = Math.floor(above / ratio);
  }
  return reserve;
}
