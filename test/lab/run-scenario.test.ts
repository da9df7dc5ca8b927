// The library on sockets: a script, a process for each machine, and the verdict of virtual time.

import { expect, test } from "vitest";
import { runScenario } from "#api/index.ts";
import gorman from "../../scenarios/scripts/gorman-4x.ts";

test("a script wedges on sockets as it does in virtual time", async () => {
  const run = await runScenario(gorman, { variant: "vanilla-slub-small", engine: "sockets" });
  expect(run).toMatchObject({ engine: "sockets", verdict: "wedged", certainty: "certain" });
  expect(run.explanation.cycle).toContain("A/nbd0");
});
