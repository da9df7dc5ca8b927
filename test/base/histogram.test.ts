import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bucketOf,
  bucketTop,
  countOf,
  HISTOGRAM_BUCKETS,
  Histogram,
  quantileOf,
} from "#base/histogram.ts";

test("every integer falls into a bucket whose top is at most a sixteenth above it", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bucket = bucketOf(value);
      expect(bucket).toBeLessThan(HISTOGRAM_BUCKETS);
      expect(bucketTop(bucket)).toBeGreaterThanOrEqual(value);
      expect(bucketTop(bucket)).toBeLessThanOrEqual(value + value / 16);
    }),
    { seed: 1 },
  );
});

test("a bucket ends where the next begins", () => {
  for (let bucket = 0; bucket < HISTOGRAM_BUCKETS - 17; bucket++)
    expect(bucketOf(bucketTop(bucket) + 1)).toBe(bucket + 1);
});

test("a quantile is the value below which that share lies, to a sixteenth", () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 1000; value++) histogram.add(value);
  const median = quantileOf(histogram.counts, null, 50) ?? 0;
  expect(median).toBeGreaterThanOrEqual(500);
  expect(median).toBeLessThanOrEqual(532);
  expect(quantileOf(histogram.counts, null, 99) ?? 0).toBeGreaterThanOrEqual(990);
});

test("a window is what was counted since its beginning", () => {
  const histogram = new Histogram();
  histogram.add(1_000_000);
  const from = histogram.save();
  histogram.add(3);
  expect(countOf(histogram.counts, from)).toBe(1);
  expect(quantileOf(histogram.counts, from, 100)).toBe(3);
});

test("nothing counted has no quantile", () => {
  expect(quantileOf(new Histogram().counts, null, 50)).toBeNull();
});

test("goes on from saved counts", () => {
  const one = new Histogram();
  one.add(7);
  const two = new Histogram();
  two.load(one.save());
  expect(two.counts).toEqual(one.counts);
});
