// The shipped scenarios, as the API offers them. A request names one of them; no request names a file.

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  diagnosticText,
  openScenario,
  parseSetting,
  type ResolvedScenario,
} from "#coordinator/scenario/index.ts";
import { Problem } from "../api/problem.ts";
import type { RunRequest } from "./record.ts";

export interface ListedScenario {
  readonly name: string;
  readonly title: string;
  readonly variants: readonly string[];
}

export class ScenarioShelf {
  readonly #textByName: ReadonlyMap<string, string>;
  /** Made when it is asked for: to check every variant takes a while. */
  #listed: readonly ListedScenario[] | null = null;

  constructor(folder: string) {
    const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
    this.#textByName = new Map(
      files.map((file) => [basename(file, ".yaml"), readFileSync(join(folder, file), "utf8")]),
    );
  }

  list(): readonly ListedScenario[] {
    this.#listed ??= [...this.#textByName].flatMap(([name, text]) => {
      const opened = openScenario(text, `scenarios/${name}.yaml`);
      if (!opened.ok) return [];
      const { scenario } = opened;
      const resolved = scenario.resolve();
      const title = resolved.ok ? resolved.scenario.title : name;
      return [{ name, title, variants: scenario.variants }];
    });
    return this.#listed;
  }

  text(name: string): string {
    const text = this.#textByName.get(name);
    if (text !== undefined) return text;
    throw new Problem(404, `${name}: no such scenario`, {
      scenarios: [...this.#textByName.keys()],
    });
  }

  /** What is to be run; throws a Problem with all that is wrong with it. */
  resolve({ scenario, variant, policy, set }: RunRequest): ResolvedScenario {
    const opened = openScenario(this.text(scenario), `scenarios/${scenario}.yaml`);
    if (!opened.ok) throw refusal(opened.diagnostics.map(diagnosticText));
    const settings = set.map((text) => {
      const setting = parseSetting(text);
      if (setting === null) throw new Problem(422, `set ${text}: expected path=value`);
      return setting;
    });
    const resolved = opened.scenario.resolve({ variant, policy, settings });
    if (!resolved.ok) throw refusal(resolved.diagnostics.map(diagnosticText));
    return resolved.scenario;
  }
}

const refusal = (said: readonly string[]): Problem =>
  new Problem(422, said[0] ?? "the scenario cannot be run so", { diagnostics: said });
