// When the requests of one open load are due, as timers of the machine: through a stop and a new start, and a change of its rate.
//
// A timer is never cancelled, so each carries the round it belongs to, and one of an earlier round is not heard.

import { assert } from "#base/assert.ts";
import { TIMER, type Timers } from "../sched/timers.ts";

/** When the requests of an open load are due, in ns since its first start; see traffic/patterns. */
export interface ArrivalSource {
  /** Instant of the next one; Infinity when no more come. */
  nextNs(): number;
  /** Nothing comes before `atNs`; the gap that was running begins there. */
  goOn(atNs: number): void;
  /** From `atNs` on another rate; null: the one it was made with. */
  changeRate(ratePerSec: number | null, atNs: number): void;
  save(): ArrivalState;
  load(state: ArrivalState): void;
}

export interface ArrivalState {
  readonly index: number;
  readonly at: number;
  readonly ratePerSec: number | null;
  readonly random: readonly [number, number];
}

/** Loads that one host can have: what tells a load's number from its round. */
const LOADS_MAX = 1000;
/** In timers of class TIMER.load: a request of open load is due. */
const ARRIVES = -1;

/** Which load a timer of class TIMER.load is for, and its round. */
export const loadOf = (a: number): readonly [number, number] => [
  a % LOADS_MAX,
  Math.floor(a / LOADS_MAX),
];

export class ArrivalClock {
  readonly #timers: Timers;
  readonly #index: number;
  readonly #source: ArrivalSource | null;
  /** -1: it has not been started. */
  #startNs = -1;
  #round = 0;

  /** `source` is null for closed load, for which nothing here ever happens. */
  constructor(parts: {
    readonly timers: Timers;
    readonly index: number;
    readonly arrivals: ArrivalSource | null;
  }) {
    assert(parts.index < LOADS_MAX, "a host has no more loads than timers can tell apart");
    this.#timers = parts.timers;
    this.#index = parts.index;
    this.#source = parts.arrivals;
  }

  start(): void {
    const { nowNs } = this.#timers;
    if (this.#startNs < 0) this.#startNs = nowNs;
    else this.#again((source, atNs) => source.goOn(atNs));
    this.arm();
  }

  /** The load runs, and its rate is another from now on. */
  changeRate(ratePerSec: number | null): void {
    if (this.#startNs < 0) this.#source?.changeRate(ratePerSec, 0);
    else this.#again((source, atNs) => source.changeRate(ratePerSec, atNs));
  }

  /** Set the timer of the next request. */
  arm(): void {
    const atNs = this.#startNs + (this.#source?.nextNs() ?? Number.POSITIVE_INFINITY);
    if (atNs >= Number.MAX_SAFE_INTEGER) return;
    this.#timers.set(atNs, TIMER.load, this.#index + this.#round * LOADS_MAX, ARRIVES);
  }

  /** Whether a timer that fires is of this round. */
  isCurrent(round: number): boolean {
    return round === this.#round;
  }

  /** Timers that are set are of an earlier round from now on. */
  #again(tell: (source: ArrivalSource, atNs: number) => void): void {
    if (this.#source === null) return;
    this.#round++;
    tell(this.#source, this.#timers.nowNs - this.#startNs);
  }

  save(): ArrivalClockState {
    return {
      startNs: this.#startNs,
      round: this.#round,
      source: this.#source?.save() ?? null,
    };
  }

  load(state: ArrivalClockState): void {
    this.#startNs = state.startNs;
    this.#round = state.round;
    if (state.source !== null) this.#source?.load(state.source);
  }
}

export interface ArrivalClockState {
  readonly startNs: number;
  readonly round: number;
  readonly source: ArrivalState | null;
}
