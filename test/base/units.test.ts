import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fls, fromMs, fromS, fromUs, isqrt, PAGE_BYTES, pagesOf } from "#base/units.ts";

/** Whether `root` is the floor of the square root, in integers that cannot round. */
function isRoot(root: number, n: number): boolean {
  const r = BigInt(root);
  return r * r <= BigInt(n) && (r + 1n) * (r + 1n) > BigInt(n);
}

describe("isqrt", () => {
  test("is exact for every n to 10,000", () => {
    for (let n = 0; n <= 10_000; n++) expect(isRoot(isqrt(n), n), `isqrt(${n})`).toBe(true);
  });

  test("is exact below 2^52", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 52 - 1 }), (n) => {
        expect(isRoot(isqrt(n), n)).toBe(true);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  test("is exact around squares, where rounding would show", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 26 - 1 }), (root) => {
        expect(isqrt(root * root - 1)).toBe(root - 1);
        expect(isqrt(root * root)).toBe(root);
        expect(isqrt(root * root + 1)).toBe(root);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

describe("fls", () => {
  test("counts the highest set bit from 1, and knows none in 0", () => {
    expect([0, 1, 2, 3, 4, 255, 256, 0xffff_ffff].map(fls)).toEqual([0, 1, 2, 2, 3, 8, 9, 32]);
  });
});

describe("times", () => {
  test("become whole nanoseconds", () => {
    expect([fromUs(1), fromMs(1), fromS(1)]).toEqual([1_000, 1_000_000, 1_000_000_000]);
    expect(fromMs(0.1)).toBe(100_000);
    expect(fromUs(0.0004)).toBe(0);
    expect(Number.isInteger(fromMs(1 / 3))).toBe(true);
  });
});

describe("pagesOf", () => {
  test("counts a page that is begun as a page", () => {
    expect([0, 1, PAGE_BYTES, PAGE_BYTES + 1].map(pagesOf)).toEqual([0, 1, 1, 2]);
  });
});
