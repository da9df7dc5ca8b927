// What is said of repeated measurements: the median, and the quartiles as its spread.
//
// Medians and quartiles, not means and deviations: on a shared machine a disturbed sample is far off, and on one side only.

import { assert } from "#base/assert.ts";

export interface Summary {
  readonly count: number;
  readonly median: number;
  /** A quarter of the measurements is below it. */
  readonly lowerQuartile: number;
  /** A quarter of the measurements is above it. */
  readonly upperQuartile: number;
}

export function summaryOf(values: readonly number[]): Summary {
  return {
    count: values.length,
    median: quantile(values, 0.5),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
  };
}

/** The value below which `share` of the values lies, interpolated between its two neighbours. */
export function quantile(values: readonly number[], share: number): number {
  assert(values.length > 0, "there is something to summarise");
  const sorted = values.toSorted((x, y) => x - y);
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? 0;
  return below + (above - below) * (rank - Math.floor(rank));
}

/** Run two things by turns, A B A B, so that what disturbs the machine disturbs both; what each gave, in pairs. */
export function interleaved<A, B>(pairs: number, runA: () => A, runB: () => B): [A, B][] {
  return Array.from({ length: pairs }, () => [runA(), runB()]);
}
