// What the judge of a run may ask of a simulated cluster, answered from the machines themselves.

import { assert } from "#base/assert.ts";
import type { CompiledPath, Observation, TaskView } from "#coordinator/scenario/index.ts";
import type { FaultTarget, ReceiptCounter } from "#faults/index.ts";
import type { Machine } from "#kernel/index.ts";
import { machineMetric } from "./metrics-machine.ts";
import { receiptOf } from "./receipts.ts";
import { unknownMetric } from "./unknown-metric.ts";
import type { World } from "./world.ts";

export class WorldObservation implements Observation {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  value(path: CompiledPath): number {
    const machine = this.#world.machine(path.host);
    switch (path.of) {
      case "machine":
        return machineMetric(machine, path.metric, path.server);
      case "task":
      case "service":
        return taskMetric(machine, path.part ?? "", path.metric);
      case "traffic":
        return trafficMetric(machine, path.part ?? "", path.metric);
      case "swap-server":
        return serverMetric(machine, path.metric);
    }
  }

  histogram(path: CompiledPath): ArrayLike<number> {
    const machine = this.#world.machine(path.host);
    const part = path.part ?? "";
    if (path.of === "traffic") return clientOf(machine, part).latency.counts;
    return statsOf(machine, part)?.latency.counts ?? [];
  }

  tasks(): readonly TaskView[] {
    return this.#world.machines.flatMap((machine) =>
      machine.workload.stats().map((stats) => ({
        machine: machine.spec.name,
        name: stats.name,
        isEndless: stats.isEndless,
        isFinished: stats.finished + stats.killed === stats.instanceCount,
        isIdle: stats.isIdle,
        workingSetPages: stats.workingSetPages,
        progressPages: stats.progressPages,
      })),
    );
  }

  get oomKills(): number {
    return this.#sum((machine) => machine.memory.parts.vmstat.counts.oom_kill);
  }

  get mismatches(): number {
    return this.#sum((machine) => machine.memory.mismatches.length);
  }

  get usefulProgress(): number {
    return this.#sum((machine) => {
      const { counts } = machine.memory.parts.vmstat;
      const done = machine.workload
        .stats()
        .reduce((sum, stats) => sum + stats.requests + stats.finished, 0);
      return counts.pgmajfault + done;
    });
  }

  get largestArmedTimerNs(): number {
    return Math.max(0, ...this.#world.machines.map((machine) => machine.net.largestTimerNs()));
  }

  receipt(counter: ReceiptCounter, target: FaultTarget): number {
    return receiptOf(this.#world, counter, target);
  }

  proof(): "certain" | "livelock" | null {
    return null;
  }

  cycles(): readonly (readonly string[])[] {
    return [];
  }

  #sum(of: (machine: Machine) => number): number {
    return this.#world.machines.reduce((sum, machine) => sum + of(machine), 0);
  }
}

const statsOf = (machine: Machine, name: string) =>
  machine.workload.stats().find((stats) => stats.name === name);

function clientOf(machine: Machine, id: string) {
  const client = machine.workload.clients.find(({ name }) => name === id);
  assert(client !== undefined, "a path names a traffic of its host");
  return client;
}

/** A task that has not been started has done nothing and waits for nothing. */
function taskMetric(machine: Machine, name: string, metric: string): number {
  const stats = statsOf(machine, name);
  if (stats === undefined) return 0;
  switch (metric) {
    case "stall":
      return stats.isIdle ? 0 : machine.nowNs - stats.progressAtNs;
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

function trafficMetric(machine: Machine, id: string, metric: string): number {
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

function serverMetric(machine: Machine, metric: string): number {
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
