// A bundle, and the scenario in it as this model understands it today.

import { UnwedgeError } from "#base/error.ts";
import {
  diagnosticText,
  openScenario,
  parseQuantity,
  type ResolvedScenario,
} from "#coordinator/scenario/index.ts";
import type { BundleHead, Fork, RunState } from "#sim/index.ts";
import packageJson from "../package.json" with { type: "json" };
import { type Bundle, decodeBundle } from "./bundle-file.ts";
import { timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import type { PlannedRun } from "./run-plan.ts";
import { resolveScenario, settingsOf } from "./scenario-file.ts";
import { document } from "./show.ts";

export interface OpenBundle {
  readonly head: BundleHead;
  /** The run that it is of, to be run again. */
  readonly planned: PlannedRun;
  /** The latest state at or before an instant; null: none was kept, or another model kept it. */
  stateBefore(atNs: number): RunState | null;
  /** Its scenario with these settings besides, from the beginning. Throws UnwedgeError when they are wrong. */
  changed(settings: readonly string[]): ResolvedScenario;
  /** The same run, going on from an instant with these settings besides. Throws UnwedgeError when they are wrong. */
  goOn(atNs: number, changed: Changed): PlannedRun;
}

interface Changed {
  /** Of every machine; null: as it was. */
  readonly policy: string | null;
  /** As after --set. */
  readonly set: readonly string[];
}

/** Throws UnwedgeError on what cannot be read, or cannot be run by this model. What may differ is said on stderr. */
export function openBundle(path: string, io: Pick<Io, "readBytes" | "err">): OpenBundle {
  const bytes = io.readBytes(path);
  if (bytes === null) throw new UnwedgeError("usage", `${path}: no such bundle`);
  const bundle = decodeBundle(path, bytes);
  const { head } = bundle;
  const isOurs = head.versions.model === packageJson.version;
  if (!isOurs)
    io.err(
      `${path}: written by model ${head.versions.model}, this is ${packageJson.version}: digests may differ\n`,
    );
  const resolved = resolvedOf(bundle);
  const { forks = [] } = head;
  const forkedTo = forks.map((fork) => ({ ...fork, scenario: resolvedOf(bundle, fork) }));
  if (document(resolved) !== head.scenario.resolved)
    io.err(`${path}: its scenario means something else today: digests may differ\n`);
  return {
    head,
    goOn: (atNs, changed) => goneOn(bundle, plannedOf(head, resolved), { atNs, forkedTo, changed }),
    planned: { ...plannedOf(head, resolved), forkedTo },
    changed: (settings) =>
      resolvedOf(bundle, { policy: head.policy, settings: [...head.settings, ...settings] }),
    stateBefore: (atNs) => (isOurs ? bundle.stateBefore(atNs) : null),
  };
}

/** Without the wall limit: a run that had no time once may have it now. */
function resolvedOf(
  { path, head }: Bundle,
  { policy, settings }: Pick<BundleHead, "policy" | "settings"> = head,
): ResolvedScenario {
  const { scenario, variant } = head;
  const opened = openScenario(scenario.text, scenario.file);
  const resolved = opened.ok
    ? opened.scenario.resolve({ variant, policy, settings: settingsOf(settings) })
    : opened;
  if (!resolved.ok) {
    const said = resolved.diagnostics.map(diagnosticText).join("\n");
    const why = `${path}: this model cannot run its scenario any more`;
    throw new UnwedgeError("skipped", `${why} (it was of ${head.versions.model})\n${said}`);
  }
  if (!("scenario" in resolved)) throw new UnwedgeError("internal", `${path}: not resolved`);
  return resolved.scenario;
}

function plannedOf(head: BundleHead, resolved: ResolvedScenario): PlannedRun {
  const { scenario, variant, seed, engine, policy, settings } = head;
  const { id, file, sha256, text } = scenario;
  const { forks = [] } = head;
  const engineSettings = { ...resolved.engine, wallLimitNs: null };
  return {
    ...{ scenario: id, file, sha256, variant, seed, engine, policy, settings, forks, text },
    engineWords: [],
    model: packageJson.version,
    resolved: { ...resolved, engine: engineSettings },
  };
}

function goneOn(
  { head }: Bundle,
  planned: PlannedRun,
  {
    atNs,
    forkedTo,
    changed,
  }: { readonly atNs: number; readonly forkedTo: readonly Fork[]; readonly changed: Changed },
): PlannedRun {
  const { forks = [], scenario, variant } = head;
  const before = forks.at(-1) ?? head;
  if (forks.some((fork) => fork.atNs >= atNs))
    throw new UnwedgeError(
      "usage",
      `@: the run is a fork itself, from ${timeText(forks.at(-1)?.atNs ?? 0)} on; give a later time`,
    );
  const policy = changed.policy ?? before.policy;
  const settings = [...before.settings, ...changed.set];
  const opened = openScenario(scenario.text, scenario.file);
  if (!opened.ok)
    throw new UnwedgeError("skipped", opened.diagnostics.map(diagnosticText).join("\n"));
  const after = resolveScenario(opened.scenario, {
    variant,
    policy,
    settings: settingsOf(settings),
  });
  return {
    ...planned,
    forks: [...forks, { atNs, policy, settings }],
    forkedTo: [...forkedTo, { atNs, scenario: after }],
  };
}

/** An instant of a bundle's run that an option names. */
export function instantOf(flag: string, text: string, { simNs }: BundleHead): number {
  const parsed = parseQuantity(text, "duration");
  if (!parsed.ok) throw new UnwedgeError("usage", `${flag}: ${parsed.message}`);
  const atNs = Math.round(parsed.value.value);
  if (atNs <= simNs) return atNs;
  throw new UnwedgeError("usage", `${flag} ${text}: the run ended at ${timeText(simNs)}`);
}
