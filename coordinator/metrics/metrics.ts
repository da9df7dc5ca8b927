// /metrics: the nodes by the table, and what the coordinator knows itself: runs, faults, Redis.
//
// A registry for each scrape: its numbers are other processes', so there is nothing to keep between two.

import { Counter, Gauge, Registry } from "prom-client";
import type { FeedCounts } from "../feed/feed.ts";
import type { FleetNode, HeldFault } from "../fleet/fleet.ts";
import type { RunRecord } from "../runs/record.ts";
import { type MetricRow, NODE_METRICS } from "./table.ts";

export interface Measured {
  readonly nodes: readonly FleetNode[];
  readonly faults: readonly HeldFault[];
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** What runs are run on. */
  readonly engine: string;
  readonly isRedisThere: boolean;
  /** Writes to Redis that were given up, by the coordinator and by nodes. */
  readonly lostWrites: number;
  readonly feed: FeedCounts;
}

/** Prefix of what the traffic and task metrics of nodes are called in samples: `svc.requests`, `flood.sent`. */
const DROPS = "drops.";

export function metricsText(measured: Measured): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  for (const row of NODE_METRICS) addRow(registry, row, measured.nodes);
  const drops = new Counter({
    name: "unwedge_net_dropped_packets_total",
    help: "Packets dropped, by reason",
    labelNames: ["node", "reason"],
    registers,
  });
  for (const { name, values } of measured.nodes)
    for (const [metric, value] of Object.entries(values))
      if (metric.startsWith(DROPS))
        drops.inc({ node: name, reason: metric.slice(DROPS.length) }, value);
  addServices(registry, measured.nodes);
  addNodes(registry, measured.nodes);
  addRuns(registry, measured);
  addFeed(registry, measured.feed);
  return registry.metrics();
}

function addRow(registry: Registry, row: MetricRow, nodes: readonly FleetNode[]): void {
  const { name, help, label, from, factor = 1 } = row;
  const labelNames = label === null ? ["node"] : ["node", label];
  const spec = { name, help, labelNames, registers: [registry] };
  const metric = row.type === "gauge" ? new Gauge(spec) : new Counter(spec);
  // A node that has had no machine yet has nothing to say; what a machine leaves out is 0, and no series may end there.
  const heard = nodes.filter(({ values }) => Object.keys(values).length > 0);
  for (const node of heard)
    for (const [value, key] of from) {
      const number = node.values[key] ?? 0;
      metric.inc(
        label === null ? { node: node.name } : { node: node.name, [label]: value },
        number * factor,
      );
    }
}

/** `NAME.requests` of services, `NAME.answered` and its kin of traffic. */
function addServices(registry: Registry, nodes: readonly FleetNode[]): void {
  const requests = new Counter({
    name: "unwedge_service_requests_total",
    help: "Requests that a service answered, or a client sent, had answered, or gave up",
    labelNames: ["node", "service", "result"],
    registers: [registry],
  });
  for (const { name, values } of nodes)
    for (const [metric, value] of Object.entries(values)) {
      const [, service, result] = /^([\w-]+)\.(requests|sent|answered|failed)$/.exec(metric) ?? [];
      if (service === undefined || result === undefined) continue;
      requests.inc(
        { node: name, service, result: result === "requests" ? "served" : result },
        value,
      );
    }
}

function addNodes(registry: Registry, nodes: readonly FleetNode[]): void {
  const up = new Gauge({
    name: "unwedge_node_up",
    help: "Whether the coordinator hears of a node",
    labelNames: ["node", "role"],
    registers: [registry],
  });
  const byState = new Gauge({
    name: "unwedge_fleet_nodes",
    help: "Nodes by state",
    labelNames: ["state"],
    registers: [registry],
  });
  for (const state of ["connected", "ended", "lost"])
    byState.set({ state }, nodes.filter((node) => node.state === state).length);
  for (const { name, role, state } of nodes)
    up.set({ node: name, role }, state === "connected" ? 1 : 0);
}

function addRuns(
  registry: Registry,
  { runs, engine, faults, isRedisThere, lostWrites }: Measured,
): void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers });
  const states = gauge("unwedge_runs", "Runs by state", ["state"]);
  for (const state of ["queued", "running", "ended"])
    states.set({ state }, runs.filter((run) => run.state === state).length);
  const verdicts = gauge("unwedge_run_verdict", "Verdict of the last run that has one", [
    "verdict",
  ]);
  const last = runs.find(({ verdict }) => verdict !== null);
  if (last?.verdict !== undefined && last.verdict !== null)
    verdicts.set({ verdict: last.verdict }, 1);
  const info = gauge("unwedge_run_info", "The run that goes on, else the last", [
    "run",
    "scenario",
    "variant",
    "seed",
    "engine",
  ]);
  const current = runs.find(({ state }) => state === "running") ?? runs[0];
  if (current !== undefined) {
    const { id: run, request, variant, seed } = current;
    const labels = { run, scenario: request.scenario, variant: variant ?? "" };
    info.set({ ...labels, engine: current.engine ?? engine, seed: String(seed ?? "") }, 1);
  }
  const active = gauge("unwedge_faults_active", "Open faults", ["kind", "target"]);
  for (const { name, target } of faults) active.inc({ kind: name, target });
  gauge("unwedge_redis_up", "Whether Redis answers").set(isRedisThere ? 1 : 0);
  const lost = new Counter({
    name: "unwedge_redis_lost_writes_total",
    help: "Writes to Redis that were given up",
    registers,
  });
  lost.inc(lostWrites);
}

function addFeed(registry: Registry, { pages, dropped, putOff }: FeedCounts): void {
  const registers = [registry];
  new Gauge({ name: "unwedge_feed_pages", help: "Pages that watch", registers }).set(pages);
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const slow = "Sendings of frames that a page was too slow for";
  counter("unwedge_feed_dropped_total", slow).inc(dropped);
  const off = "Pages that were put off because they took no news";
  counter("unwedge_feed_put_off_total", off).inc(putOff);
}
