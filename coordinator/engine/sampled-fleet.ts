// The machines of a cluster as their nodes last described them: enough for faults, receipts and the judge.
//
// What a node said is read when somebody looks at it, once, and what was said lately takes its place unread.

import { assert } from "#base/assert.ts";
import { UnwedgeError } from "#base/error.ts";
import type { MachineEvent } from "#kernel/index.ts";
import type { ToldCluster, Witness } from "#sim/index.ts";
import { decodeSample, decodeShot } from "#wire/control/decode.ts";
import type { JudgedSample } from "#wire/telemetry/sample.ts";
import type { MachineShot } from "#wire/telemetry/shot.ts";
import type { WrittenSample } from "#wire/telemetry/written-sample.ts";

interface Heard {
  readonly written: WrittenSample;
  /** null: nobody has looked yet. */
  sample: JudgedSample | null;
}

export class SampledFleet implements ToldCluster {
  readonly #heard = new Map<string, Heard>();
  readonly #tell: (host: string, event: MachineEvent) => void;

  constructor(tell: (host: string, event: MachineEvent) => void) {
    this.#tell = tell;
  }

  /** What a node says replaces what it said before. */
  take(host: string, written: WrittenSample): void {
    this.#heard.set(host, { written, sample: null });
  }

  /** As they came: what of them lies open, by host. */
  get written(): readonly (readonly [host: string, written: WrittenSample])[] {
    return [...this.#heard].map(([host, { written }]) => [host, written] as const);
  }

  /** Read anew each time: who wants them wants them once. null: nobody speaks for that host. */
  shot(host: string): MachineShot | null {
    const heard = this.#heard.get(host);
    if (heard === undefined) return null;
    return decodeShot(heard.written.shotText) ?? noSample(host);
  }

  /** Read, all of them. */
  get samples(): readonly JudgedSample[] {
    return [...this.#heard].map(([host, heard]) => readOf(host, heard));
  }

  /** null: nobody speaks for that host. */
  sample(host: string): JudgedSample | null {
    const heard = this.#heard.get(host);
    return heard === undefined ? null : readOf(host, heard);
  }

  get machines(): readonly Witness[] {
    return this.samples.map(witnessOf);
  }

  machine(name: string): Witness {
    const sample = this.sample(name);
    return sample === null ? silent(name) : witnessOf(sample);
  }

  tell(host: string, event: MachineEvent): void {
    assert(host.length > 0, "an event is for somebody");
    this.#tell(host, event);
  }
}

function readOf(host: string, heard: Heard): JudgedSample {
  heard.sample ??= decodeSample(heard.written.text);
  return heard.sample?.host === host ? heard.sample : noSample(host);
}

function noSample(host: string): never {
  throw new UnwedgeError("unavailable", `node ${host}: what it says of its machine is no sample`);
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
}: JudgedSample): Witness => ({
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
