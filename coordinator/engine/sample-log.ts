// What the nodes of a run said, once a second of its time: the timeline in the record of a run on sockets, which cannot be
// replayed to look again.

import { MACHINE_GAUGES } from "#kernel/index.ts";
import type { JudgedSample } from "#wire/telemetry/sample.ts";

const EVERY_NS = 1_000_000_000;

export interface SampleRow {
  readonly atNs: number;
  /** By host: its gauges, those that are 0 left out, and what it got done since it booted. */
  readonly machines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export class SampleLog {
  readonly #rows: SampleRow[] = [];
  #nextNs = 0;

  get rows(): readonly SampleRow[] {
    return this.#rows;
  }

  /** The samples are read where it is time to note them. */
  note(fleet: { readonly samples: readonly JudgedSample[] }, nowNs: number): void {
    if (nowNs < this.#nextNs) return;
    this.#nextNs = nowNs + EVERY_NS;
    const machines = fleet.samples.map((sample) => [sample.host, valuesOf(sample)] as const);
    this.#rows.push({ atNs: nowNs, machines: Object.fromEntries(machines) });
  }
}

function valuesOf({ values, usefulProgress }: JudgedSample): Record<string, number> {
  const gauges = Object.entries(values).filter(([name]) => MACHINE_GAUGES.includes(name));
  return { ...Object.fromEntries(gauges), ["useful_progress"]: usefulProgress };
}
