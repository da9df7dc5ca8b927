// Every shipped scenario is sound, with each of its variants.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { diagnosticText, openScenario } from "#coordinator/scenario/index.ts";

const names = readdirSync("scenarios").filter((name) => name.endsWith(".yaml"));

describe.each(names)("%s", (name) => {
  const opened = openScenario(readFileSync(`scenarios/${name}`, "utf8"), name);

  test("has no mistakes", () => {
    expect(opened.ok ? [] : opened.diagnostics.map(diagnosticText)).toEqual([]);
  });

  test("names its source, and says of each variant what differs", () => {
    if (!opened.ok) return;
    const { scenario } = opened;
    expect(scenario.variants.length).toBeGreaterThan(0);
    for (const variant of scenario.variants) {
      const resolved = scenario.resolve({ variant });
      expect(resolved.ok && resolved.scenario.refs.length).toBeGreaterThan(0);
      expect(resolved.ok && resolved.scenario.about).not.toBe("");
    }
  });
});
