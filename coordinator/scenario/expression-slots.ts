// What the functions over time remember: plain numbers, one slot for each function in an expression.

import { assert } from "#base/assert.ts";
import { bucketOf, bucketTop, countOf, HISTOGRAM_BUCKETS, quantileOf } from "#base/histogram.ts";

export interface Slot {
  samples: number;
  min: number;
  max: number;
  sum: number;
  first: number;
  last: number;
  firstNs: number;
  lastNs: number;
  /** For quantiles: how often each bucket was seen; of a distribution, its counts at the latest sample. */
  counts: number[] | null;
  /** Of a distribution: its counts when the window began. */
  from: number[] | null;
}

export function newSlot(): Slot {
  return {
    samples: 0,
    min: Infinity,
    max: -Infinity,
    sum: 0,
    first: 0,
    last: 0,
    firstNs: 0,
    lastNs: 0,
    counts: null,
    from: null,
  };
}

/** Forgets everything: the next sample opens a new window. A distribution goes on from where it is. */
export function clearSlot(slot: Slot): void {
  const from = slot.counts !== null && slot.from !== null ? slot.counts : null;
  Object.assign(slot, newSlot(), { from });
}

/** One more sample of a number. */
export function addSample(slot: Slot, value: number, nowNs: number): void {
  if (slot.samples === 0) Object.assign(slot, { first: value, firstNs: nowNs });
  slot.samples++;
  slot.min = Math.min(slot.min, value);
  slot.max = Math.max(slot.max, value);
  slot.sum += value;
  slot.last = value;
  slot.lastNs = nowNs;
}

/** Counts the sample towards the quantiles, too. */
export function addForQuantile(slot: Slot, value: number): void {
  slot.counts ??= new Array<number>(HISTOGRAM_BUCKETS).fill(0);
  const bucket = bucketOf(Math.max(0, Math.floor(value)));
  slot.counts[bucket] = (slot.counts[bucket] ?? 0) + 1;
}

/** One more sample of a whole distribution. */
export function addDistribution(slot: Slot, counts: ArrayLike<number>, nowNs: number): void {
  slot.counts = Array.from(counts);
  slot.from ??= slot.counts;
  if (slot.samples === 0) slot.firstNs = nowNs;
  slot.samples++;
  slot.lastNs = nowNs;
}

export type OverTime = "max" | "min" | "mean" | "rate" | "count" | "p";

/** Value of a function over the samples of a window; null: there is nothing to answer from. */
export function overSamples(slot: Slot, name: OverTime, percent: number): number | null {
  if (slot.samples === 0) return null;
  switch (name) {
    case "max":
      return slot.max;
    case "min":
      return slot.min;
    case "mean":
      return slot.sum / slot.samples;
    case "count":
      return slot.last - slot.first;
    case "rate":
      return perSecond(slot.last - slot.first, slot);
    case "p":
      return quantileOf(slot.counts ?? [], null, percent);
  }
}

/** The same over a distribution: what was added to it in the window. */
export function overDistribution(slot: Slot, name: OverTime, percent: number): number | null {
  const { counts, from } = slot;
  if (counts === null) return null;
  const count = countOf(counts, from);
  switch (name) {
    case "count":
      return count;
    case "rate":
      return perSecond(count, slot);
    case "mean":
      return count === 0 ? null : sumOf(counts, from) / count;
    case "min":
      return count === 0 ? null : quantileOf(counts, from, 0);
    case "max":
      return count === 0 ? null : quantileOf(counts, from, 100);
    case "p":
      return count === 0 ? null : quantileOf(counts, from, percent);
  }
}

function perSecond(amount: number, slot: Slot): number | null {
  const spanNs = slot.lastNs - slot.firstNs;
  assert(spanNs >= 0, "samples come in order");
  return spanNs === 0 ? null : (amount * 1_000_000_000) / spanNs;
}

function sumOf(counts: readonly number[], from: readonly number[] | null): number {
  return counts.reduce((sum, count, i) => sum + (count - (from?.[i] ?? 0)) * bucketTop(i), 0);
}
