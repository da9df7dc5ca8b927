// What the judge of a run may ask of a cluster of nodes, answered from their samples, and where the state itself is asked
// for, from the machines as they were last fetched.

import { HISTOGRAM_BUCKETS } from "#base/histogram.ts";
import type { CompiledPath, Observation, TaskView } from "#coordinator/scenario/index.ts";
import { type Certificate, certificateHasCycle, explain, fingerprintOf } from "#explain/index.ts";
import type { FaultTarget, ReceiptCounter } from "#faults/index.ts";
import type { Machine } from "#kernel/index.ts";
import { receiptOf } from "#sim/index.ts";
import type { JudgedSample, LatencyCounts } from "#wire/telemetry/sample.ts";
import type { WrittenSample } from "#wire/telemetry/written-sample.ts";
import type { SampledFleet } from "./sampled-fleet.ts";

export class FleetObservation implements Observation {
  readonly #fleet: SampledFleet;
  #machines: readonly Machine[] = [];
  #certificate: Certificate | null = null;

  constructor(fleet: SampledFleet) {
    this.#fleet = fleet;
  }

  /** The state of every machine, just fetched, one after the other. What it proves of one it proves whatever the others send. */
  take(machines: readonly Machine[], nowNs: number): void {
    this.#machines = machines;
    this.#certificate = explain(machines, { nowNs, areOfOneInstant: false });
  }

  value({ host, of, part, server, metric }: CompiledPath): number {
    const sample = this.#fleet.sample(host);
    if (sample === null) return 0;
    switch (of) {
      case "manager":
      case "member":
      case "machine":
        return server === null || server === sample.server ? (sample.values[metric] ?? 0) : 0;
      case "task":
      case "service":
        return partOf(sample.tasks, part)?.values[metric] ?? 0;
      case "traffic":
        return partOf(sample.traffic, part)?.values[metric] ?? 0;
      case "swap-server":
        return serverValue(sample, metric);
    }
  }

  histogram({ host, of, part }: CompiledPath): ArrayLike<number> {
    const sample = this.#fleet.sample(host);
    if (sample === null) return [];
    const found = of === "traffic" ? partOf(sample.traffic, part) : partOf(sample.tasks, part);
    return dense(found?.latency ?? []);
  }

  tasks(): readonly TaskView[] {
    return this.#fleet.samples.flatMap(({ host, tasks, awaited }) => [
      ...tasks.map(({ name, isEndless, isFinished, killed, isIdle, workingSetPages, values }) => ({
        ...{ machine: host, name, isEndless, isFinished, killed, isIdle, workingSetPages },
        progressPages: values["progress"] ?? 0,
      })),
      ...awaited.map((task) => ({ machine: host, ...task, ...NOT_BEGUN })),
    ]);
  }

  get oomKills(): number {
    return this.#sum(({ oomKills }) => oomKills);
  }

  get mismatches(): number {
    return this.#sum(({ mismatches }) => mismatches);
  }

  get usefulProgress(): number {
    return this.#sum(({ usefulProgress }) => usefulProgress);
  }

  get largestArmedTimerNs(): number {
    return Math.max(0, ...this.#fleet.written.map(([, each]) => each.largestArmedTimerNs));
  }

  receipt(counter: ReceiptCounter, target: FaultTarget): number {
    return receiptOf(this.#fleet, counter, target);
  }

  proof(): "certain" | null {
    return this.#certificate?.certainty ?? null;
  }

  fingerprint(): string {
    return this.#machines.map(fingerprintOf).join("\n");
  }

  cycles(): readonly (readonly string[])[] {
    const cycle = this.#certificate?.cycle ?? [];
    return cycle.length === 0 ? [] : [cycle];
  }

  hasCycle(names: readonly string[]): boolean {
    return this.#certificate !== null && certificateHasCycle(this.#certificate, names);
  }

  certificate(): Certificate | null {
    return this.#certificate;
  }

  #sum(of: (sample: WrittenSample) => number): number {
    return this.#fleet.written.reduce((sum, [, sample]) => sum + of(sample), 0);
  }
}

/** Nobody has seen it yet; it has its share to do once it runs. */
const NOT_BEGUN = {
  isFinished: false,
  killed: 0,
  isIdle: false,
  workingSetPages: 1,
  progressPages: 0,
};

const partOf = <T extends { readonly name: string }>(
  parts: readonly T[],
  name: string | null,
): T | undefined => parts.find((part) => part.name === name);

function serverValue({ swapServer }: JudgedSample, metric: string): number {
  if (swapServer === null) return 0;
  switch (metric) {
    case "queue":
      return swapServer.queue;
    case "requests":
      return swapServer.requests;
    case "answered":
      return swapServer.answered;
    default:
      throw new Error(`assertion failed: the metric ${metric} has an answer`);
  }
}

function dense(counts: LatencyCounts): ArrayLike<number> {
  const all = new Float64Array(HISTOGRAM_BUCKETS);
  for (const [bucket, count] of counts) all[bucket] = count;
  return all;
}
