// `unwedge show FILE`: a scenario with its variant merged in and every parameter filled in, as it would be run.

import { EXIT } from "#base/error.ts";
import { type ResolvedScenario, toYaml } from "#coordinator/scenario/index.ts";
import type { Io } from "./io.ts";
import { loadScenario, resolveScenario, settingsOf } from "./scenario-file.ts";

export interface ShowOptions {
  /** null: the first one. */
  readonly variant: string | null;
  readonly set: readonly string[];
  /** Policy of every machine; null: as the scenario has it. */
  readonly policy: string | null;
  /** Print what engines are given, in their units, instead of the document. */
  readonly json: boolean;
}

export function show(name: string, options: ShowOptions, io: Io): number {
  const { variant, policy } = options;
  const scenario = loadScenario(name, io);
  const resolved = resolveScenario(scenario, {
    variant,
    policy,
    settings: settingsOf(options.set),
  });
  io.out(options.json ? `${JSON.stringify(plain(resolved), null, 2)}\n` : document(resolved));
  return EXIT.ok;
}

/** The document that is run, as a file. */
export function document({ document, variant, about }: ResolvedScenario): string {
  const said = about === "" ? "" : `: ${about}`;
  return `${variant === null ? "" : `# variant ${variant}${said}\n`}${toYaml(document)}`;
}

/** Compiled expressions as their text. */
function plain({ document: _, ...resolved }: ResolvedScenario) {
  const text = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(text);
    if (typeof value !== "object" || value === null) return value;
    if ("slotCount" in value && "text" in value) return value.text;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, text(child)]));
  };
  return text(resolved);
}
