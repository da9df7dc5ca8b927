// A Linux machine as its own files describe it: everything that `import-host` reads, in one value.

import type { Era, PresetName, SocketLimits } from "#kernel/index.ts";
import { type HostMemory, readMemory } from "./host-memory.ts";
import type { HostReadings } from "./host-readings.ts";
import { type Card, readCards, readSwaps, type SwapArea } from "./host-swap.ts";
import { eraOfVersion } from "./marks.ts";

export interface HostFacts {
  /** As uname -r says it. */
  readonly release: string;
  readonly era: Era;
  /** What its kernel does for swap over the network. */
  readonly preset: PresetName;
  readonly cpus: number;
  readonly memory: HostMemory;
  readonly vm: VmSettings;
  readonly net: NetSettings;
  readonly swaps: readonly SwapArea[];
  readonly cards: readonly Card[];
  /** zswap.max_pool_percent; null: off, or not built in. */
  readonly zswapPercent: number | null;
  /** cgroups with a memory.high or memory.max. */
  readonly limitedGroups: readonly string[];
  /** Files that could not be read. */
  readonly missing: readonly string[];
}

/** /proc/sys/vm; null: not known. */
export interface VmSettings {
  readonly minFreeKiB: number | null;
  readonly watermarkScaleFactor: number | null;
  readonly watermarkBoostFactor: number | null;
  readonly swappiness: number | null;
  readonly dirtyPercent: number | null;
  /** Where it is set, dirty_ratio means nothing. */
  readonly dirtyBytes: number | null;
  readonly pageCluster: number | null;
}

/** /proc/sys/net; null: not known. */
export interface NetSettings {
  readonly tcpMem: SocketLimits | null;
  readonly udpMem: SocketLimits | null;
  readonly rcvbufBytes: number | null;
  readonly rcvbufBytesMax: number | null;
  readonly ipfragHighBytes: number | null;
}

/** null: what must be known is not, and the problems say so. */
export function readHost(readings: HostReadings): HostFacts | null {
  const kernel = readKernel(readings);
  const memory = readMemory(readings);
  const rest = {
    cpus: readCpus(readings),
    vm: readVm(readings),
    net: readNet(readings),
    swaps: readSwaps(readings),
    cards: readCards(readings),
    zswapPercent: readZswap(readings),
    limitedGroups: readGroups(readings),
  };
  if (kernel === null || memory === null) return null;
  return { ...kernel, memory, ...rest, missing: readings.missing };
}

const RELEASE = "proc/sys/kernel/osrelease";

function readKernel(readings: HostReadings): Pick<HostFacts, "release" | "era" | "preset"> | null {
  const [line] = readings.lines(RELEASE) ?? [];
  const release = line?.text ?? "";
  const era = /^\d[\w.+~-]{1,63}$/.test(release) ? eraOfVersion(release) : null;
  if (era !== null) return { release, era, preset: presetOf(release, era) };
  if (line === undefined) readings.problems.push(`${RELEASE}: is missing or empty`);
  else readings.problem(RELEASE, line, "expected a version of 2.6.12 or later");
  return null;
}

/** Swap over NBD is protected since 3.6. */
function presetOf(release: string, era: Era): PresetName {
  if (era === "6.1") return "mainline-6.1";
  const minor = Number(/^3\.(\d+)/.exec(release)?.[1] ?? 0);
  return era === "3.x" && minor >= 6 ? "swapnbd-v9" : "vanilla-nbd";
}

function readCpus(readings: HostReadings): number {
  const lines = readings.lines("proc/stat") ?? [];
  return Math.max(1, lines.filter(({ text }) => /^cpu\d+ /.test(text)).length);
}

function readVm(readings: HostReadings): VmSettings {
  const vm = (name: string, atMost?: number): number | null =>
    readings.count(`proc/sys/vm/${name}`, atMost);
  return {
    minFreeKiB: vm("min_free_kbytes"),
    watermarkScaleFactor: vm("watermark_scale_factor", 3000), // kernel/sysctl.c: a third of memory at most
    watermarkBoostFactor: vm("watermark_boost_factor"),
    swappiness: vm("swappiness", 200),
    dirtyPercent: vm("dirty_ratio", 100),
    dirtyBytes: vm("dirty_bytes"),
    pageCluster: vm("page-cluster", 10),
  };
}

function readNet(readings: HostReadings): NetSettings {
  const ipv4 = "proc/sys/net/ipv4";
  const limits = (name: string): SocketLimits | null => {
    const found = readings.counts(`${ipv4}/${name}`, 3);
    if (found === null) return null;
    const [minPages = 0, pressurePages = 0, maxPages = 0] = found;
    if (minPages <= pressurePages && pressurePages <= maxPages)
      return { minPages, pressurePages, maxPages };
    readings.problem(
      `${ipv4}/${name}`,
      { text: found.join(" "), number: 1 },
      "the three values do not rise",
    );
    return null;
  };
  const [, rcvbufBytes = null, rcvbufBytesMax = null] =
    readings.counts(`${ipv4}/tcp_rmem`, 3) ?? [];
  return {
    tcpMem: limits("tcp_mem"),
    udpMem: limits("udp_mem"),
    rcvbufBytes,
    rcvbufBytesMax,
    ipfragHighBytes: readings.count(`${ipv4}/ipfrag_high_thresh`),
  };
}

function readZswap(readings: HostReadings): number | null {
  const folder = "sys/module/zswap/parameters";
  if (readings.word(`${folder}/enabled`) !== "Y") return null;
  return readings.count(`${folder}/max_pool_percent`, 100) ?? 20; // mm/zswap.c: zswap_max_pool_percent
}

function readGroups(readings: HostReadings): string[] {
  return ["system.slice", "user.slice", "machine.slice"].filter((slice) =>
    ["memory.high", "memory.max"].some((file) => {
      const word = readings.word(`sys/fs/cgroup/${slice}/${file}`);
      return word !== null && word !== "max";
    }),
  );
}
