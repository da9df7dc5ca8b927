// How well the formulas reproduce readings of real kernels: files in the format of test/vectors/test-vectors.json.
//
// After an explicit setting everything must come out exactly. What was computed at boot depends on one thing that no
// reading shows: how many pages the kernel freed of its init memory afterwards. So a boot is right if one such number,
// taken from one zone, gives its min_free_kbytes, its marks and its socket limits all at once.

import type { Era } from "../era.ts";
import { netLimits } from "../net/limits.ts";
import { PAGEBLOCK_PAGES } from "./migratetype.ts";
import { type Boot, type Reading, readBoots, type ZoneReading } from "./vector-file.ts";
import { bootMinFreeKiB, lowmemReserve, zoneWatermarks } from "./watermark.ts";

export interface VectorMismatch {
  /** Which boot and setting: kernel, memory, what was set. */
  readonly where: string;
  /** What was compared: "DMA32 marks", "tcp_mem". */
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

export interface VectorReport {
  readonly exact: number;
  readonly total: number;
  readonly mismatches: readonly VectorMismatch[];
  /** What had to be assumed for each boot: pages freed later, boosts. */
  readonly notes: readonly string[];
}

/** Check a parsed file; an Error's message says what is wrong with its form. */
export function checkVectors(json: unknown): VectorReport {
  const check = new Check();
  for (const boot of readBoots(json)) checkBoot(check, boot);
  return check;
}

class Check implements VectorReport {
  exact = 0;
  total = 0;
  readonly mismatches: VectorMismatch[] = [];
  readonly notes: string[] = [];

  compare(where: string, what: string, expected: readonly number[], got: readonly number[]): void {
    this.total++;
    const [wanted, found] = [expected.join(" "), got.join(" ")];
    if (wanted === found) this.exact++;
    else this.mismatches.push({ where, what, expected: wanted, got: found });
  }
}

function checkBoot(check: Check, boot: Boot): void {
  const { era } = boot;
  const first = boot.readings[0];
  if (first === undefined) return;
  const state = findBootState(boot, first);
  check.notes.push(`${boot.name}: ${describe(state)}`);
  for (const reading of boot.readings) {
    const where = `${boot.name}, ${reading.setting}`;
    const atBoot = reading === first;
    const managed = reading.zones.map((zone) => zone.managedPages);
    const sizes = atBoot ? bootSizes(managed, state) : managed;
    compareMarks(check, where, reading, { era, sizes });
    compareReserve(check, where, era, reading);
    compareLimits(check, where, reading, limitsAt(era, first, state));
    if (!atBoot) continue;
    const kib = bootMinFreeKiB({ era, zones: sized(reading, sizes), ...bootKnobs(boot, reading) });
    check.compare(where, "min_free_kbytes", [reading.minFreeKiB], [kib]);
  }
}

/** What no reading shows of a machine while it boots. */
interface BootState {
  /** Init memory that is freed later, in pages, and the zone it is in. */
  readonly initPages: number;
  readonly initZone: number;
  /** Boost of all zones while the socket limits are computed, in pages. */
  readonly boostPages: number;
  readonly isFound: boolean;
}

/** More than this the kernel does not free after boot, with what it unpacked from an initrd. */
const INIT_PAGES_MAX = 16_384;
/** tcp_mem is a 16th: so many sizes of memory give the same. */
const BOOSTS_MAX = 4;

function findBootState(boot: Boot, reading: Reading): BootState {
  const zoneOrder = reading.zones.map((_, i) => i).reverse();
  const managed = reading.zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  const high = reading.zones.reduce((sum, zone) => sum + zone.highPages - zone.boostPages, 0);
  const divisor = boot.era === "6.1" ? 16 : 8;
  const tcpPressure = (reading.tcpMem[1] ?? 0) * divisor;
  for (let boosts = 0; boosts < BOOSTS_MAX; boosts++) {
    const boostPages = boosts * PAGEBLOCK_PAGES;
    const most = managed - high - boostPages - tcpPressure;
    for (let initPages = most; initPages > most - divisor; initPages--)
      for (const initZone of zoneOrder) {
        const state = { initPages, initZone, boostPages, isFound: true };
        if (explains(boot, reading, state)) return state;
      }
  }
  return { initPages: 0, initZone: 0, boostPages: 0, isFound: false };
}

function explains(boot: Boot, reading: Reading, state: BootState): boolean {
  if (state.initPages < 0 || state.initPages > INIT_PAGES_MAX) return false;
  const managed = reading.zones.map((zone) => zone.managedPages);
  const sizes = bootSizes(managed, state);
  if (sizes.some((pages) => pages <= 0)) return false;
  const check = new Check();
  compareMarks(check, "", reading, { era: boot.era, sizes });
  compareLimits(check, "", reading, limitsAt(boot.era, reading, state));
  const knobs = bootKnobs(boot, reading);
  const kib = bootMinFreeKiB({ era: boot.era, zones: sized(reading, sizes), ...knobs });
  return check.mismatches.length === 0 && kib === reading.minFreeKiB;
}

function bootKnobs(
  boot: Boot,
  reading: Reading,
): Pick<Boot, "thp"> & { watermarkScaleFactor: number } {
  return { thp: boot.thp, watermarkScaleFactor: reading.watermarkScaleFactor };
}

function bootSizes(managed: readonly number[], state: BootState): number[] {
  return managed.map((pages, i) => (i === state.initZone ? pages - state.initPages : pages));
}

function describe({ initPages, boostPages, isFound }: BootState): string {
  if (!isFound) return "no amount of init memory explains the values at boot";
  const boost = boostPages === 0 ? "" : `, marks boosted by ${boostPages} pages`;
  return `${initPages} pages of init memory freed after boot${boost}`;
}

function sized(
  reading: Reading,
  sizes: readonly number[],
): { readonly index: number; readonly managedPages: number }[] {
  return reading.zones.map((zone, i) => ({ index: zone.index, managedPages: sizes[i] ?? 0 }));
}

function compareMarks(
  check: Check,
  where: string,
  reading: Reading,
  machine: { readonly era: Era; readonly sizes: readonly number[] },
): void {
  const { minFreeKiB, watermarkScaleFactor } = reading;
  const zones = sized(reading, machine.sizes);
  const marks = zoneWatermarks({ era: machine.era, zones, minFreeKiB, watermarkScaleFactor });
  reading.zones.forEach((zone, i) => {
    const { minPages = 0, lowPages = 0, highPages = 0 } = marks[i] ?? {};
    check.compare(where, `${zone.name} marks`, unboosted(zone), [minPages, lowPages, highPages]);
  });
}

function unboosted(zone: ZoneReading): number[] {
  return [zone.minPages, zone.lowPages, zone.highPages].map((pages) => pages - zone.boostPages);
}

function compareReserve(check: Check, where: string, era: Era, reading: Reading): void {
  const managed = reading.zones.map((zone) => zone.managedPages);
  const zones = sized(reading, managed);
  for (const zone of reading.zones) {
    const reserve = Array.from(lowmemReserve(era, zones, zone.index));
    check.compare(where, `${zone.name} protection`, zone.protection.slice(0, 3), reserve);
  }
}

interface Limits {
  readonly tcpMem: readonly number[];
  readonly udpMem: readonly number[];
  readonly tcpRmem: readonly number[];
  readonly tcpWmem: readonly number[];
}

/** Socket limits as computed at boot: settings do not change them. */
function limitsAt(era: Era, reading: Reading, state: BootState): Limits {
  const high = reading.zones.reduce((sum, zone) => sum + zone.highPages - zone.boostPages, 0);
  const managed = reading.zones.reduce((sum, zone) => sum + zone.managedPages, 0);
  const bufferPages = managed - state.initPages - high - state.boostPages;
  const { tcpMem, udpMem, tcpRmem, tcpWmem } = netLimits({
    era,
    bufferPages,
    managedPages: managed,
  });
  return {
    tcpMem: Object.values(tcpMem),
    udpMem: Object.values(udpMem ?? {}),
    tcpRmem: Object.values(tcpRmem),
    tcpWmem: Object.values(tcpWmem),
  };
}

function compareLimits(check: Check, where: string, reading: Reading, limits: Limits): void {
  check.compare(where, "tcp_mem", reading.tcpMem, limits.tcpMem);
  check.compare(where, "udp_mem", reading.udpMem, limits.udpMem);
  check.compare(where, "tcp_rmem", reading.tcpRmem, limits.tcpRmem);
  check.compare(where, "tcp_wmem", reading.tcpWmem, limits.tcpWmem);
}
