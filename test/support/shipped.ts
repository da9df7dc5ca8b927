// The scenarios that are shipped, by name, and their variants.

import { readdirSync, readFileSync } from "node:fs";
import { openScenario } from "#coordinator/scenario/index.ts";

/** Runs of minutes, which batches over everything leave out. */
export const LONG: ReadonlySet<string> = new Set(["gorman-4x"]);

export const scenarioNames = (): string[] =>
  readdirSync("scenarios")
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length));

export function variantsOf(name: string): readonly string[] {
  const path = `scenarios/${name}.yaml`;
  const opened = openScenario(readFileSync(path, "utf8"), path);
  if (!opened.ok) throw new Error(`${path} is not valid`);
  return opened.scenario.variants;
}
