// What `import-host` says: the machine as it was read, its margins, what runs of the scenario ended in, and everything that
// is not modelled or was not known. Never "safe".

import { PAGE_BYTES } from "#base/units.ts";
import type { RunResult } from "#coordinator/scenario/index.ts";
import { columnsOf } from "./figures.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Margins, Range } from "./host-margins.ts";
import { cutOf, driversOf, emulatedSwaps } from "./host-scenario.ts";
import { isNetworked } from "./host-swap.ts";

/** One run of the scenario. */
export interface HostRun {
  readonly driver: string;
  readonly outageS: number;
  readonly verdict: RunResult["verdict"];
}

export interface HostAnswer {
  readonly facts: HostFacts;
  readonly margins: Margins;
  readonly runs: readonly HostRun[];
}

export function answerText({ facts, margins, runs }: HostAnswer): string {
  return [
    ...machineLines(facts, margins),
    "",
    ...marginLines(margins),
    "",
    ...runLines(runs),
    "",
    "not modelled, or not known:",
    ...limitsOf(facts).map((line) => `  - ${line}`),
    "",
  ].join("\n");
}

function machineLines(facts: HostFacts, { marks }: Margins): string[] {
  const { memory, release, era, preset, cpus, cards, swaps } = facts;
  const agrees = marks.kernel.every((pages, i) => pages === marks.formula[i]);
  const formula = agrees
    ? "the formulas give the same"
    : `the formulas give ${marks.formula.join(", ")}`;
  return [
    `Linux ${release}: rules of ${era}, ${preset}; ${cpus === 1 ? "1 CPU" : `${cpus} CPUs`}, ${sizeText(memory.managedPages)} managed`,
    `marks  min, low, high ${marks.kernel.join(", ")} pages; ${formula}`,
    ...swaps.map(
      (area) =>
        `swap   ${area.device}, ${sizeText(area.pages)}, priority ${area.priority}: ${area.path}, ${area.because}`,
    ),
    ...(swaps.length === 0 ? ["swap   none"] : []),
    ...cards.map(
      ({ name, driver, mtuBytes, mbitPerSec }) =>
        `card   ${name}, driver ${driver ?? "not known"}, MTU ${mtuBytes ?? "not known"}, ${mbitPerSec ?? "unknown"} Mbit/s`,
    ),
  ];
}

function marginLines(margins: Margins): string[] {
  const { packetPages, tcpPages, floorPages, roomPages, connections, seconds, mbitPerSec } =
    margins;
  const rows = [
    ["", "at least", "at most", ""],
    [
      "packets find pages",
      ...sizes(packetPages),
      `down to the floor of atomic requests, ${floorPages} pages in all zones; from where kswapd wakes, or with all that is free and clean now`,
    ],
    tcpPages === null
      ? ["TCP may hold", "not known", "", "tcp_mem was not readable"]
      : ["TCP may hold", ...sizes(tcpPages), "tcp_mem: pressure, and the limit"],
    ["room for a flood", ...sizes(roomPages), `what binds: ${bindingText(margins)}`],
    connections === null
      ? ["connections", "not known", "", "tcp_rmem was not readable"]
      : [
          "connections",
          String(connections.from),
          String(connections.to),
          "that nobody reads fill it: with the largest buffers, with buffers at their default",
        ],
    [
      "full frames",
      secondsText(seconds.from),
      secondsText(seconds.to),
      `fill it at ${mbitPerSec} Mbit/s: a page each, or packed tight`,
    ],
  ];
  return columnsOf(rows).map((row) => row.trimEnd());
}

const bindingText = ({ binding }: Margins): string =>
  ({
    floor: "the floor of atomic requests, before the limit on TCP",
    limit: "the limit on TCP memory, before pages are short",
    either: "the floor of atomic requests or the limit on TCP, as page cache goes",
  })[binding];

function runLines(runs: readonly HostRun[]): string[] {
  if (runs.length === 0) return ["nothing was run: the figures above come from formulas alone"];
  return [...new Set(runs.map(({ driver }) => driver))].map((driver) => {
    const own = runs.filter((run) => run.driver === driver);
    return `as ${driver}: ${findingText(own)}`;
  });
}

/** Runs without a verdict count for nothing but themselves. */
export function findingText(runs: readonly HostRun[]): string {
  const judged = runs.filter(({ verdict }) => verdict !== "inconclusive");
  const unclear = runs.length - judged.length;
  const without = unclear === 0 ? "" : `; ${unclear} more inconclusive`;
  if (judged.length === 0) return `${runs.length} runs, none of them conclusive`;
  const wedged = judged.filter(({ verdict }) => verdict === "wedged");
  const outages = (some: readonly HostRun[]): number[] => some.map(({ outageS }) => outageS);
  if (wedged.length === 0)
    return `no wedge found in ${judged.length} runs up to ${Math.max(...outages(judged))} s without the swap server${without}`;
  return `wedged in ${wedged.length} of ${judged.length} runs; the shortest outage that did it: ${Math.min(...outages(wedged))} s of those tried${without}`;
}

/** Everything that makes the answer less than the machine. */
export function limitsOf(facts: HostFacts): string[] {
  const { memory, vm, swaps, zswapPercent, limitedGroups, cards, missing } = facts;
  const says = (holds: boolean, text: string): string[] => (holds ? [text] : []);
  const cut = cutOf(facts);
  return [
    "the load: what this machine's programs and peers do is not read; the scenario's flood and hogs are its own",
    ...says(
      cut.isCut,
      `size: ${sizeText(cut.pages)} of ${sizeText(memory.managedPages)} are emulated, in one zone, with marks and limits as they are`,
    ),
    ...swapLimits(facts),
    ...says(
      zswapPercent !== null,
      `zswap is on (up to ${zswapPercent} % of memory) and not modelled: pages go to the network later, and its pool grows when memory is short`,
    ),
    ...says(
      swaps.some(({ path }) => path === "zram"),
      "zram in front of swap is not modelled: it takes memory to free memory, and is left out",
    ),
    limitedGroups.length > 0
      ? `memory.high and memory.max of cgroups are not modelled; set on ${limitedGroups.join(", ")}`
      : "memory cgroups are not modelled; memory.high below the slices is not looked for",
    ...says(memory.numaNodes > 1, `${memory.numaNodes} NUMA nodes are taken for one`),
    ...says(
      memory.otherZones.length > 0,
      `zone ${memory.otherZones.join(", ")} is counted as Normal`,
    ),
    ...says(
      (vm.dirtyBytes ?? 0) > 0,
      "vm.dirty_bytes is set and not modelled; dirty_ratio is used where it is not 0",
    ),
    ...says(
      driversOf(facts).length > 1,
      `receive memory of ${cards.map(({ driver }) => driver ?? "a card").join(", ") || "an unknown card"}: taken for both ends of what drivers do`,
    ),
    ...says(
      cards.length > 1,
      "which card leads to the swap server is not known; the first one's MTU is used",
    ),
    "rings: only ethtool can read them; the driver's default is used",
    ...says(
      missing.length > 0,
      `not readable: ${missing.slice(0, 6).join(", ")}${missing.length > 6 ? ` and ${missing.length - 6} more` : ""}`,
    ),
  ];
}

function swapLimits(facts: HostFacts): string[] {
  const { swaps } = facts;
  const used = emulatedSwaps(facts);
  const others = swaps.filter((area) => !isNetworked(area) && area.path !== "zram");
  const foreign = used
    .filter(({ path }) => path !== "nbd")
    .map(({ device, path }) => `${device} (${path})`);
  const priorities = used.map(({ priority }) => priority);
  return [
    ...(used.length === 0
      ? ["swap: none is on the network; the scenario asks what would be if it were, over NBD"]
      : []),
    ...(foreign.length > 0 ? [`swap: ${foreign.join(", ")} taken for NBD`] : []),
    ...(others.length > 0
      ? [
          `swap: ${others.map(({ device }) => device).join(", ")} is left out; while it has room, less goes over the network`,
        ]
      : []),
    ...(used.length > 1
      ? [
          "swap: several devices are used one after the other by priority; only the first one's server goes away",
        ]
      : []),
    ...(new Set(priorities).size < priorities.length
      ? ["swap: devices of equal priority are not used in turn"]
      : []),
  ];
}

const sizes = ({ from, to }: Range): [string, string] => [sizeText(from), sizeText(to)];

const sizeText = (pages: number): string => {
  const mib = (pages * PAGE_BYTES) / (1024 * 1024);
  return mib < 1024 ? `${mib.toFixed(1)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
};

const secondsText = (seconds: number): string => `${seconds.toPrecision(2)} s`;
