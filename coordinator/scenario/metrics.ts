// Everything a scenario may ask about: one row for each metric. The generated reference prints this table.
//
// The rows say what a number is, not how it is found: an engine answers for each path it is asked about (observation.ts).
// Counter families take their names from the kernel's own lists, so a new counter can be checked at once.

import { dropReasons, Snmp, Vmstat } from "#kernel/index.ts";

export interface Metric {
  /** Behind the dot: `mem.free`, `vmstat.pswpout`. */
  readonly name: string;
  /** What it is a property of. */
  readonly of: Subject;
  readonly unit: Unit;
  readonly kind: "gauge" | "counter" | "distribution";
  /** May be asked for one swap server, as `swap[C].oldest`. */
  readonly perServer: boolean;
  readonly about: string;
}

/** machine: `A.` · task, service: `A/name.` · traffic: `B/id.` · swap-server: `C.` */
export type Subject = "machine" | "task" | "service" | "traffic" | "swap-server";

/** pageCount is a number of pages that may also be compared with a plain count. */
export type Unit = "pages" | "pageCount" | "bytes" | "ns" | "count" | "ppm";

type Row = readonly [name: string, unit: Unit, about: string];

/** What of /proc/vmstat counts pages, and may so be compared with a size. */
const PAGE_COUNTERS =
  /^(pswp|pgscan_(?!direct_throttle)|pgsteal_|pgactivate|pgdeactivate|pgrefill|swap_ra)/;

const gauges = (of: Subject, rows: readonly Row[], perServer = false): Metric[] =>
  rows.map(([name, unit, about]) => ({ name, of, unit, kind: "gauge", perServer, about }));
const counters = (of: Subject, rows: readonly Row[], perServer = false): Metric[] =>
  rows.map(([name, unit, about]) => ({ name, of, unit, kind: "counter", perServer, about }));
const distributions = (of: Subject, rows: readonly Row[]): Metric[] =>
  rows.map(([name, unit, about]) => ({
    name,
    of,
    unit,
    kind: "distribution",
    perServer: false,
    about,
  }));

const machine: readonly Metric[] = [
  ...gauges("machine", [
    ["mem.total", "pages", "all pages the allocator was given"],
    ["mem.free", "pages", "free pages, those in HIGHATOMIC blocks included"],
    ["mem.used", "pages", "pages that are not free"],
    ["mem.min", "pages", "sum of the zones' min marks, boost and what is set aside included"],
    ["mem.low", "pages", "sum of the zones' low marks, the same included"],
    ["mem.high", "pages", "sum of the zones' high marks, the same included"],
    ["mem.set_aside", "pages", "what a sized reserve keeps above every mark"],
    ["mem.set_aside_used", "bytes", "what received packets were charged of it"],
    ["mem.rx_reserve", "bytes", "receive buffers taken from the reserve and not freed yet"],
    ["mem.critical", "pages", "pages kept apart for critical requests and not taken yet"],
    ["net.emergency", "count", "1 while the machine is in emergency, where its policy knows such"],
    [
      "net.reserve_used",
      "count",
      "packets of the card from the reserve and not credited yet, where cards count",
    ],
    ["mem.highatomic", "pages", "free pages in HIGHATOMIC blocks"],
    ["mem.anon", "pages", "anonymous pages in memory"],
    ["mem.file", "pages", "page-cache pages"],
    ["mem.dirty", "pages", "page-cache pages waiting to be written"],
    ["mem.writeback", "pages", "pages being written, to swap or to files"],
    ["mem.slab", "pages", "pages of slab caches"],
    ["mem.skb", "pages", "pages held by packets, by truesize"],
    ["tcp.mem", "pages", "pages charged to TCP sockets"],
    ["tcp.mem_min", "pages", "tcp_mem, first value"],
    ["tcp.mem_pressure", "pages", "tcp_mem, second value"],
    ["tcp.mem_max", "pages", "tcp_mem, third value"],
    ["ring.filled", "count", "receive descriptors that have a buffer"],
    ["throttled", "count", "tasks asleep in throttle_direct_reclaim"],
    ["runnable", "count", "tasks that could run now"],
    ["psi.some", "ppm", "share of the last 10 s in which some task waited for memory"],
    ["psi.full", "ppm", "share of the last 10 s in which every task waited for memory"],
  ]),
  ...gauges(
    "machine",
    [
      ["swap.inflight", "count", "swap requests sent and not answered"],
      ["swap.oldest", "ns", "age of the oldest of them"],
      ["swap.used", "pages", "swap slots in use"],
      ["swap.total", "pages", "swap slots there are"],
    ],
    true,
  ),
  ...counters("machine", [
    ["oom_kills", "count", "tasks the OOM killer ended"],
    [
      "lost_marked",
      "count",
      "packets for marked sockets that were lost after their socket was found",
    ],
    ["mismatches", "count", "pages read back from swap that were not what was written"],
  ]),
  ...counters("machine", Object.keys(new Vmstat().counts).map(vmstatRow)),
  ...counters(
    "machine",
    new Snmp()
      .entries()
      .map(([name]): Row => [`netstat.${shortName(name)}`, "count", `counter ${name}`]),
  ),
  ...counters(
    "machine",
    dropReasons.map((reason): Row => [`drops.${reason}`, "count", `packets dropped: ${reason}`]),
  ),
];

const taskMetrics = (of: "task" | "service"): Metric[] => [
  ...gauges(of, [
    ["stall", "ns", "time since it last got anything done; the worst of its instances"],
    ["finished", "count", "instances that have finished"],
  ]),
  ...counters(of, [
    ["progress", "pageCount", "pages touched"],
    ["swapins", "count", "pages it waited for from swap"],
  ]),
];

export const METRICS: readonly Metric[] = [
  ...machine,
  ...taskMetrics("task"),
  ...counters("task", [
    ["touches", "pageCount", "pages touched after populating"],
    ["passes", "count", "whole passes over its memory"],
  ]),
  ...taskMetrics("service"),
  ...gauges("service", [["backlog", "bytes", "received and not yet read by it"]]),
  ...counters("service", [["requests", "count", "requests it answered"]]),
  ...distributions("service", [["latency", "ns", "from a request's arrival to its answer"]]),
  ...counters("traffic", [
    ["sent", "count", "requests sent"],
    ["answered", "count", "requests answered"],
    ["failed", "count", "requests that will not be answered"],
  ]),
  ...distributions("traffic", [["latency", "ns", "from a request's due time to its answer"]]),
  ...gauges("swap-server", [["queue", "count", "requests it has and has not answered"]]),
  ...counters("swap-server", [
    ["requests", "count", "requests received"],
    ["answered", "count", "requests answered"],
  ]),
];

function vmstatRow(name: string): Row {
  const unit = PAGE_COUNTERS.test(name) ? "pageCount" : "count";
  return [`vmstat.${name}`, unit, `counter ${name} of /proc/vmstat`];
}

/** `TcpExt.PFMemallocDrop` → `PFMemallocDrop`: no name is used by two groups. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}
