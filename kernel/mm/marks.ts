// A machine's marks and limits, all in one answer: what `unwedge marks` prints and a newcomer asks first.
//
// Everything here is computed by the functions that the emulated machine itself uses.

import type { Era } from "../era.ts";
import { type NetLimits, netLimits } from "../net/limits.ts";
import { ALLOC_MIN_RESERVE, ALLOC_NON_BLOCK, ALLOC_OOM, floorPages } from "./alloc-flags.ts";
import { PAGEBLOCK_PAGES } from "./migratetype.ts";
import {
  bootMinFreeKiB,
  freeBufferPages,
  lowmemReserve,
  type Thp,
  WATERMARK_BOOST_FACTOR,
  WATERMARK_SCALE_FACTOR,
  zoneWatermarks,
} from "./watermark.ts";
import { type ZoneName, type ZoneSpec, zoneNames } from "./zone.ts";

export interface MarksSpec {
  readonly era: Era;
  /** Lowest first. */
  readonly zones: readonly ZoneSpec[];
  readonly thp?: Thp;
  /** vm.min_free_kbytes; left out or null: as the kernel computes it. */
  readonly minFreeKiB?: number | null;
  readonly watermarkScaleFactor?: number;
  readonly watermarkBoostFactor?: number;
}

/** One zone. A request is refused when no more than its floor is free, 2^order − 1 pages set aside. */
export interface ZoneMarks {
  readonly name: ZoneName;
  readonly presentPages: number;
  readonly managedPages: number;
  readonly minPages: number;
  readonly lowPages: number;
  readonly highPages: number;
  /** Most that fragmentation can add to all three; 0 where there is no boost. */
  readonly boostPagesMax: number;
  /** Pages kept from requests of class DMA, DMA32, NORMAL. */
  readonly protectionPages: readonly number[];
  readonly floors: Floors;
  /** Where a flood of GFP_ATOMIC requests of class NORMAL ends: atomic floor and protection, within the zone. */
  readonly floodFloorPages: number;
}

/** Free pages that must remain, protection not counted. */
export interface Floors {
  readonly kernelPages: number;
  readonly nowaitPages: number;
  readonly highPages: number;
  readonly atomicPages: number;
  readonly realtimePages: number;
  readonly oomVictimPages: number;
}

export interface MachineMarks {
  readonly era: Era;
  readonly thp: Thp;
  readonly minFreeKiB: number;
  readonly zones: readonly ZoneMarks[];
  /** nr_free_buffer_pages(). */
  readonly bufferPages: number;
  /** Direct reclaimers sleep while no more than this is free in the zones that count; null where nobody is throttled. */
  readonly throttleLinePages: number | null;
  /** The same while every zone that can be is boosted once. */
  readonly boostedThrottleLinePages: number | null;
  /** Free pages that a flood of GFP_ATOMIC requests leaves in all zones. */
  readonly floodFloorPages: number;
  readonly net: NetLimits;
}

export function machineMarks(spec: MarksSpec): MachineMarks {
  const { era, thp = "never", watermarkScaleFactor = WATERMARK_SCALE_FACTOR } = spec;
  const sized = spec.zones.map(({ name, managedPages }) => ({
    index: zoneNames.indexOf(name),
    managedPages,
  }));
  const minFreeKiB =
    spec.minFreeKiB ?? bootMinFreeKiB({ era, zones: sized, thp, watermarkScaleFactor });
  const marks = zoneWatermarks({ era, zones: sized, minFreeKiB, watermarkScaleFactor });
  const zones = spec.zones.map((zone, i): ZoneMarks => {
    const { minPages = 0, lowPages = 0, highPages = 0 } = marks[i] ?? {};
    const protection = lowmemReserve(era, sized, zoneNames.indexOf(zone.name));
    const floors = floorsOf(era, minPages);
    const floodFloor = floors.atomicPages + (protection[2] ?? 0);
    return {
      ...zone,
      minPages,
      lowPages,
      highPages,
      boostPagesMax: boostMax(spec, zone.managedPages, highPages),
      protectionPages: Array.from(protection),
      floors,
      floodFloorPages: Math.min(zone.managedPages, floodFloor),
    };
  });
  const bufferPages = freeBufferPages(sized, (i) => zones[i]?.highPages ?? 0);
  const managedPages = sum(zones, (zone) => zone.managedPages);
  return {
    era,
    thp,
    minFreeKiB,
    zones,
    bufferPages,
    ...throttleLines(era, zones),
    floodFloorPages: sum(zones, (zone) => zone.floodFloorPages),
    net: netLimits({ era, bufferPages, managedPages }),
  };
}

function sum(zones: readonly ZoneMarks[], pages: (zone: ZoneMarks) => number): number {
  return zones.reduce((total, zone) => total + pages(zone), 0);
}

function floorsOf(era: Era, minPages: number): Floors {
  const floor = (flags: number): number => floorPages(era, minPages, flags);
  return {
    kernelPages: floor(0),
    nowaitPages: floor(ALLOC_NON_BLOCK),
    highPages: floor(ALLOC_MIN_RESERVE),
    atomicPages: floor(ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK),
    realtimePages: floor(era === "6.1" ? ALLOC_MIN_RESERVE : ALLOC_NON_BLOCK),
    oomVictimPages: era === "6.1" ? floor(ALLOC_OOM) : 0,
  };
}

function boostMax(spec: MarksSpec, managedPages: number, highPages: number): number {
  const factor = spec.watermarkBoostFactor ?? WATERMARK_BOOST_FACTOR;
  if (spec.era !== "6.1" || factor === 0 || managedPages < PAGEBLOCK_PAGES * 4) return 0;
  return Math.max(PAGEBLOCK_PAGES, Math.floor((highPages * factor) / 10_000));
}

/** Linux: allow_direct_reclaim(), mm/vmscan.c: half of the sum of the min marks, since 3.6. */
function throttleLines(
  era: Era,
  zones: readonly ZoneMarks[],
): Pick<MachineMarks, "throttleLinePages" | "boostedThrottleLinePages"> {
  if (era === "2.6.12") return { throttleLinePages: null, boostedThrottleLinePages: null };
  const reserve = sum(zones, (zone) => zone.minPages);
  const boost = sum(zones, (zone) => Math.min(zone.boostPagesMax, PAGEBLOCK_PAGES));
  return {
    throttleLinePages: Math.floor(reserve / 2),
    boostedThrottleLinePages: Math.floor((reserve + boost) / 2),
  };
}
