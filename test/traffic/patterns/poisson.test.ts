import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { patterns } from "#traffic/patterns/index.ts";

test("gaps are exponential: as many exceed k mean gaps as e^-k says", () => {
  const random = new Random(3);
  const draws = 100_000;
  const gaps = Array.from({ length: draws }, () => patterns.poisson.gap(random, 0));
  for (const k of [0.5, 1, 2, 4]) {
    const share = gaps.filter((gap) => gap > k).length / draws;
    expect(share / Math.exp(-k)).toBeGreaterThan(0.95);
    expect(share / Math.exp(-k)).toBeLessThan(1.05);
  }
});
