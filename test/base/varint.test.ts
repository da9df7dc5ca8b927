// Whole numbers in as few bytes as they need.

import fc from "fast-check";
import { expect, test } from "vitest";
import { VarintReader, VarintWriter } from "#base/varint.ts";

const written = (values: readonly number[]): Uint8Array => {
  const writer = new VarintWriter();
  for (const value of values) writer.push(value);
  return writer.bytes();
};

test("every exact whole number comes back", () => {
  const numbers = fc.array(fc.integer({ min: 1 - 2 ** 52, max: 2 ** 52 - 1 }), { maxLength: 400 });
  const property = fc.property(numbers, (values) => {
    const reader = new VarintReader(written(values));
    expect(values.map(() => reader.next())).toEqual(values);
    expect(reader.next()).toBeNull();
  });
  fc.assert(property, { seed: 1 });
});

test("small ones of either sign take one byte", () => {
  expect(written([0, 1, -1, 63, -64])).toHaveLength(5);
  expect(written([64])).toHaveLength(2);
});

test("what is no exact whole number is refused", () => {
  expect(() => written([0.5])).toThrow(/exact whole number/);
  expect(() => written([2 ** 52])).toThrow(/exact whole number/);
});
