// What every arrival pattern must hold, over the registry.

import { describe, expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { Arrivals, type Pattern, patterns } from "#traffic/patterns/index.ts";

const DRAWS = 100_000;

const arrivals = (pattern: Pattern, ratePerSec: number, seed = 1) =>
  new Arrivals({ pattern, ratePerSec, ramp: [], random: new Random(seed).fork(pattern.name) });

function lastOf(stream: Arrivals, draws: number): number {
  let at = 0;
  for (let i = 0; i < draws; i++) at = stream.nextNs();
  return at;
}

describe.each(Object.entries(patterns))("%s", (name, pattern: Pattern) => {
  test("is registered under its own name", () => {
    expect(pattern.name).toBe(name);
  });

  test.each([1, 250, 3000, 10_000_000])(
    "keeps %i per second within 1 % over 10^5 draws",
    (rate) => {
      const seconds = lastOf(arrivals(pattern, rate), DRAWS) / 1e9;
      expect(DRAWS / seconds / rate).toBeGreaterThan(0.99);
      expect(DRAWS / seconds / rate).toBeLessThan(1.01);
    },
  );

  test("gives the same arrivals for the same seed", () => {
    const [one, two] = [arrivals(pattern, 3000, 7), arrivals(pattern, 3000, 7)];
    for (let i = 0; i < 1000; i++) expect(one.nextNs()).toBe(two.nextNs());
  });

  test("never goes back in time, and answers in whole ns", () => {
    const stream = arrivals(pattern, 3000);
    let previous = 0;
    for (let i = 0; i < 1000; i++) {
      const at = stream.nextNs();
      expect(at).toBeGreaterThanOrEqual(previous);
      expect(Number.isInteger(at)).toBe(true);
      previous = at;
    }
  });

  test("goes on from a saved state as if nothing had happened", () => {
    const [one, two] = [arrivals(pattern, 3000), arrivals(pattern, 3000)];
    lastOf(one, 100);
    two.load(one.save());
    expect(two.nextNs()).toBe(one.nextNs());
  });

  test("never arrives at rate 0", () => {
    expect(arrivals(pattern, 0).nextNs()).toBe(Infinity);
  });
});
