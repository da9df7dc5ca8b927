// Who is declared dead: whoever is, and under a flood whoever cannot say otherwise.

import { expect, test } from "vitest";
import { runBatch } from "../support/batch.ts";
import { lineOf } from "../support/run-job.ts";

test("each ends as it is expected to: in user space without a flood, never with one, and always with marked sockets", async () => {
  const variants = ["flooded", "flooded-marked", "cut-off", "frozen-server"];
  const runs = await runBatch(
    variants.map((variant) => ({ scenario: "membership", variant, seed: 2004 })),
  );
  const failed = runs.filter(
    ({ result, mismatches }) => result.status !== "pass" || mismatches > 0,
  );
  expect(failed.map(lineOf)).toEqual([]);
  expect(runs).toHaveLength(variants.length);
});
