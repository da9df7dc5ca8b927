// The shipped scenarios, as they were when the page was built, and what a session makes of them.

import {
  diagnosticText,
  openScenario,
  parseSetting,
  type ResolvedScenario,
  type Scenario,
} from "#coordinator/scenario/index.ts";
import type { Session } from "../model/session.ts";

const texts = import.meta.glob("../../scenarios/*.yaml", {
  query: "?raw",
  import: "default",
  eager: true,
});

export function shipped(): ReadonlyMap<string, Scenario> {
  const found = new Map<string, Scenario>();
  for (const [file, text] of Object.entries(texts)) {
    const opened = openScenario(text, file);
    const id = file.slice(file.lastIndexOf("/") + 1, -".yaml".length);
    if (opened.ok) found.set(id, opened.scenario);
  }
  return found;
}

/** Throws a sentence that says why it cannot be run. */
export function resolvedSession({
  scenario: id,
  variant,
  policy,
  settings,
}: Session): ResolvedScenario {
  const scenario = shipped().get(id);
  if (scenario === undefined) throw new Error(`no scenario is called ${id}`);
  const parsed = settings.map((text) => parseSetting(text));
  const known = parsed.filter((setting) => setting !== null);
  if (known.length < parsed.length) throw new Error("a setting is not path=value");
  const found = scenario.resolve({ variant, policy, settings: known });
  if (found.ok) return found.scenario;
  throw new Error(found.diagnostics.map(diagnosticText).join("\n"));
}
