// What /metrics exports of each node: a row for each number, from the metric of the scenario language that it is. Base units,
// `_total` on counters, few labels; docs/reference/prometheus.md prints this table.

export interface MetricRow {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter";
  /** Label beside `node`; null: there is none. */
  readonly label: string | null;
  /** Value of that label, and the metric it is read from. */
  readonly from: readonly (readonly [value: string, metric: string])[];
  /** What the metric is multiplied with: ns to s, ppm to a ratio. */
  readonly factor?: number;
}

const NS = 1e-9;
const PPM = 1e-6;

const row = (
  name: string,
  help: string,
  type: MetricRow["type"],
  label: string | null,
  from: MetricRow["from"],
  factor = 1,
): MetricRow => ({ name, help, type, label, from, factor });

const single = (metric: string): MetricRow["from"] => [["", metric]];

export const NODE_METRICS: readonly MetricRow[] = [
  row("unwedge_memory_pages", "Pages by what they are", "gauge", "state", [
    ["free", "mem.free"],
    ["used", "mem.used"],
    ["anon", "mem.anon"],
    ["file", "mem.file"],
    ["file_dirty", "mem.dirty"],
    ["writeback", "mem.writeback"],
    ["slab", "mem.slab"],
    ["skb", "mem.skb"],
  ]),
  row(
    "unwedge_memory_total_pages",
    "Pages the allocator was given",
    "gauge",
    null,
    single("mem.total"),
  ),
  row("unwedge_memory_watermark_pages", "Sum of the zones' marks", "gauge", "level", [
    ["min", "mem.min"],
    ["low", "mem.low"],
    ["high", "mem.high"],
  ]),
  row(
    "unwedge_memory_reserve_pages",
    "Pages a sized reserve keeps",
    "gauge",
    null,
    single("mem.set_aside"),
  ),
  row(
    "unwedge_memory_highatomic_pages",
    "Free pages in HIGHATOMIC blocks",
    "gauge",
    null,
    single("mem.highatomic"),
  ),
  row(
    "unwedge_reclaim_throttled_tasks",
    "Tasks asleep in direct reclaim's throttle",
    "gauge",
    null,
    single("throttled"),
  ),
  row("unwedge_reclaim_pages_total", "Pages reclaim freed", "counter", "by", [
    ["kswapd", "vmstat.pgsteal_kswapd"],
    ["direct", "vmstat.pgsteal_direct"],
  ]),
  row("unwedge_reclaim_scanned_pages_total", "Pages reclaim looked at", "counter", "by", [
    ["kswapd", "vmstat.pgscan_kswapd"],
    ["direct", "vmstat.pgscan_direct"],
  ]),
  row("unwedge_swap_pages_total", "Pages that went to swap and came back", "counter", "op", [
    ["out", "vmstat.pswpout"],
    ["in", "vmstat.pswpin"],
  ]),
  row("unwedge_swap_used_pages", "Swap slots in use", "gauge", null, single("swap.used")),
  row(
    "unwedge_swap_inflight",
    "Swap requests sent and not answered",
    "gauge",
    null,
    single("swap.inflight"),
  ),
  row(
    "unwedge_swap_oldest_seconds",
    "Age of the oldest of them",
    "gauge",
    null,
    single("swap.oldest"),
    NS,
  ),
  row("unwedge_tcp_memory_pages", "Pages charged to TCP, and tcp_mem", "gauge", "level", [
    ["used", "tcp.mem"],
    ["low", "tcp.mem_min"],
    ["pressure", "tcp.mem_pressure"],
    ["max", "tcp.mem_max"],
  ]),
  row(
    "unwedge_ring_filled",
    "Receive descriptors with a buffer",
    "gauge",
    null,
    single("ring.filled"),
  ),
  row(
    "unwedge_pressure_ratio",
    "Share of the last 10 s that tasks waited for memory",
    "gauge",
    "kind",
    [
      ["some", "psi.some"],
      ["full", "psi.full"],
    ],
    PPM,
  ),
  row(
    "unwedge_oom_kills_total",
    "Tasks the OOM killer ended",
    "counter",
    null,
    single("oom_kills"),
  ),
  row(
    "unwedge_swap_mismatches_total",
    "Pages that came back from swap as others",
    "counter",
    null,
    single("mismatches"),
  ),
  row("unwedge_task_runnable", "Tasks that could run now", "gauge", null, single("runnable")),
];
