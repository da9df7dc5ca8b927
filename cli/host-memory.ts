// A machine's memory as /proc says it: zones with their marks, what is free, and what could be dropped.
//
// Linux: fs/proc/meminfo.c, zoneinfo_show_print() in mm/vmstat.c.

import { type ZoneSpec, zoneNames } from "#kernel/index.ts";
import type { HostReadings, Line } from "./host-readings.ts";

export interface MeasuredZone extends ZoneSpec {
  readonly freePages: number;
}

export interface HostMemory {
  /** Lowest first; zones of several NUMA nodes are added up, and others than DMA, DMA32 and Normal go to Normal. */
  readonly zones: readonly MeasuredZone[];
  /** Zones that the model does not know by their name. */
  readonly otherZones: readonly string[];
  readonly numaNodes: number;
  /** Sums over all zones, as the kernel has them now. Pages. */
  readonly managedPages: number;
  readonly minPages: number;
  readonly lowPages: number;
  readonly highPages: number;
  /** Page cache that could be dropped without writing: no shared memory, nothing dirty. */
  readonly cleanFilePages: number;
  readonly anonPages: number;
}

const ZONEINFO = "proc/zoneinfo";
const MEMINFO = "proc/meminfo";
/** 1 TiB: the largest machine there may be. */
const PAGES_MAX = 1 << 28;

/** null: what must be known is not, and the problems say so. */
export function readMemory(readings: HostReadings): HostMemory | null {
  const zones = readZones(readings);
  const meminfo = readMeminfo(readings);
  if (zones === null || meminfo === null) return null;
  const kib = (name: string): number => meminfo.get(name) ?? 0;
  const cleanKiB = kib("Cached") + kib("Buffers") - kib("Shmem") - kib("Dirty") - kib("Writeback");
  const sum = (key: keyof Counts): number =>
    zones.reduce((total, { counts }) => total + counts[key], 0);
  const known = zoneNames.flatMap((name) => {
    const here = zones.filter((zone) => modelled(zone.name) === name);
    const pages = (key: keyof Counts): number =>
      here.reduce((total, { counts }) => total + counts[key], 0);
    return pages("managed") === 0
      ? []
      : [
          {
            name,
            presentPages: pages("present"),
            managedPages: pages("managed"),
            freePages: pages("free"),
          },
        ];
  });
  return {
    zones: known,
    otherZones: [
      ...new Set(zones.map(({ name }) => name).filter((name) => modelled(name) !== name)),
    ],
    numaNodes: new Set(zones.map(({ node }) => node)).size,
    managedPages: sum("managed"),
    minPages: sum("min"),
    lowPages: sum("low"),
    highPages: sum("high"),
    cleanFilePages: Math.max(0, Math.floor(cleanKiB / 4)),
    anonPages: Math.floor(kib("AnonPages") / 4),
  };
}

const modelled = (name: string): (typeof zoneNames)[number] =>
  zoneNames.find((known) => known === name) ?? "Normal";

const COUNTS = ["free", "min", "low", "high", "present", "managed"] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

interface Zone {
  readonly node: string;
  readonly name: string;
  readonly line: Line;
  readonly counts: Counts;
}

function readZones(readings: HostReadings): readonly Zone[] | null {
  const lines = readings.lines(ZONEINFO);
  if (lines === null) {
    readings.problems.push(`${ZONEINFO}: is missing; without it there is no machine`);
    return null;
  }
  const zones: Zone[] = [];
  for (const line of lines) readZoneLine(readings, zones, line);
  const real = zones.filter((zone) => isSound(readings, zone));
  const pages = real.reduce((sum, { counts }) => sum + counts.present, 0);
  if (pages > PAGES_MAX)
    readings.problems.push(`${ZONEINFO}: ${pages} pages; expected 1 TiB at most`);
  if (real.length === 0) readings.problems.push(`${ZONEINFO}: no zone has memory`);
  return real.length === 0 ? null : real;
}

function readZoneLine(readings: HostReadings, zones: Zone[], line: Line): void {
  const head = /^Node (\d{1,4}), zone +(\w{1,16})$/.exec(line.text);
  if (head !== null) {
    const [, node = "", name = ""] = head;
    const counts: Counts = { free: 0, min: 0, low: 0, high: 0, present: 0, managed: 0 };
    zones.push({ node, name, line, counts });
    return;
  }
  const [, word, count] = /^(?:pages )?(\w+)\s+(\S+)$/.exec(line.text) ?? [];
  const key = COUNTS.find((known) => known === word);
  const zone = zones.at(-1);
  if (key === undefined) return;
  if (zone === undefined)
    readings.problem(ZONEINFO, line, "expected a line such as Node 0, zone DMA before it");
  else zone.counts[key] = readings.countIn(ZONEINFO, line, count);
}

/** A zone with memory, whose marks rise; kernels before 3.8 do not say what is managed. */
function isSound(readings: HostReadings, { counts, line }: Zone): boolean {
  if (counts.managed === 0) counts.managed = counts.present;
  const { free, min, low, high, present, managed } = counts;
  if (managed > present) readings.problem(ZONEINFO, line, `manages ${managed} pages of ${present}`);
  else if (free > managed) readings.problem(ZONEINFO, line, `${free} pages are free of ${managed}`);
  else if (min > low || low > high)
    readings.problem(ZONEINFO, line, `its marks ${min}, ${low}, ${high} do not rise`);
  return managed > 0;
}

function readMeminfo(readings: HostReadings): ReadonlyMap<string, number> | null {
  const lines = readings.lines(MEMINFO);
  if (lines === null) {
    readings.problems.push(`${MEMINFO}: is missing; without it there is no machine`);
    return null;
  }
  const fields = new Map<string, number>();
  for (const line of lines) {
    const [, name, word] = /^([\w()]+):\s+(\S+)(?: kB)?$/.exec(line.text) ?? [];
    if (name === undefined)
      readings.problem(MEMINFO, line, "expected a line such as MemFree: 1234 kB");
    else fields.set(name, readings.countIn(MEMINFO, line, word));
  }
  return fields;
}
