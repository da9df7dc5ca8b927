// Every event of a machine in under a byte, once compressed: times, names and values in columns of their own, each value as
// the difference from the one before it of the same name.
//
// It is bounded: of a run with more events than LOG_EVENTS_MAX on a machine it has the first ones, for whoever looks for the
// place where two runs part wants those; the last ones are in the machine's ring.

import { assert } from "#base/assert.ts";
import { VarintReader, VarintWriter } from "#base/varint.ts";
import type { TraceEvent } from "#kernel/index.ts";

/** Of one machine. 0.3 to 0.9 compressed bytes each. */
export const LOG_EVENTS_MAX = 500_000;

/** Plain data. */
export interface EventLogData {
  /** Number of the first event. */
  readonly firstN: number;
  readonly count: number;
  /** By the index that `kinds` has. */
  readonly names: readonly string[];
  readonly kinds: Uint8Array;
  /** Varints: ns since the event before. */
  readonly times: Uint8Array;
  /** Varints by name: a and b by turns, each less the one before. */
  readonly values: readonly Uint8Array[];
}

/** An event as a log has it: of another version of the model it may have a name that is not known here. */
export type LoggedEvent = Omit<TraceEvent, "name"> & { readonly name: string };

interface Lane {
  readonly index: number;
  readonly values: VarintWriter;
  lastA: number;
  lastB: number;
}

export class EventLog {
  readonly #firstN: number;
  readonly #lanes = new Map<string, Lane>();
  readonly #kinds = new VarintWriter();
  readonly #times = new VarintWriter();
  #lastNs = 0;
  count = 0;

  constructor(firstN = 0) {
    this.#firstN = firstN;
  }

  get nextN(): number {
    return this.#firstN + this.count;
  }

  push({ n, atNs, name, a, b }: LoggedEvent): void {
    assert(n === this.nextN, "a log has no gaps");
    const lane = this.#lane(name);
    this.#kinds.push(lane.index);
    this.#times.push(atNs - this.#lastNs);
    lane.values.push(a - lane.lastA);
    lane.values.push(b - lane.lastB);
    this.#lastNs = atNs;
    lane.lastA = a;
    lane.lastB = b;
    this.count++;
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane = { index: this.#lanes.size, values: new VarintWriter(), lastA: 0, lastB: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }

  data(): EventLogData {
    const lanes = [...this.#lanes];
    return {
      firstN: this.#firstN,
      count: this.count,
      names: lanes.map(([name]) => name),
      kinds: this.#kinds.bytes(),
      times: this.#times.bytes(),
      values: lanes.map(([, { values }]) => values.bytes()),
    };
  }
}

/** Reads a log from its beginning. */
export class EventLogReader {
  readonly #data: EventLogData;
  readonly #kinds: VarintReader;
  readonly #times: VarintReader;
  readonly #lanes: readonly {
    readonly name: string;
    readonly reader: VarintReader;
    last: number[];
  }[];
  #n: number;
  #atNs = 0;

  constructor(data: EventLogData) {
    this.#data = data;
    this.#n = data.firstN;
    this.#kinds = new VarintReader(data.kinds);
    this.#times = new VarintReader(data.times);
    this.#lanes = data.names.map((name, i) => ({
      name,
      reader: new VarintReader(data.values[i] ?? new Uint8Array()),
      last: [0, 0],
    }));
  }

  /** null: the log ends here. */
  next(): LoggedEvent | null {
    if (this.#n === this.#data.firstN + this.#data.count) return null;
    const lane = this.#lanes[this.#kinds.next() ?? -1];
    const sinceNs = this.#times.next();
    if (lane === undefined || sinceNs === null) return null;
    this.#atNs += sinceNs;
    const [a = 0, b = 0] = lane.last.map((last) => last + (lane.reader.next() ?? 0));
    lane.last = [a, b];
    return { n: this.#n++, atNs: this.#atNs, name: lane.name, a, b };
  }
}
