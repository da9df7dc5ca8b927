// CPU costs are orders of magnitude, so no verdict may hang on them: every CPU of the cluster twice as fast, and half as fast.

import { expect, test } from "vitest";
import { runBatch } from "../support/batch.ts";
import { lineOf, type RunJob } from "../support/run-job.ts";

const seeds = process.env["UNWEDGE_SEEDS"] === "all" ? [2007, 2008] : [2007];
const expected = {
  "vanilla-2007": "wedged",
  "swapnbd-v9": "recovers",
  "mainline-6.1-without-highatomic": "recovers",
};

const jobsAt = (speed: string): RunJob[] =>
  Object.keys(expected).flatMap((variant) =>
    seeds.map((seed) => ({
      scenario: "zijlstra-wedge",
      variant,
      seed,
      settings: ["A", "B", "C"].map((host) => `nodes.${host}.cpuSpeed=${speed}`),
    })),
  );

test.each([
  ["half", "200%"],
  ["double", "50%"],
])("with CPU costs %s of what they are every verdict is the same", async (_what, speed) => {
  const runs = await runBatch(jobsAt(speed));
  expect(runs).toHaveLength(jobsAt(speed).length);
  const failed = runs.filter(
    ({ result, mismatches }) => result.status !== "pass" || mismatches > 0,
  );
  expect(failed.map(lineOf)).toEqual([]);
  expect(runs.map(({ job, result }) => [job.variant, result.verdict])).toEqual(
    Object.entries(expected).flatMap((entry) => seeds.map(() => entry)),
  );
});

test("the speed of the CPUs does reach the run", async () => {
  const [job] = jobsAt("200%");
  if (job === undefined) throw new Error("there are variants");
  const [slow, usual] = await runBatch([job, { ...job, settings: [] }]);
  expect(slow?.digests).not.toEqual(usual?.digests);
});
