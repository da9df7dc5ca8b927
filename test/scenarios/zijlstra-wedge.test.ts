// The main argument, over many seeds for each side (twenty: `npm run seeds`): who wedges, who comes back, and what each needs for it.

import { expect, test } from "vitest";
import { runBatch, seedsOf } from "../support/batch.ts";
import { lineOf, type RunReport } from "../support/run-job.ts";

const seeds = seedsOf(20);

const runsOf = (variant: string): Promise<readonly RunReport[]> =>
  runBatch(seeds.map((seed) => ({ scenario: "zijlstra-wedge", variant, seed })));

const verdictsOf = (runs: readonly RunReport[]): string[] => [
  ...new Set(runs.map(({ result }) => result.verdict)),
];

/** Runs that did not do what the scenario claims, each with its digest and the command that shows it. */
const failures = (runs: readonly RunReport[]): string[] =>
  runs.filter(({ result, mismatches }) => result.status !== "pass" || mismatches > 0).map(lineOf);

test.each([
  ["vanilla-2007", "wedged"],
  ["vanilla-without-flood", "recovers"],
  ["vanilla-without-outage", "recovers"],
  ["swapnbd-v9", "recovers"],
  ["mainline-6.1-without-highatomic", "recovers"],
])("%s: every seed is %s", async (variant, verdict) => {
  const runs = await runsOf(variant);
  expect(failures(runs)).toEqual([]);
  expect(runs).toHaveLength(seeds.length);
  expect(verdictsOf(runs)).toEqual([verdict]);
  const certainties = new Set(runs.map(({ result }) => result.certainty));
  expect([...certainties]).toEqual([verdict === "wedged" ? "certain" : null]);
});

test("mainline-6.1 as shipped: whoever wedges has every free page in HIGHATOMIC blocks", async ({
  annotate,
}) => {
  const runs = await runsOf("mainline-6.1");
  const wedged = runs.filter(({ result }) => result.verdict === "wedged");
  const tally = `mainline-6.1 as shipped: ${wedged.length} of ${runs.length} wedge`;
  process.stdout.write(`${tally}\n`);
  await annotate(tally);
  expect(runs).toHaveLength(seeds.length);
  for (const run of wedged)
    expect(run.atEnd.freeHighatomicPages, lineOf(run)).toBe(run.atEnd.freePages);
  const odd = runs.filter(({ result, mismatches }) => {
    const failed = result.checks.filter(({ status }) => status !== "pass");
    const isWedge = result.verdict === "wedged" && failed.every(({ id }) => id === "comes-back");
    return mismatches > 0 || !(result.status === "pass" || isWedge);
  });
  expect(odd.map(lineOf)).toEqual([]);
});
