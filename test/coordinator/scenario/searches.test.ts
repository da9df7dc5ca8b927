import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openScenario, searchesOf, sweepsOf } from "#coordinator/scenario/index.ts";

const opened = readdirSync("scenarios")
  .filter((name) => name.endsWith(".yaml"))
  .flatMap((name) => {
    const read = openScenario(readFileSync(`scenarios/${name}`, "utf8"), name);
    return read.ok ? [{ name, scenario: read.scenario }] : [];
  });

// A variant by itself keeps its own studies; whoever asks for one by its name asks the file.
test.each([
  ["searches", searchesOf],
  ["sweeps", sweepsOf],
] as const)("%s of a shipped file are those of the variants that they name", (_, studiesOf) => {
  const studies = opened.flatMap(({ name, scenario }) =>
    studiesOf(scenario).map(({ id, variant = null }) => ({ name, scenario, id, variant })),
  );
  expect(studies.map(({ name }) => name)).toContain("zijlstra-wedge.yaml");
  for (const { name, scenario, id, variant } of studies) {
    const resolved = scenario.resolve({ variant });
    const own = resolved.ok ? studiesOf(resolved.scenario).map((study) => study.id) : [];
    expect(own, name).toContain(id);
  }
});
