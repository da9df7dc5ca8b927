// When the requests of an open load come: a pattern, laid over a rate that may change.
//
// Each gap of the pattern is work, in mean gaps; a piece with rate r does r units of it per second. So a ramp stretches the
// gaps of every pattern alike, and a piece with rate 0 is slept through.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import type { Pattern } from "./pattern.ts";
import { type RampStep, type RatePiece, ratePieces } from "./ramp.ts";

const NS_PER_SEC = 1_000_000_000;

export interface ArrivalsSpec {
  readonly pattern: Pattern;
  /** Requests per second at the start. */
  readonly ratePerSec: number;
  readonly ramp: readonly RampStep[];
  /** A stream of its own; nobody else may draw from it. */
  readonly random: Random;
}

/** The instant at which `work` mean gaps have gone by since `at`. */
const later = (at: number, work: number, ratePerSec: number): number =>
  work === 0 ? at : at + (work * NS_PER_SEC) / ratePerSec;

export class Arrivals {
  readonly #pattern: Pattern;
  readonly #random: Random;
  readonly #pieces: readonly RatePiece[];
  #index = 0;
  /** Exact instant of the last arrival; fractions of a ns are carried on, or high rates would come out slow. */
  #at = 0;
  /** A rate in place of its own, whatever the ramp says; null: its own. */
  #ratePerSec: number | null = null;

  constructor(spec: ArrivalsSpec) {
    assert(spec.ratePerSec >= 0, "a rate is not negative");
    this.#pattern = spec.pattern;
    this.#random = spec.random;
    this.#pieces = ratePieces(spec.ratePerSec, spec.ramp);
  }

  /** Instant of the next arrival in ns since the load's start; Infinity when the rate is 0 from now on. */
  nextNs(): number {
    const gap = this.#pattern.gap(this.#random, this.#index++);
    this.#at =
      this.#ratePerSec === null ? this.#after(gap) : later(this.#at, gap, this.#ratePerSec);
    return Math.floor(this.#at);
  }

  /** Nothing comes before `atNs`; the gap that was running begins there. */
  goOn(atNs: number): void {
    this.#at = atNs;
  }

  /** From `atNs` on another rate; null: its own, as its ramp has become meanwhile. */
  changeRate(ratePerSec: number | null, atNs: number): void {
    assert(ratePerSec === null || ratePerSec >= 0, "a rate is not negative");
    this.#ratePerSec = ratePerSec;
    this.#at = atNs;
  }

  /** The instant at which `work` mean gaps have gone by since the last arrival. */
  #after(work: number): number {
    let at = this.#at;
    let left = work;
    for (let i = this.#pieceAt(at); i < this.#pieces.length; i++) {
      const perNs = (this.#pieces[i]?.perSec ?? 0) / NS_PER_SEC;
      const endNs = this.#pieces[i + 1]?.fromNs ?? Infinity;
      if (left === 0 || (perNs > 0 && at + left / perNs <= endNs))
        return left === 0 ? at : at + left / perNs;
      if (perNs > 0) left -= (endNs - at) * perNs;
      at = endNs;
    }
    return at;
  }

  #pieceAt(at: number): number {
    let i = 0;
    while ((this.#pieces[i + 1]?.fromNs ?? Infinity) <= at) i++;
    return i;
  }

  save(): {
    readonly index: number;
    readonly at: number;
    readonly ratePerSec: number | null;
    readonly random: readonly [number, number];
  } {
    return {
      index: this.#index,
      at: this.#at,
      ratePerSec: this.#ratePerSec,
      random: this.#random.save(),
    };
  }

  load(state: ReturnType<Arrivals["save"]>): void {
    this.#index = state.index;
    this.#at = state.at;
    this.#ratePerSec = state.ratePerSec;
    this.#random.load(state.random);
  }
}
