// The small scenarios about loads, links and machines end as they are expected to, in every variant; three seeds of each with
// `npm run seeds`.

import { expect, test } from "vitest";
import { runBatch } from "../support/batch.ts";
import { lineOf, resolve } from "../support/run-job.ts";
import { variantsOf } from "../support/shipped.ts";

const seedsEach = process.env["UNWEDGE_SEEDS"] === "all" ? 3 : 1;

test.each([
  "blade-rack",
  "flapping-link",
  "half-open",
  "hog-in-outage",
  "impatient",
  "mpi-swap",
  "mutual-swap",
  "one-way-cut",
  "second-card",
  "slow-server",
  "swap-ring",
  "thin-clients",
  "thin-link",
  "tiny-machine",
  "udp-flood",
  "which-first",
])("%s", async (scenario) => {
  const jobs = variantsOf(scenario).flatMap((variant) => {
    const { seed } = resolve({ scenario, variant, seed: 0 });
    return Array.from({ length: seedsEach }, (_, i) => ({ scenario, variant, seed: seed + i }));
  });
  const runs = await runBatch(jobs);
  const failed = runs.filter(
    ({ result, mismatches }) => result.status !== "pass" || mismatches > 0,
  );
  expect(failed.map(lineOf)).toEqual([]);
  expect(runs).toHaveLength(jobs.length);
});
