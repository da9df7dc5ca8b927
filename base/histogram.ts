// A histogram of fixed size for times and sizes from 0 to 2^53: sixteen buckets for each power of two, so that a quantile is
// off by one part in sixteen at most, whatever was counted.
//
// Counts only grow. Who wants a window keeps the counts of its beginning and subtracts (`quantileOf` takes both).

import { assert } from "./assert.ts";

const SUB_BITS = 4;
const SUB_BUCKETS = 1 << SUB_BITS;
const TWO_TO_31 = 0x8000_0000;
const TWO_TO_32 = 0x1_0000_0000;
/** Powers of two from 2^4 to 2^53, sixteen buckets each, behind the sixteen of one value each. */
export const HISTOGRAM_BUCKETS = (53 - SUB_BITS + 2) * SUB_BUCKETS;

export class Histogram {
  readonly counts = new Float64Array(HISTOGRAM_BUCKETS);

  /** Counts one integer ≥ 0. */
  add(value: number): void {
    const bucket = bucketOf(value);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
  }

  save(): Float64Array {
    return this.counts.slice();
  }

  load(counts: Float64Array): void {
    this.counts.set(counts);
  }
}

/** Bucket of an integer ≥ 0. */
export function bucketOf(value: number): number {
  assert(Number.isInteger(value) && value >= 0, "a histogram counts integers from 0");
  if (value < SUB_BUCKETS) return value;
  const power = highestBit(value);
  const sub = Math.floor(value / powerOfTwo(power - SUB_BITS)) - SUB_BUCKETS;
  return (power - SUB_BITS + 1) * SUB_BUCKETS + sub;
}

/** Largest integer that falls into the bucket. */
export function bucketTop(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const power = Math.floor(bucket / SUB_BUCKETS) + SUB_BITS - 1;
  const sub = bucket % SUB_BUCKETS;
  return (SUB_BUCKETS + sub + 1) * powerOfTwo(power - SUB_BITS) - 1;
}

/** How many were counted since `from` (a copy of earlier counts, or null for the start). */
export function countOf(counts: ArrayLike<number>, from: ArrayLike<number> | null): number {
  let count = 0;
  for (let i = 0; i < counts.length; i++) count += (counts[i] ?? 0) - (from?.[i] ?? 0);
  return count;
}

/** Top of the bucket that holds the value below which `percent` of what was counted since `from` lies; null for none. */
export function quantileOf(
  counts: ArrayLike<number>,
  from: ArrayLike<number> | null,
  percent: number,
): number | null {
  const rank = Math.max(1, Math.ceil((countOf(counts, from) * percent) / 100));
  let below = 0;
  for (let i = 0; i < counts.length; i++) {
    below += (counts[i] ?? 0) - (from?.[i] ?? 0);
    if (below >= rank) return bucketTop(i);
  }
  return null;
}

/** 2^exponent for 0 ≤ exponent < 62. */
function powerOfTwo(exponent: number): number {
  return exponent < 31 ? 1 << exponent : (1 << (exponent - 31)) * TWO_TO_31;
}

function highestBit(value: number): number {
  return value >= TWO_TO_32
    ? 63 - Math.clz32(Math.floor(value / TWO_TO_32))
    : 31 - Math.clz32(value);
}
