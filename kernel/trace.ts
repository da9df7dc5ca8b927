// The record of a machine: every event of note, hashed as it happens.
//
// Two runs are the same run if their digests are equal. The last RING_EVENTS events are kept for a person to read; the
// rest is counted and hashed, because a long run has hundreds of millions of them and can be run again.

import { Digest } from "#base/digest.ts";
import type { CardTap } from "./net/card-tap.ts";

/** Every event of note, by the number that goes into the digest. Names are subsystem.verb. */
export const TRACE = {
  "task.block": 1,
  "task.wake": 2,
  "task.finish": 3,
  "alloc.refused": 10,
  "alloc.reserve": 11,
  "kswapd.wake": 12,
  "kswapd.sleep": 13,
  "reclaim.begin": 14,
  "reclaim.end": 15,
  "throttle.begin": 16,
  "oom.kill": 17,
  "swap.out": 20,
  "swap.outDone": 21,
  "swap.in": 22,
  "swap.inDone": 23,
  "fault.major": 24,
  "file.write": 25,
  "file.writeDone": 26,
  "file.read": 27,
  "file.readDone": 28,
  "nbd.send": 30,
  "nbd.reply": 31,
  "nbd.lost": 32,
  "nbd.again": 33,
  "nbd.switch": 34,
  "net.rx": 40,
  "net.drop": 41,
  "net.rxMissed": 42,
  "net.tx": 43,
  "net.ack": 44,
  "net.rto": 45,
  "net.refill": 46,
  "service.request": 50,
  "service.response": 51,
  "link.change": 60,
  "store.change": 61,
  "load.change": 62,
  "balloon.change": 63,
  "hog.change": 64,
  "power.change": 65,
  "integrity.mismatch": 70,
} as const;
export type TraceName = keyof typeof TRACE;
const nameByCode = new Map<number, TraceName>();
for (const [name, code] of Object.entries(TRACE)) if (isTraceName(name)) nameByCode.set(code, name);

function isTraceName(name: string): name is TraceName {
  return Object.hasOwn(TRACE, name);
}

/** Events kept for reading. */
export const RING_EVENTS = 4096;

export interface TraceEvent {
  readonly n: number;
  readonly atNs: number;
  readonly name: TraceName;
  readonly a: number;
  readonly b: number;
}

export class Trace {
  readonly digest = new Digest();
  /** Events since boot. */
  count = 0;
  /** Called each time RING_EVENTS more events have happened, before the next one takes the place of the oldest. */
  readonly onFull: (() => void)[] = [];
  /** Who watches the machine's card; null: nobody. It stays when the machine boots. */
  card: CardTap | null = null;
  readonly #atNs = new Float64Array(RING_EVENTS);
  readonly #code = new Int32Array(RING_EVENTS);
  readonly #a = new Float64Array(RING_EVENTS);
  readonly #b = new Float64Array(RING_EVENTS);

  event(name: TraceName, atNs: number, a = 0, b = 0): void {
    const code = TRACE[name];
    const { digest } = this;
    digest.add(atNs);
    digest.add(code);
    digest.add(a);
    digest.add(b);
    const at = this.count++ % RING_EVENTS;
    this.#atNs[at] = atNs;
    this.#code[at] = code;
    this.#a[at] = a;
    this.#b[at] = b;
    if (at === RING_EVENTS - 1) for (const told of this.onFull) told();
  }

  /** The events that are still kept, from number `fromN` on, oldest first. */
  recent(fromN = 0): TraceEvent[] {
    const events: TraceEvent[] = [];
    for (let n = Math.max(fromN, this.count - RING_EVENTS); n < this.count; n++) {
      const at = n % RING_EVENTS;
      const name = nameByCode.get(this.#code[at] ?? 0);
      if (name !== undefined)
        events.push({
          n,
          atNs: this.#atNs[at] ?? 0,
          name,
          a: this.#a[at] ?? 0,
          b: this.#b[at] ?? 0,
        });
    }
    return events;
  }

  save(): {
    readonly digest: readonly [number, number];
    readonly count: number;
    readonly ring: readonly (readonly number[])[];
  } {
    const ring = [this.#atNs, this.#code, this.#a, this.#b].map((lane) => Array.from(lane));
    return { digest: this.digest.save(), count: this.count, ring };
  }

  load(state: ReturnType<Trace["save"]>): void {
    this.digest.load(state.digest);
    this.count = state.count;
    const lanes = [this.#atNs, this.#code, this.#a, this.#b];
    lanes.forEach((lane, i) => {
      lane.set(state.ring[i] ?? []);
    });
  }
}
