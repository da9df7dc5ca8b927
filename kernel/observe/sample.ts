// A machine as it is observed from outside at one instant: every metric of the scenario language, and what receipts of
// faults are counted from. The simulator reads a machine's metrics one by one; a node of the cluster sends all of them.

import type {
  LatencyCounts,
  MachineSample,
  TaskSample,
  TrafficSample,
} from "#wire/telemetry/sample.ts";
import type { Machine } from "../machine.ts";
import { Vmstat } from "../mm/vmstat.ts";
import { MACHINE_GAUGES, machineMetric } from "./machine-metrics.ts";
import { taskMetric } from "./part-metrics.ts";
import { shotOf } from "./shot.ts";

const TASK_METRICS = [
  "stall",
  "finished",
  "progress",
  "swapins",
  "touches",
  "passes",
  "requests",
  "backlog",
] as const;

/** Completed service requests, completed swap-ins and finished processes. */
export function usefulProgressOf(machine: Machine): number {
  const { counts } = machine.memory.parts.vmstat;
  return machine.workload
    .stats()
    .reduce((sum, stats) => sum + stats.requests + stats.finished, counts.pgmajfault);
}

export function sampleOf(machine: Machine): MachineSample {
  const { spec, workload, net } = machine;
  const { swapServer } = workload;
  return {
    host: spec.name,
    role: spec.role,
    atNs: machine.nowNs,
    events: machine.timers.firedCount,
    values: valuesOf(machine),
    server: machine.block?.device.target.server ?? null,
    tasks: workload.stats().map(
      (stats): TaskSample => ({
        name: stats.name,
        isEndless: stats.isEndless,
        isFinished: stats.finished + stats.killed === stats.instanceCount,
        killed: stats.killed,
        isIdle: stats.isIdle,
        workingSetPages: stats.workingSetPages,
        values: taskValues(machine, stats.name),
        latency: sparse(stats.latency.counts),
      }),
    ),
    awaited: workload.awaited(),
    traffic: workload.clients.map(
      (client): TrafficSample => ({
        name: client.name,
        isRunning: client.isRunning,
        starts: client.starts,
        stops: client.stops,
        changes: client.changes,
        values: { sent: client.sent, answered: client.answered, failed: client.failed },
        latency: sparse(client.latency.counts),
      }),
    ),
    swapServer:
      swapServer === null
        ? null
        : {
            queue: swapServer.queueLength,
            requests: swapServer.requests,
            answered: swapServer.answered,
            unheard: swapServer.unheard,
            strikes: { ...swapServer.strikes },
          },
    links: net.links().map(({ peer, lostFrames, heldFrames, carriedFrames, resetStreams }) => ({
      peer,
      lostFrames,
      heldFrames,
      carriedFrames,
      resetStreams,
    })),
    heldCount: machine.heldCount,
    deaths: machine.deaths,
    pressure: {
      balloonPages: machine.balloon.takenPages,
      hogPages: workload.intruders.writtenPages,
    },
    largestArmedTimerNs: net.largestTimerNs(),
    shot: shotOf(machine, machine.nowNs),
    usefulProgress: usefulProgressOf(machine),
  };
}

/** Names of the counters do not change while a machine lives. */
const VMSTAT_NAMES = Object.keys(new Vmstat().counts).map((name) => `vmstat.${name}`);

function valuesOf(machine: Machine): Record<string, number> {
  const values: Record<string, number> = {};
  const put = (name: string, value: number): void => {
    if (value !== 0) values[name] = value;
  };
  for (const name of [...MACHINE_GAUGES, ...VMSTAT_NAMES])
    put(name, machineMetric(machine, name, null, machine.nowNs));
  for (const [name, count] of machine.net.snmp.entries())
    put(`netstat.${name.slice(name.indexOf(".") + 1)}`, count);
  for (const [reason, count] of machine.net.drops.entries()) put(`drops.${reason}`, count);
  return values;
}

function taskValues(machine: Machine, name: string): Record<string, number> {
  return Object.fromEntries(
    TASK_METRICS.map(
      (metric) => [metric, taskMetric(machine, name, metric, machine.nowNs)] as const,
    ).filter(([, value]) => value !== 0),
  );
}

function sparse(counts: ArrayLike<number>): LatencyCounts {
  const found: [number, number][] = [];
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0;
    if (count > 0) found.push([bucket, count]);
  }
  return found;
}
