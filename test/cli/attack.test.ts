// What `unwedge attack` writes down promises no more than its search has found.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { promisedOf } from "#cli/attack.ts";
import { document } from "#cli/show.ts";
import { openScenario, type ResolvedScenario } from "#coordinator/scenario/index.ts";

function resolvedOf(text: string): ResolvedScenario {
  const opened = openScenario(text, "attacked.yaml");
  const resolved = opened.ok ? opened.scenario.resolve() : opened;
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.diagnostics));
  return resolved.scenario;
}

test("the verdict stays and the pressure it rests on; checks and searches of the load that was do not", () => {
  const whole = resolvedOf(readFileSync("scenarios/zijlstra-wedge.yaml", "utf8"));
  const { promised, leftOut } = promisedOf(whole);
  expect(leftOut).toEqual(["keeps-up", "out-of-reach", "accounting", "no-oom"]);
  const written = resolvedOf(document(promised));
  expect(written.checks.map(({ id }) => id)).toEqual([
    "pressure-was-real",
    "swap-was-busy",
    "comes-back",
    "circle",
  ]);
});
