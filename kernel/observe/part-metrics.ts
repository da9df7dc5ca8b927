// The metrics of what runs on a machine: its tasks, the load it puts on others, its swap server.

import { assert } from "#base/assert.ts";
import type { Machine } from "../machine.ts";
import { unknownMetric } from "./unknown-metric.ts";

/**
 * A task that has not been started has done nothing and waits for nothing.
 *
 * `nowNs`: the present of the whole cluster; a machine with nothing to do may not have noticed.
 */
export function taskMetric(machine: Machine, name: string, metric: string, nowNs: number): number {
  const stats = statsOf(machine, name);
  if (stats === undefined) return 0;
  switch (metric) {
    case "stall":
      return stats.isIdle ? 0 : nowNs - stats.progressAtNs;
    case "finished":
      return stats.finished;
    case "progress":
      return stats.progressPages;
    case "swapins":
      return stats.swapins;
    case "touches":
      return stats.touchedPages;
    case "passes":
      return stats.passes;
    case "requests":
      return stats.requests;
    case "backlog":
      return machine.workload
        .socketsOf(name)
        .reduce((sum, sock) => sum + machine.sockets.availableBytes(sock), 0);
    default:
      return unknownMetric(metric);
  }
}

export function trafficMetric(machine: Machine, id: string, metric: string): number {
  const client = clientOf(machine, id);
  switch (metric) {
    case "sent":
      return client.sent;
    case "answered":
      return client.answered;
    case "failed":
      return client.failed;
    default:
      return unknownMetric(metric);
  }
}

export function serverMetric(machine: Machine, metric: string): number {
  const { swapServer } = machine.workload;
  assert(swapServer !== null, "a path names a swap server");
  switch (metric) {
    case "queue":
      return swapServer.queueLength;
    case "requests":
      return swapServer.requests;
    case "answered":
      return swapServer.answered;
    default:
      return unknownMetric(metric);
  }
}

/** Counts of its latency, in the buckets of base/histogram.ts. */
export const taskLatency = (machine: Machine, name: string): ArrayLike<number> =>
  statsOf(machine, name)?.latency.counts ?? [];

export const trafficLatency = (machine: Machine, id: string): ArrayLike<number> =>
  clientOf(machine, id).latency.counts;

const statsOf = (machine: Machine, name: string) =>
  machine.workload.stats().find((stats) => stats.name === name);

function clientOf(machine: Machine, id: string) {
  const client = machine.workload.clients.find(({ name }) => name === id);
  assert(client !== undefined, "a path names a traffic of its host");
  return client;
}
