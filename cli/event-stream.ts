// A run's events as they happen, one JSON object a line, numbered without gaps, for `--ndjson`.
//
// The machines keep their last few thousand events; this reads them after every step. If more than that happened within one
// step, how many are missing is said in their place.

import type { Machine } from "#kernel/index.ts";
import type { Run } from "#sim/index.ts";

interface StreamedEvent {
  readonly at: number;
  readonly machine: string;
  readonly event: string;
  readonly [key: string]: number | string;
}

export class EventStream {
  readonly #write: (line: string) => void;
  /** Events of each machine that have been read. */
  readonly #read = new Map<string, number>();
  #n = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Everything since it was called last, in the order of time. */
  drain(run: Run): void {
    const events = run.world.machines.flatMap((machine) => this.#eventsOf(machine));
    events.sort((a, b) => a.at - b.at);
    for (const event of events) this.line(event);
  }

  line(event: object): void {
    this.#write(`${JSON.stringify({ n: this.#n++, ...event })}\n`);
  }

  #eventsOf({ spec: { name: machine }, trace }: Machine): StreamedEvent[] {
    const from = this.#read.get(machine) ?? 0;
    if (trace.count === from) return [];
    this.#read.set(machine, trace.count);
    const fresh = trace.recent(from);
    const events = fresh.map(({ atNs, name, a, b }) => ({
      ...{ at: atNs / 1e9, machine, event: name, a, b },
    }));
    const missing = trace.count - from - fresh.length;
    const at = events[0]?.at ?? 0;
    return missing === 0 ? events : [{ at, machine, event: "missing", count: missing }, ...events];
  }
}
