// When requests are due: an open load's arrivals against a clock that is asked now and then.
//
// What is due keeps the instant at which it was meant, however late it is taken: latency is counted from there, so that a
// server that stops is not flattered by a flood that politely stops asking (coordinated omission; Gil Tene, 2013).

import { Random } from "#base/random.ts";
import { Arrivals, patterns } from "./patterns/index.ts";
import type { FloodShare } from "./plan.ts";

export class Pace {
  readonly #arrivals: Arrivals;
  /** What is due at this very instant is the last. */
  readonly #endNs: number;
  #nextNs: number;
  /** Requests that have come due so far. */
  dueCount = 0;

  constructor({ pattern, ratePerSec, seed, worker, forMs }: FloodShare) {
    this.#arrivals = new Arrivals({
      pattern: patterns[pattern],
      ratePerSec: ratePerSec ?? 0,
      ramp: [],
      random: new Random(seed).fork("flood").fork(`worker ${worker}`),
    });
    this.#endNs = forMs * 1_000_000;
    this.#nextNs = this.#arrivals.nextNs();
  }

  /** Instants, in ns since the start, of what has come due by `nowNs`, oldest first; at most `most` of them. */
  take(nowNs: number, most = Number.POSITIVE_INFINITY): number[] {
    const due: number[] = [];
    while (this.#nextNs <= nowNs && this.#nextNs <= this.#endNs && due.length < most) {
      due.push(this.#nextNs);
      this.#nextNs = this.#arrivals.nextNs();
    }
    this.dueCount += due.length;
    return due;
  }
}
