// The machines of a cluster as their nodes last described them: enough for faults, receipts and the judge.

import { assert } from "#base/assert.ts";
import type { MachineEvent } from "#kernel/index.ts";
import type { ToldCluster, Witness } from "#sim/index.ts";
import type { MachineSample } from "#wire/telemetry/sample.ts";

export class SampledFleet implements ToldCluster {
  readonly #samples = new Map<string, MachineSample>();
  readonly #tell: (host: string, event: MachineEvent) => void;

  constructor(tell: (host: string, event: MachineEvent) => void) {
    this.#tell = tell;
  }

  /** What a node says replaces what it said before. */
  take(sample: MachineSample): void {
    this.#samples.set(sample.host, sample);
  }

  get samples(): readonly MachineSample[] {
    return [...this.#samples.values()];
  }

  /** null: nobody speaks for that host. */
  sample(host: string): MachineSample | null {
    return this.#samples.get(host) ?? null;
  }

  get machines(): readonly Witness[] {
    return this.samples.map(witnessOf);
  }

  machine(name: string): Witness {
    const sample = this.#samples.get(name);
    return sample === undefined ? silent(name) : witnessOf(sample);
  }

  tell(host: string, event: MachineEvent): void {
    assert(host.length > 0, "an event is for somebody");
    this.#tell(host, event);
  }
}

const witnessOf = ({
  host,
  heldCount,
  deaths,
  pressure,
  links,
  swapServer,
  traffic,
  tasks,
}: MachineSample): Witness => ({
  spec: { name: host },
  heldCount,
  deaths,
  balloon: { takenPages: pressure.balloonPages },
  net: { links: () => links },
  workload: {
    swapServer,
    clients: traffic,
    intruders: { writtenPages: pressure.hogPages },
    stats: () => tasks,
  },
});

/** A foreign host: nothing is seen of it, so no fault on it has a receipt. */
const silent = (name: string): Witness => ({
  spec: { name },
  heldCount: 0,
  deaths: 0,
  balloon: { takenPages: 0 },
  net: { links: () => [] },
  workload: { swapServer: null, clients: [], intruders: { writtenPages: 0 }, stats: () => [] },
});
