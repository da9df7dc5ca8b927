// The scripts that are shipped are the scenarios of the same name, resolved to the same machines, steps and checks.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  diagnosticText,
  openScenario,
  type ResolvedScenario,
} from "#coordinator/scenario/index.ts";
import gorman from "../../../../scenarios/scripts/gorman-4x.ts";
import sickCall from "../../../../scenarios/scripts/sick-call.ts";
import zijlstra from "../../../../scenarios/scripts/zijlstra-wedge.ts";

/** A variant of a scenario, without what a script says in its own words: prose, lines, names that nobody asks by. */
function essence(text: string, file: string, variant: string): unknown {
  const opened = openScenario(text, file);
  if (!opened.ok) throw new Error(opened.diagnostics.map(diagnosticText).join("\n"));
  const resolved = opened.scenario.resolve({ variant });
  if (!resolved.ok) throw new Error(resolved.diagnostics.map(diagnosticText).join("\n"));
  return essenceOf(resolved.scenario);
}

const essenceOf = ({ id, engine, cluster, quotas, steps, checks, seed }: ResolvedScenario) => ({
  ...{ id, engine, cluster, quotas, seed },
  steps: steps.map(({ line: _, id: _id, ...step }) => step),
  checks: checks.map(({ line: _, about: _about, ...check }) => ({
    ...check,
    ...("expression" in check && { expression: check.expression.text }),
  })),
});

test.each([zijlstra, sickCall, gorman])(
  "$id as a script is the scenario of that name",
  ({ id, text }) => {
    const file = `scenarios/${id}.yaml`;
    const yaml = readFileSync(file, "utf8");
    const opened = openScenario(text, `${id}.ts`);
    expect(opened.ok ? [] : opened.diagnostics.map(diagnosticText)).toEqual([]);
    const variants = opened.ok ? opened.scenario.variants : [];
    expect(variants.length).toBeGreaterThan(0);
    for (const variant of variants)
      expect(essence(text, `${id}.ts`, variant)).toEqual(essence(yaml, file, variant));
  },
);
