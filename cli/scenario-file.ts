// Finds and opens a scenario that a command line names: a path, "-" for stdin, or a bare name for a shipped one.

import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { UnwedgeError } from "#base/error.ts";
import {
  diagnosticText,
  nearest,
  openScenario,
  parseSetting,
  type ResolvedScenario,
  type ResolveOptions,
  type Scenario,
  type Setting,
} from "#coordinator/scenario/index.ts";
import type { Io } from "./io.ts";

const shipped = fileURLToPath(new URL("../scenarios/", import.meta.url));

/** A file of those that are shipped, by its path in scenarios/. */
export const shippedFile = (path: string): string => `${shipped}${path}`;

/** A bare name has no slash and no extension: it means scenarios/NAME.yaml, here or where we are installed. */
const BARE = /^(claims\/)?[\w.-]*[\w-]$/;

export interface ScenarioText {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
}

/** The text of a scenario. Throws UnwedgeError when there is no such file. */
export function readScenario(name: string, io: Pick<Io, "read">): ScenarioText {
  for (const file of placesOf(name)) {
    const text = io.read(file);
    if (text !== null) return { file: file === "-" ? "stdin" : file, text };
  }
  const near = nearest(name.replace(/^.*scenarios\/|\.ya?ml$/g, ""), shippedNames());
  const meant = near === null ? "" : `; did you mean ${near}?`;
  const tried = placesOf(name).join(", ");
  throw new UnwedgeError("usage", `${name}: no such scenario; tried ${tried}${meant}`);
}

/** Bare names of what is shipped, those of claims with their folder. */
const shippedNames = (): readonly string[] =>
  ["", "claims/"].flatMap((folder) =>
    readdirSync(`${shipped}${folder}`)
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => `${folder}${basename(file, ".yaml")}`)
      .toSorted(),
  );

function placesOf(name: string): string[] {
  const isBare = name !== "-" && BARE.test(name) && !/\.(ya?ml|json|m?[jt]s)$/.test(name);
  return isBare ? [`scenarios/${name}.yaml`, `${shipped}${name}.yaml`] : [name];
}

/** A scenario without mistakes. Throws UnwedgeError with every mistake there is. */
export function loadScenario(name: string, io: Io): Scenario {
  const { file, text } = readScenario(name, io);
  const opened = openScenario(text, file);
  if (opened.ok) return opened.scenario;
  throw new UnwedgeError("invalidScenario", opened.diagnostics.map(diagnosticText).join("\n"));
}

/** One variant of it, decided. Throws UnwedgeError with every mistake there is. */
export function resolveScenario(scenario: Scenario, options: ResolveOptions): ResolvedScenario {
  const resolved = scenario.resolve(options);
  if (resolved.ok) return resolved.scenario;
  throw new UnwedgeError("invalidScenario", resolved.diagnostics.map(diagnosticText).join("\n"));
}

/** The `--set path=value` of a command line. Throws UnwedgeError on one that is none. */
export function settingsOf(texts: readonly string[]): Setting[] {
  return texts.map((text) => {
    const setting = parseSetting(text);
    if (setting === null) throw new UnwedgeError("usage", `--set ${text}: expected path=value`);
    return setting;
  });
}
