// Which runs a command line asks for: every variant and seed, resolved before the first of them starts.

import { createHash } from "node:crypto";
import { UnwedgeError } from "#base/error.ts";
import {
  diagnosticText,
  openScenario,
  type ResolvedScenario,
} from "#coordinator/scenario/index.ts";
import type { Fork } from "#sim/index.ts";
import packageJson from "../package.json" with { type: "json" };
import type { Io } from "./io.ts";
import type { RunIdentity } from "./run-report.ts";
import { readScenario, resolveScenario, settingsOf } from "./scenario-file.ts";

export interface Selection {
  /** null: the first one. */
  readonly variant: string | null;
  /** null: the scenario's. */
  readonly seed: number | null;
  /** How many seeds; null: one, or with `all` as many as the scenario says. */
  readonly runs: number | null;
  /** Every variant and every seed. */
  readonly all: boolean;
  readonly policy: string | null;
  readonly set: readonly string[];
  /** Virtual time unless it says otherwise. */
  readonly engine?: RunIdentity["engine"];
  /** What else the engine is told, as words of a command line. */
  readonly engineWords?: readonly string[];
}

export interface PlannedRun extends RunIdentity {
  readonly resolved: ResolvedScenario;
  /** The scenario's file as it is. */
  readonly text: string;
  /** What the run goes on under; the same number as in its identity. */
  readonly forkedTo?: readonly Fork[];
}

/** Throws UnwedgeError with everything that is wrong. Nothing is half-run. */
export function planRuns(name: string, selection: Selection, io: Pick<Io, "read">): PlannedRun[] {
  const { policy, set } = selection;
  const { file, text } = readScenario(name, io);
  const opened = openScenario(text, file);
  if (!opened.ok)
    throw new UnwedgeError("invalidScenario", opened.diagnostics.map(diagnosticText).join("\n"));
  const { scenario } = opened;
  const sha256 = createHash("sha256").update(text).digest("hex");
  const settings = settingsOf(set);
  return variantsOf(scenario.variants, selection).flatMap((variant) => {
    const resolved = resolveScenario(scenario, { variant, policy, settings });
    return seedsOf(resolved, selection).map((seed) => ({
      scenario: resolved.id,
      file,
      sha256,
      variant: resolved.variant,
      seed,
      engine: selection.engine ?? "virtual",
      engineWords: selection.engineWords ?? [],
      model: packageJson.version,
      policy,
      settings: set,
      resolved,
      text,
    }));
  });
}

function variantsOf(
  variants: readonly string[],
  { variant, all }: Selection,
): readonly (string | null)[] {
  if (variant !== null) return [variant];
  return all && variants.length > 0 ? variants : [null];
}

function seedsOf(resolved: ResolvedScenario, { seed, runs, all }: Selection): number[] {
  const first = seed ?? resolved.seed;
  const count = runs ?? (all && seed === null ? resolved.runs : 1);
  return Array.from({ length: count }, (_, i) => first + i);
}
