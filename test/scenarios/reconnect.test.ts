// Who makes a lost connection of the swap device again: the verdicts that real kernels gave, and what each remedy removes.

import { expect, test } from "vitest";
import { runBatch, seedsOf } from "../support/batch.ts";
import { lineOf, type RunReport } from "../support/run-job.ts";

const runsOf = (variant: string): Promise<readonly RunReport[]> =>
  runBatch(seedsOf(20).map((seed) => ({ scenario: "reconnect", variant, seed })));

test.each(["pageable", "locked", "locked-flooded", "driver", "pools", "pools-without-flood"])(
  "%s ends as it is expected to, and no page is another",
  async (variant) => {
    const runs = await runsOf(variant);
    const failed = runs.filter(
      ({ result, mismatches }) => result.status !== "pass" || mismatches > 0,
    );
    expect(failed.map(lineOf)).toEqual([]);
    expect(runs).toHaveLength(seedsOf(20).length);
  },
);
