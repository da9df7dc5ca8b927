import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { corrupted, fateOf, pipedUntilNs, STORE_STATE_DEFAULTS } from "#kernel/index.ts";

const well = STORE_STATE_DEFAULTS;
const types = ["read", "write", "trim", "writeZeroes", "flush", "cache"] as const;

test("a server to which nothing was done answers after its latency, and draws nothing", () => {
  const random = new Random(1);
  for (const type of types)
    expect(fateOf(well, { type }, random)).toEqual({
      latencyNs: well.latencyNs,
      errno: 0,
      corrupts: false,
    });
  expect(random.save()).toEqual(new Random(1).save());
});

test("a full store refuses changes and nothing else", () => {
  const errnos = types.map(
    (type) => fateOf({ ...well, full: true }, { type }, new Random(1)).errno,
  );
  expect(errnos).toEqual([0, 28, 28, 28, 0, 0]);
});

test("shares are kept: of 10,000 requests a fifth fails, half of the reads are wrong", () => {
  const state = { ...well, failPerMillion: 200_000, corruptPerMillion: 500_000 };
  const random = new Random(1);
  const fates = Array.from({ length: 10_000 }, () => fateOf(state, { type: "read" }, random));
  const failed = fates.filter(({ errno }) => errno === 5).length;
  const wrong = fates.filter(({ corrupts }) => corrupts).length;
  // Four standard deviations of the binomial distribution: 40 and 50.
  expect(Math.abs(failed - 2_000)).toBeLessThan(160);
  expect(Math.abs(wrong - 5_000)).toBeLessThan(200);
  expect(fateOf(state, { type: "write" }, random).corrupts).toBe(false);
});

test("latency is the base, a jitter below its bound, and for some a tail", () => {
  const ms = 1_000_000;
  const state = { ...well, latencyNs: ms, jitterNs: ms, tailNs: 50 * ms, tailPerMillion: 100_000 };
  const random = new Random(1);
  const latencies = Array.from(
    { length: 10_000 },
    () => fateOf(state, { type: "read" }, random).latencyNs,
  );
  const slow = latencies.filter((latencyNs) => latencyNs >= 51 * ms);
  expect(Math.min(...latencies)).toBeGreaterThanOrEqual(ms);
  expect(latencies.filter((ns) => ns >= 2 * ms && ns < 51 * ms)).toEqual([]);
  expect(Math.max(...latencies)).toBeLessThan(52 * ms);
  expect(Math.abs(slow.length - 1_000)).toBeLessThan(120);
});

test("a narrow pipe takes as long as its bytes need", () => {
  expect(pipedUntilNs({ ...well, bandwidthBytesPerSec: 4096 }, 1024, 7)).toBe(250_000_007);
  expect(pipedUntilNs(well, 1024, 7)).toBe(7);
});

test("corrupted bytes differ in one place, and those of the store do not change", () => {
  const data = [Uint8Array.of(0, 1), Uint8Array.of(2)];
  expect(corrupted(data)).toEqual([Uint8Array.of(255, 1), Uint8Array.of(2)]);
  expect(data).toEqual([Uint8Array.of(0, 1), Uint8Array.of(2)]);
});
