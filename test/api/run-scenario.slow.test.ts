// The three scenarios of the threads as scripts, to their verdicts: the digest of each is that of the file.

import { runScenario } from "unwedge";
import { expect, test } from "vitest";
import gorman from "../../scenarios/scripts/gorman-4x.ts";
import sickCall from "../../scenarios/scripts/sick-call.ts";
import zijlstra from "../../scenarios/scripts/zijlstra-wedge.ts";

test.each([
  { script: zijlstra, variant: "vanilla-2007", verdict: "wedged" },
  { script: zijlstra, variant: "zijlstra-2007", verdict: "recovers" },
  { script: sickCall, variant: "vanilla-2007", verdict: "wedged" },
  { script: gorman, variant: "vanilla-slub-small", verdict: "wedged" },
  { script: gorman, variant: "swapnbd-slub-small", verdict: "completes" },
])("$script.id $variant: $verdict", async ({ script, variant, verdict }) => {
  const one = await runScenario(script, { variant });
  const other = await runScenario(script.id, { variant });
  expect(one).toMatchObject({ status: "pass", verdict });
  expect(one.hash).toBe(other.hash);
});
