import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { Arrivals, patterns, type RampStep } from "#traffic/patterns/index.ts";

const second = 1_000_000_000;

function countUntil(untilNs: number, ratePerSec: number, ramp: readonly RampStep[]): number {
  const stream = new Arrivals({
    pattern: patterns.constant,
    ratePerSec,
    ramp,
    random: new Random(1),
  });
  let count = 0;
  while (stream.nextNs() <= untilNs) count++;
  return count;
}

test("a ramp from 0 to r over t brings r*t/2 arrivals", () => {
  const count = countUntil(10 * second, 0, [{ toPerSec: 20_000, overNs: 10 * second }]);
  expect(count).toBeGreaterThan(99_000);
  expect(count).toBeLessThan(101_000);
});

test("after the last ramp the rate stays where it was led", () => {
  const ramp = [{ toPerSec: 100, overNs: second }];
  expect(countUntil(11 * second, 100, ramp) - countUntil(second, 100, ramp)).toBe(1000);
});

test("a jump is a ramp over no time", () => {
  expect(countUntil(second, 5, [{ toPerSec: 1000, overNs: 0 }])).toBe(1000);
});

test("a pause at rate 0 is slept through and what was under way comes after it", () => {
  const pause = [
    { toPerSec: 1000, overNs: second },
    { toPerSec: 0, overNs: 0 },
    { toPerSec: 0, overNs: 3 * second },
    { toPerSec: 1000, overNs: 0 },
  ];
  expect(countUntil(4 * second, 1000, pause)).toBe(1000);
  expect(countUntil(5 * second, 1000, pause)).toBe(2000);
});
