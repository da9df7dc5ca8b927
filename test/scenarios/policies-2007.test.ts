// The remedies that the mail of August 2007 weighs, and NBD as it was: who wedges, where, and what was never lost.

import { expect, test } from "vitest";
import { runBatch, seedsOf } from "../support/batch.ts";
import { lineOf, type RunReport } from "../support/run-job.ts";

/** Over as many seeds as are claimed; over fewer as a rule. */
const runsOf = (variant: string, claimed: number): Promise<readonly RunReport[]> =>
  runBatch(seedsOf(claimed).map((seed) => ({ scenario: "zijlstra-wedge", variant, seed })));

/** Runs that did not do what the scenario claims, each with its digest and the command that shows it. */
const failures = (runs: readonly RunReport[]): string[] =>
  runs.filter(({ result, mismatches }) => result.status !== "pass" || mismatches > 0).map(lineOf);

const verdictsOf = (runs: readonly RunReport[]): string[] => [
  ...new Set(
    runs.map(({ result: { verdict, certainty } }) =>
      certainty === null ? verdict : `${verdict} (${certainty})`,
    ),
  ),
];

test("zijlstra-2007: every seed comes back, having tossed packets and lost none for the swap socket", async () => {
  const runs = await runsOf("zijlstra-2007", 20);
  expect(failures(runs)).toEqual([]);
  expect(runs).toHaveLength(seedsOf(20).length);
  expect(verdictsOf(runs)).toEqual(["recovers"]);
  for (const run of runs) {
    expect(run.atEnd.tossed, lineOf(run)).toBeGreaterThan(0);
    expect(run.atEnd.lostMarked, lineOf(run)).toBe(0);
  }
});

test("zijlstra-2007 that receives from no reserve wedges as vanilla-2007 does", async () => {
  const runs = await runsOf("zijlstra-without-receiving", 5);
  expect(failures(runs)).toEqual([]);
  expect(verdictsOf(runs)).toEqual(["wedged (certain)"]);
});

test("min-free-20 outlasts what vanilla-2007 does not, for a while", async () => {
  const [fifth, vanilla] = await Promise.all([
    runsOf("min-free-20", 5),
    runsOf("vanilla-short-outage", 5),
  ]);
  expect([...failures(fifth), ...failures(vanilla)]).toEqual([]);
  expect([verdictsOf(fifth), verdictsOf(vanilla)]).toEqual([["recovers"], ["wedged (certain)"]]);
});

test("min-free-20 with a TCP limit below its headroom outlasts two minutes", async () => {
  const runs = await runsOf("min-free-20-tcp-limit", 5);
  expect(failures(runs)).toEqual([]);
  expect(verdictsOf(runs)).toEqual(["recovers"]);
});

test("min-free-20 in a longer outage: nothing is left but what no packet may have", async () => {
  const runs = await runsOf("min-free-20-long-outage", 5);
  expect(failures(runs)).toEqual([]);
  expect(verdictsOf(runs)).toEqual(["wedged (certain)"]);
  // Three eighths of 13107 KiB, in the kernel's integer steps.
  for (const run of runs) expect(run.atEnd.freePages, lineOf(run)).toBeLessThanOrEqual(1272);
});

test.each(["vanilla-nbd", "vanilla-nbd-without-flood", "vanilla-nbd-min-free-20"])(
  "%s: the sender itself is stuck in every seed",
  async (variant) => {
    const runs = await runsOf(variant, 3);
    expect(failures(runs)).toEqual([]);
    expect(verdictsOf(runs)).toEqual(["wedged (certain)"]);
  },
);
