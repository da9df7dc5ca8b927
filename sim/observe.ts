// What the judge of a run may ask of a simulated cluster, answered from the machines themselves.

import type { CompiledPath, Observation, TaskView } from "#coordinator/scenario/index.ts";
import { type Certificate, certificateHasCycle, explain, fingerprintOf } from "#explain/index.ts";
import type { FaultTarget, ReceiptCounter } from "#faults/index.ts";
import {
  type Machine,
  machineMetric,
  serverMetric,
  taskLatency,
  taskMetric,
  trafficLatency,
  trafficMetric,
  usefulProgressOf,
} from "#kernel/index.ts";
import { receiptOf } from "./receipts.ts";
import type { World } from "./world.ts";

export class WorldObservation implements Observation {
  readonly #world: World;
  #explained: { readonly atNs: number; readonly certificate: Certificate | null } | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  value(path: CompiledPath): number {
    const { nowNs } = this.#world;
    const machine = this.#world.machine(path.host);
    switch (path.of) {
      case "machine":
      case "manager":
      case "member":
        return machineMetric(machine, path.metric, path.server, nowNs);
      case "task":
      case "service":
        return taskMetric(machine, path.part ?? "", path.metric, nowNs);
      case "traffic":
        return trafficMetric(machine, path.part ?? "", path.metric);
      case "swap-server":
        return serverMetric(machine, path.metric);
    }
  }

  histogram(path: CompiledPath): ArrayLike<number> {
    const machine = this.#world.machine(path.host);
    const part = path.part ?? "";
    return path.of === "traffic" ? trafficLatency(machine, part) : taskLatency(machine, part);
  }

  tasks(): readonly TaskView[] {
    return this.#world.machines.flatMap((machine) => [
      ...machine.workload.stats().map((stats) => ({
        machine: machine.spec.name,
        name: stats.name,
        isEndless: stats.isEndless,
        isFinished: stats.finished + stats.killed === stats.instanceCount,
        killed: stats.killed,
        isIdle: stats.isIdle,
        workingSetPages: stats.workingSetPages,
        progressPages: stats.progressPages,
      })),
      ...machine.workload.awaited().map(({ name, isEndless }) => ({
        machine: machine.spec.name,
        name,
        isEndless,
        isFinished: false,
        killed: 0,
        isIdle: false,
        // Nobody has seen it yet; it has its share to do once it runs.
        workingSetPages: 1,
        progressPages: 0,
      })),
    ]);
  }

  get oomKills(): number {
    return this.#sum((machine) => machine.memory.parts.vmstat.counts.oom_kill);
  }

  get mismatches(): number {
    return this.#sum((machine) => machine.memory.mismatches.length);
  }

  get usefulProgress(): number {
    return this.#sum(usefulProgressOf);
  }

  get largestArmedTimerNs(): number {
    return Math.max(0, ...this.#world.machines.map((machine) => machine.net.largestTimerNs()));
  }

  receipt(counter: ReceiptCounter, target: FaultTarget): number {
    return receiptOf(this.#world, counter, target);
  }

  proof(): "certain" | null {
    return this.certificate()?.certainty ?? null;
  }

  fingerprint(): string {
    return this.#world.machines.map(fingerprintOf).join("\n");
  }

  cycles(): readonly (readonly string[])[] {
    const cycle = this.certificate()?.cycle ?? [];
    return cycle.length === 0 ? [] : [cycle];
  }

  hasCycle(names: readonly string[]): boolean {
    const certificate = this.certificate();
    return certificate !== null && certificateHasCycle(certificate, names);
  }

  /** What the state proves now; drawn once for an instant. */
  certificate(): Certificate | null {
    const { nowNs, machines } = this.#world;
    if (this.#explained?.atNs !== nowNs)
      this.#explained = { atNs: nowNs, certificate: explain(machines, { nowNs }) };
    return this.#explained.certificate;
  }

  #sum(of: (machine: Machine) => number): number {
    return this.#world.machines.reduce((sum, machine) => sum + of(machine), 0);
  }
}
