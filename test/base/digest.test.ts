import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Digest } from "#base/digest.ts";

function digestOf(values: readonly number[]): string {
  const digest = new Digest();
  for (const value of values) digest.add(value);
  return digest.hex();
}

const integer = fc.maxSafeInteger();

describe("what a digest tells apart", () => {
  test("the same integers in another order", () => {
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
    fc.assert(
      fc.property(integer, integer, (x, y) => {
        fc.pre(x !== y);
        expect(digestOf([x, y])).not.toBe(digestOf([y, x]));
      }),
      { seed: 1 },
    );
  });

  test("integers that differ in one bit, the high ones too", () => {
    const digests = Array.from({ length: 53 }, (_, bit) => digestOf([2 ** bit]));
    expect(new Set([...digests, digestOf([0])]).size).toBe(54);
  });

  test("an integer and its negative", () => {
    expect(digestOf([5])).not.toBe(digestOf([-5]));
  });

  test("one zero and two", () => {
    expect(digestOf([0])).not.toBe(digestOf([0, 0]));
    expect(digestOf([])).not.toBe(digestOf([0]));
  });

  test("texts cut at different places", () => {
    const both = (x: string, y: string): string => {
      const digest = new Digest();
      digest.addText(x);
      digest.addText(y);
      return digest.hex();
    };
    expect(both("ab", "c")).not.toBe(both("a", "bc"));
  });
});

test("a digest is sixteen hexadecimal digits and the same on every host", () => {
  expect(digestOf([])).toBe("6a09e667bb67ae85");
  expect(digestOf([1, 2 ** 40, Number.MAX_SAFE_INTEGER])).toMatchInlineSnapshot(
    `"ab6e03049d7b79e6"`,
  );
});

test("the order of a hundred thousand events is told from one with two neighbours swapped", () => {
  const events = Array.from({ length: 100_000 }, (_, i) => (i * 48_271) % 65_521);
  const swapped = events.with(500, events[501] ?? 0).with(501, events[500] ?? 0);
  expect(digestOf(swapped)).not.toBe(digestOf(events));
});

test("a loaded digest goes on as the saved one would", () => {
  const digest = new Digest();
  digest.add(7);
  const loaded = new Digest();
  loaded.load(digest.save());
  digest.add(8);
  expect(loaded.hex()).not.toBe(digest.hex());
  loaded.add(8);
  expect(loaded.hex()).toBe(digest.hex());
});
