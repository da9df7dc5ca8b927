// All zones of a machine: their order of use, their marks, and what vm.* knobs do to them.
//
// Linux: mm/page_alloc.c: build_zonelists, setup_per_zone_wmarks, setup_zone_migrate_reserve (3.6).

import { assert } from "#base/assert.ts";
import type { Era } from "../era.ts";
import { ALLOC_NOFRAGMENT } from "./alloc-flags.ts";
import {
  MIGRATE_HIGHATOMIC,
  MIGRATE_MOVABLE,
  MIGRATE_UNMOVABLE,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
} from "./migratetype.ts";
import type { PageFrames } from "./page-frames.ts";
import {
  bootMinFreeKiB,
  freeBufferPages,
  lowmemReserve,
  type Thp,
  ZONE_TYPES,
  zoneWatermarks,
} from "./watermark.ts";
import { framesOf, Zone, type ZoneSpec } from "./zone.ts";
import { ZoneRig, type ZoneRigState } from "./zone-rig.ts";

/** vm.* knobs of the allocator. */
export interface AllocSysctl {
  /** vm.min_free_kbytes; null for what the kernel computes. */
  readonly minFreeKiB: number | null;
  readonly watermarkScaleFactor: number;
  readonly watermarkBoostFactor: number;
  /** Whether atomic requests of order > 0 reserve blocks. No knob in Linux: it is always on there. */
  readonly highatomic: boolean;
  readonly thp: Thp;
  /** vm.critical_pages, under a policy that keeps pages apart. */
  readonly criticalPages?: number;
}

export interface MachineZonesSpec {
  readonly frames: PageFrames;
  readonly zones: readonly ZoneSpec[];
  readonly era: Era;
  readonly cpuCount: number;
  readonly sysctl: AllocSysctl;
}

export class MachineZones {
  readonly zones: readonly Zone[];
  /** By class: the zones it may use, best first. */
  readonly zonelist: readonly (readonly ZoneRig[])[];
  /** By class: ALLOC_NOFRAGMENT where a lower zone is there to be tried first (6.1). */
  readonly noFragment: readonly [number, number, number];
  minFreeKiB = 0;

  readonly #era: Era;
  readonly #sysctl: AllocSysctl;
  readonly #rigs: readonly ZoneRig[];
  /** Rig of each range of 1024 frames; zones begin and end at such. */
  readonly #rigByRange: ZoneRig[] = [];
  /** Migratetype of each pageblock, by pfn >> PAGEBLOCK_ORDER. */
  readonly blockType: Uint8Array;

  constructor(spec: MachineZonesSpec) {
    const { frames, era, cpuCount } = spec;
    assert(framesOf(spec.zones) === frames.count, "the zones span the frames");
    this.#era = era;
    this.#sysctl = spec.sysctl;
    this.zones = layOut(spec.zones);
    this.blockType = new Uint8Array(frames.count >> PAGEBLOCK_ORDER);
    this.blockType.fill(era === "2.6.12" ? MIGRATE_UNMOVABLE : MIGRATE_MOVABLE);
    const { blockType } = this;
    const boostFactor = spec.sysctl.watermarkBoostFactor;
    this.#rigs = this.zones.map(
      (zone, place) => new ZoneRig({ zone, place, frames, blockType, era, boostFactor, cpuCount }),
    );
    for (const rig of this.#rigs)
      for (let pfn = rig.zone.startPfn; pfn < rig.zone.endPfn; pfn += 1024)
        this.#rigByRange.push(rig);
    this.zonelist = zonelistOf(this.#rigs);
    this.noFragment = noFragmentOf(era, this.zonelist);
    const { zones } = this;
    this.setMinFreeKiB(spec.sysctl.minFreeKiB ?? bootMinFreeKiB({ era, zones, ...spec.sysctl }));
  }

  /** The zone that requests of class NORMAL try first. */
  get best(): ZoneRig {
    const best = this.#rigs.at(-1);
    assert(best !== undefined, "a machine has a zone");
    return best;
  }

  get managedPages(): number {
    return this.zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  }

  get freeBufferPages(): number {
    return freeBufferPages(this.zones, (i) => this.zones[i]?.highPages ?? 0);
  }

  get stealCount(): number {
    return this.#rigs.reduce((sum, rig) => sum + rig.fallback.stealCount, 0);
  }

  rigOf(pfn: number): ZoneRig {
    const rig = this.#rigByRange[pfn >> 10];
    assert(rig !== undefined, "the frame is one of the machine's");
    return rig;
  }

  perCpuPfns(): number[] {
    return this.#rigs.flatMap((rig) => rig.perCpu.flatMap((pcp) => pcp.pfns()));
  }

  drainPerCpu(): void {
    for (const rig of this.#rigs) for (const pcp of rig.perCpu) pcp.drain();
  }

  /** Set the marks anew; boosts end, per-CPU lists are resized. */
  setMinFreeKiB(kib: number): void {
    assert(Number.isInteger(kib) && kib >= 0, "min_free_kbytes is a count of KiB");
    this.minFreeKiB = kib;
    const { zones } = this;
    const { watermarkScaleFactor } = this.#sysctl;
    const marks = zoneWatermarks({ era: this.#era, zones, minFreeKiB: kib, watermarkScaleFactor });
    for (const [i, rig] of this.#rigs.entries()) {
      const { zone } = rig;
      zone.watermark = marks[i] ?? zone.watermark;
      zone.boostPages = 0;
      zone.reservePages = lowmemReserve(this.#era, zones, zone.index);
      for (const pcp of rig.perCpu) pcp.resize(rig.perCpu.length);
      if (this.#era === "3.x") keepReserveBlocks(rig);
    }
  }

  /** Keep so many pages above every mark, each zone its share. Zijlstra: __setup_per_zone_pages_min(), pages_emerg. */
  setEmergencyPages(pages: number): void {
    const { managedPages } = this;
    for (const zone of this.zones)
      zone.emergencyPages = Math.floor((pages * zone.managedPages) / managedPages);
  }

  save(): MachineZonesState {
    return {
      minFreeKiB: this.minFreeKiB,
      blockType: this.blockType.slice(),
      rigs: this.#rigs.map((rig) => rig.save()),
    };
  }

  load(state: MachineZonesState): void {
    this.minFreeKiB = state.minFreeKiB;
    this.blockType.set(state.blockType);
    this.#rigs.forEach((rig, i) => {
      const own = state.rigs[i];
      assert(own !== undefined, "a state is loaded into a machine of the same zones");
      rig.load(own);
    });
  }
}

export interface MachineZonesState {
  readonly minFreeKiB: number;
  /** Migratetype of each pageblock, by pfn >> PAGEBLOCK_ORDER. */
  readonly blockType: Uint8Array;
  readonly rigs: readonly ZoneRigState[];
}

function layOut(specs: readonly ZoneSpec[]): Zone[] {
  const zones: Zone[] = [];
  let startPfn = 0;
  let below = -1;
  for (const spec of specs) {
    const zone = new Zone(spec, startPfn);
    assert(zone.index > below, "zones come lowest first, each once");
    below = zone.index;
    startPfn = zone.endPfn;
    zones.push(zone);
  }
  return zones;
}

function zonelistOf(rigs: readonly ZoneRig[]): ZoneRig[][] {
  return Array.from({ length: ZONE_TYPES }, (_, classIndex) =>
    rigs.filter((rig) => rig.zone.index <= classIndex).reverse(),
  );
}

/** Linux: alloc_flags_nofragment(): only from ZONE_NORMAL, with lower zones to go to. */
function noFragmentOf(
  era: Era,
  zonelist: readonly (readonly ZoneRig[])[],
): readonly [number, number, number] {
  const best = zonelist[2]?.[0];
  return [0, 0, era === "6.1" && best?.zone.index === 2 ? ALLOC_NOFRAGMENT : 0];
}

/** 3.x keeps one or two pageblocks of each zone as MIGRATE_RESERVE, as many as the min mark fills. */
function keepReserveBlocks({ zone, buddy }: ZoneRig): void {
  let wanted = Math.min(2, Math.ceil(zone.watermark.minPages / PAGEBLOCK_PAGES));
  const first = Math.ceil(zone.firstManagedPfn / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;
  for (let pfn = first; pfn < zone.endPfn; pfn += PAGEBLOCK_PAGES) {
    const type = buddy.typeOf(pfn);
    const isReserve = type === MIGRATE_HIGHATOMIC;
    const isKept = wanted > 0 && (isReserve || type === MIGRATE_MOVABLE);
    if (isKept) wanted--;
    if (isKept === isReserve) continue;
    if (!isKept && !isReserve) continue;
    const to = isKept ? MIGRATE_HIGHATOMIC : MIGRATE_MOVABLE;
    buddy.setType(pfn, to);
    buddy.movePageblock(pfn, to);
  }
}
