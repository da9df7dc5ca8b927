// Everything a scenario may ask about: one row for each metric. The generated reference prints this table.
//
// The rows say what a number is, not how it is found: an engine answers for each path it is asked about (observation.ts).
// Counter families take their names from the kernel's own lists, so a new counter can be checked at once.

import {
  type DropReason,
  dropReasons,
  Snmp,
  type SnmpState,
  Vmstat,
  type VmstatName,
} from "#kernel/index.ts";

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

/** machine: `A.` · manager: `M.` · task, service: `A/name.` · traffic: `B/id.` · swap-server: `C.` */
export type Subject =
  | "machine"
  | "task"
  | "service"
  | "traffic"
  | "swap-server"
  | "manager"
  | "member";

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

const MACHINE_GAUGES = [
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
  [
    "mem.below_half_atomic",
    "pages",
    "pages that softirqs and requests that may not sleep took while half of the min marks was gone",
  ],
  ["mem.slab_reserve", "count", "slab objects in reserve pages that were given out"],
  [
    "mem.slab_reserve_strayed",
    "count",
    "those of them given to requests that could not have taken reserve pages",
  ],
  [
    "mem.below_half_memalloc",
    "pages",
    "the same of kernel threads and sends that may ignore marks",
  ],
  ["mem.below_half_reclaimers", "pages", "the same of programs that reclaim"],
  ["mem.below_half_others", "pages", "the same of all others"],
  [
    "mem.reclaims_below_half",
    "count",
    "direct reclaimers that began while half of the min marks was gone",
  ],
  ["net.emergency", "count", "1 while the machine is in emergency, where its policy knows such"],
  [
    "net.reserve_used",
    "count",
    "packets of the card from the reserve and not credited yet, where cards count",
  ],
  ["mem.highatomic", "pages", "free pages in HIGHATOMIC blocks"],
  ["mem.free_runs", "pages", "free pages in blocks of four and more, as heads for 9000 bytes need"],
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
] as const satisfies readonly Row[];

const SWAP_GAUGES = [
  ["swap.inflight", "count", "swap requests sent and not answered"],
  ["swap.oldest", "ns", "age of the oldest of them"],
  ["swap.used", "pages", "swap slots in use"],
  ["swap.total", "pages", "swap slots there are"],
] as const satisfies readonly Row[];

const MACHINE_COUNTERS = [
  ["oom_kills", "count", "tasks the OOM killer ended"],
  [
    "lost_marked",
    "count",
    "packets for marked sockets that were lost after their socket was found",
  ],
  ["cpu.softirq", "ns", "CPU time of softirqs: what receiving and its timers took"],
  ["cpu.tasks", "ns", "CPU time of programs and kernel threads"],
  ["swap.losses", "count", "times the connection to a swap server was lost"],
  ["swap.reconnects", "count", "times a lost one was made again"],
  ["swap.switches", "count", "times the device went over to another server"],
  ["swap.errors", "count", "swap requests that failed"],
  ["agent.alarms", "count", "alarms its management program has raised"],
  ["agent.confirmed", "count", "those of them that the manager has answered"],
  ["agent.followed", "count", "times that program entered or left emergency, or switched"],
  ["agent.sent", "count", "messages it sent"],
  ["agent.unsent", "count", "messages it found no memory for"],
  ["mismatches", "count", "pages read back from swap that were not what was written"],
] as const satisfies readonly Row[];

const MANAGER_GAUGES = [
  ["failover.switched", "count", "1 when every node has switched"],
  ["failover.switching", "ns", "from the first alarm until every node has switched, or until now"],
] as const satisfies readonly Row[];
const MANAGER_COUNTERS = [
  ["failover.alarms", "count", "nodes that said that their device fails"],
  ["failover.orders", "count", "orders given to nodes and to the server that takes over"],
  ["failover.confirmed", "count", "those of them that were answered"],
] as const satisfies readonly Row[];

const MEMBER_GAUGES = [
  ["ring.members", "count", "members of the ring, as this node knows it"],
  ["ring.holds", "count", "1 while this node has the lock on swap, as far as it knows"],
] as const satisfies readonly Row[];
const MEMBER_COUNTERS = [
  ["ring.tokens", "count", "times the token has come"],
  ["ring.losses", "count", "times it was lost"],
  ["ring.expelled", "count", "members that this node has seen expelled"],
  ["ring.sent", "count", "messages its membership program sent"],
  ["ring.unsent", "count", "messages that found no memory"],
] as const satisfies readonly Row[];

const RUN_GAUGES = [
  ["stall", "ns", "time since it last got anything done; the worst of its instances"],
  ["finished", "count", "instances that have finished"],
] as const satisfies readonly Row[];

const RUN_COUNTERS = [
  ["progress", "pageCount", "pages touched"],
  ["swapins", "count", "pages it waited for from swap"],
] as const satisfies readonly Row[];

const TASK_COUNTERS = [
  ["touches", "pageCount", "pages touched after populating"],
  ["passes", "count", "whole passes over its memory"],
] as const satisfies readonly Row[];

const SERVICE_GAUGES = [
  ["backlog", "bytes", "received and not yet read by it"],
] as const satisfies readonly Row[];
const SERVICE_COUNTERS = [
  ["requests", "count", "requests it answered"],
] as const satisfies readonly Row[];
const SERVICE_LATENCY = [
  ["latency", "ns", "from a request's arrival to its answer"],
] as const satisfies readonly Row[];

const TRAFFIC_COUNTERS = [
  ["sent", "count", "requests sent"],
  ["answered", "count", "requests answered"],
  ["failed", "count", "requests that will not be answered"],
] as const satisfies readonly Row[];
const TRAFFIC_LATENCY = [
  ["latency", "ns", "from a request's due time to its answer"],
] as const satisfies readonly Row[];

const SERVER_GAUGES = [
  ["queue", "count", "requests it has and has not answered"],
] as const satisfies readonly Row[];
const SERVER_COUNTERS = [
  ["requests", "count", "requests received"],
  ["answered", "count", "requests answered"],
] as const satisfies readonly Row[];

type UnitsOf<Rows extends readonly Row[]> = { readonly [R in Rows[number] as R[0]]: R[1] };
type SnmpName = { [Group in keyof SnmpState]: keyof SnmpState[Group] & string }[keyof SnmpState];

/** Name → unit of every metric of a subject, as types: a script that names one that is not there does not compile. */
export interface MetricUnits {
  readonly machine: UnitsOf<
    typeof MACHINE_GAUGES | typeof SWAP_GAUGES | typeof MACHINE_COUNTERS
  > & { readonly [Name in VmstatName as `vmstat.${Name}`]: "pageCount" } & {
    readonly [Name in SnmpName as `netstat.${Name}`]: "count";
  } & { readonly [Reason in DropReason as `drops.${Reason}`]: "count" };
  readonly task: UnitsOf<typeof RUN_GAUGES | typeof RUN_COUNTERS | typeof TASK_COUNTERS>;
  readonly service: UnitsOf<
    | typeof RUN_GAUGES
    | typeof RUN_COUNTERS
    | typeof SERVICE_GAUGES
    | typeof SERVICE_COUNTERS
    | typeof SERVICE_LATENCY
  >;
  readonly traffic: UnitsOf<typeof TRAFFIC_COUNTERS | typeof TRAFFIC_LATENCY>;
  readonly manager: UnitsOf<typeof MANAGER_GAUGES | typeof MANAGER_COUNTERS>;
  readonly member: UnitsOf<typeof MEMBER_GAUGES | typeof MEMBER_COUNTERS>;
  readonly "swap-server": UnitsOf<typeof SERVER_GAUGES | typeof SERVER_COUNTERS>;
}

const machine: readonly Metric[] = [
  ...gauges("machine", MACHINE_GAUGES),
  ...gauges("machine", SWAP_GAUGES, true),
  ...counters("machine", MACHINE_COUNTERS),
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

const runMetrics = (of: "task" | "service"): Metric[] => [
  ...gauges(of, RUN_GAUGES),
  ...counters(of, RUN_COUNTERS),
];

export const METRICS: readonly Metric[] = [
  ...machine,
  ...runMetrics("task"),
  ...counters("task", TASK_COUNTERS),
  ...runMetrics("service"),
  ...gauges("service", SERVICE_GAUGES),
  ...counters("service", SERVICE_COUNTERS),
  ...distributions("service", SERVICE_LATENCY),
  ...counters("traffic", TRAFFIC_COUNTERS),
  ...distributions("traffic", TRAFFIC_LATENCY),
  ...gauges("manager", MANAGER_GAUGES),
  ...counters("manager", MANAGER_COUNTERS),
  ...gauges("member", MEMBER_GAUGES),
  ...counters("member", MEMBER_COUNTERS),
  ...gauges("swap-server", SERVER_GAUGES),
  ...counters("swap-server", SERVER_COUNTERS),
];

function vmstatRow(name: string): Row {
  const unit = PAGE_COUNTERS.test(name) ? "pageCount" : "count";
  return [`vmstat.${name}`, unit, `counter ${name} of /proc/vmstat`];
}

/** `TcpExt.PFMemallocDrop` → `PFMemallocDrop`: no name is used by two groups. */
function shortName(name: string): string {
  return name.slice(name.indexOf(".") + 1);
}
