// Reads every event of a machine, in order and without gaps: what its ring is about to forget is fetched when it is full.

import { assert } from "#base/assert.ts";
import { RING_EVENTS, type Trace, type TraceEvent } from "#kernel/index.ts";

export class TraceTap {
  readonly #trace: Trace;
  readonly #give: (events: readonly TraceEvent[]) => void;
  #nextN: number;

  /** `give` has every event from `fromN` on: some whenever the ring is full, the rest when asked to `drain`. */
  constructor(
    trace: Trace,
    give: (events: readonly TraceEvent[]) => void,
    fromN = Math.max(0, trace.count - RING_EVENTS),
  ) {
    assert(trace.count - fromN <= RING_EVENTS, "what the ring has forgotten cannot be read");
    this.#trace = trace;
    this.#give = give;
    this.#nextN = fromN;
    trace.onFull.push(this.#drain);
  }

  drain(): void {
    this.#drain();
  }

  /** Nobody wants what has happened and was not given yet. */
  skip(): void {
    this.#nextN = this.#trace.count;
  }

  readonly #drain = (): void => {
    if (this.#trace.count === this.#nextN) return;
    const fresh = this.#trace.recent(this.#nextN);
    this.#nextN = this.#trace.count;
    this.#give(fresh);
  };

  /** May be called twice. */
  close(): void {
    const at = this.#trace.onFull.indexOf(this.#drain);
    if (at >= 0) this.#trace.onFull.splice(at, 1);
  }
}
