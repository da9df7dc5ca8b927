// The driver decides: three cards on one machine, five seeds each with `npm run seeds`.

import { expect, test } from "vitest";
import { runBatch, seedsOf } from "../support/batch.ts";
import { lineOf, type RunReport } from "../support/run-job.ts";

/** Free memory of real guests at rest was 148 (e1000) to 162 pages, give or take a tenth. */
const [FLOOR_MIN_PAGES, FLOOR_MAX_PAGES] = [133, 178];
const seeds = seedsOf(5);

async function runsOf(variant: string, verdict: string): Promise<readonly RunReport[]> {
  const runs = await runBatch(seeds.map((seed) => ({ scenario: "driver-decides", variant, seed })));
  expect(runs).toHaveLength(seeds.length);
  const failed = runs.filter(
    ({ result, mismatches }) =>
      result.status !== "pass" || result.verdict !== verdict || mismatches > 0,
  );
  expect(failed.map(lineOf)).toEqual([]);
  return runs;
}

test.each(["e1000-like", "virtio-like"])(
  "%s: every seed wedges, with free memory at the floor of atomic requests",
  async (variant) => {
    for (const run of await runsOf(variant, "wedged")) {
      const { freePages = 0 } = run.atEndOf["flooded"] ?? {};
      expect(freePages, lineOf(run)).toBeGreaterThanOrEqual(FLOOR_MIN_PAGES);
      expect(freePages, lineOf(run)).toBeLessThanOrEqual(FLOOR_MAX_PAGES);
    }
  },
);

test("e1000e-like: every seed comes back, and tosses what came in reserve memory", async () => {
  for (const run of await runsOf("e1000e-like", "recovers"))
    expect(run.atEnd.tossed, lineOf(run)).toBeGreaterThan(0);
});
