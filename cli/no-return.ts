// `unwedge no-return FILE`: the last instant at which healing a fault still rescues a run, and the proof's own instant beside it.

import { EXIT, UnwedgeError } from "#base/error.ts";
import { parseSetting, type ResolvedScenario } from "#coordinator/scenario/index.ts";
import {
  type HealTrial,
  healedAfter,
  type NoReturn,
  noReturn,
  type TimedFault,
  timedFaults,
} from "#sim/index.ts";
import type { Io } from "./io.ts";
import { repeatCommand } from "./run-report.ts";
import { loadScenario, resolveScenario, settingsOf } from "./scenario-file.ts";

export interface NoReturnOptions {
  readonly variant: string | null;
  /** null: the scenario's. */
  readonly seed: number | null;
  readonly set: readonly string[];
  /** Id of the fault in the timeline; null: the only one there is. */
  readonly fault: string | null;
  /** How exactly, in ms. */
  readonly stepMs: number;
  readonly json: boolean;
}

const NS_PER_MS = 1_000_000;

export function noReturnCommand(name: string, options: NoReturnOptions, io: Io): number {
  const scenario = loadScenario(name, io);
  const { variant } = options;
  const settings = settingsOf(options.set);
  const asItStands = resolveScenario(scenario, { variant, settings });
  const seed = options.seed ?? asItStands.seed;
  const fault = timedFault(asItStands, options.fault);
  const resolve = (forNs: number | null): ResolvedScenario => {
    const healed = forNs === null ? null : parseSetting(healedAfter(fault, forNs));
    return healed === null
      ? asItStands
      : resolveScenario(scenario, { variant, settings: [...settings, healed] });
  };
  const stepNs = options.stepMs * NS_PER_MS;
  const found = noReturn({ resolve, seed, fault, stepNs }, (trial) => {
    tellTrial(trial, io);
  });
  const run = {
    file: name,
    variant,
    seed,
    policy: null,
    engine: "virtual",
    engineWords: [],
  } as const;
  const commandOf = (forNs: number): string =>
    repeatCommand({ ...run, settings: [...options.set, healedAfter(fault, forNs)] });
  const told = { ...found, scenario: asItStands, fault, seed, commandOf };
  io.out(options.json ? `${JSON.stringify(jsonOf(told), null, 2)}\n` : text(told));
  return exitOf(found);
}

/** Of the scenario's faults that heal after a time of their own, the one that is meant. */
export function timedFault(scenario: ResolvedScenario, id: string | null): TimedFault {
  const timed = timedFaults(scenario);
  const found = id === null && timed.length === 1 ? timed[0] : timed.find((each) => each.id === id);
  if (found !== undefined) return found;
  const names = timed.map((each) => each.id).join(", ");
  throw new UnwedgeError(
    "usage",
    names === ""
      ? "no fault of this scenario heals after a time of its own (for: 15 s)"
      : `--fault: expected one of ${names}`,
  );
}

/** A run that cannot be repeated, or a proof that comes before it, is a fault of ours. */
function exitOf({ isRepeated, last, openedNs, provenNs }: NoReturn): number {
  if (!isRepeated) return EXIT.nondeterministic;
  if (last === null || openedNs === null) return EXIT.inconclusive;
  const isTooSoon = provenNs !== null && provenNs <= openedNs + last.afterNs;
  return isTooSoon ? EXIT.nondeterministic : EXIT.ok;
}

interface Told extends NoReturn {
  readonly scenario: ResolvedScenario;
  readonly fault: TimedFault;
  readonly seed: number;
  /** Runs it with the fault healed after so long, in ns. */
  readonly commandOf: (forNs: number) => string;
}

function jsonOf({ scenario, fault, commandOf: _, ...found }: Told): object {
  return { ...found, scenario: scenario.id, variant: scenario.variant, fault: fault.id };
}

const seconds = (ns: number): string => `${(ns / 1e9).toFixed(2)} s`;

/** Somebody watches: each healing that was tried. */
export function tellTrial(trial: HealTrial, io: Io): void {
  if (io.settings.isErrTerminal) io.err(`${trialText(trial)}\n`);
}

const trialText = ({ afterNs, verdict }: HealTrial): string =>
  `healed after ${seconds(afterNs)}: ${verdict}`;

function text(told: Told): string {
  const { scenario, seed, fault, verdict, openedNs } = told;
  const head = `${scenario.id} ${scenario.variant ?? "-"} ${seed}: ${verdict}`;
  if (openedNs === null) return `${head}; ${fault.id} never opened\n`;
  const open = `${fault.id} is open from ${seconds(openedNs)} to ${seconds(openedNs + fault.forNs)}`;
  return `${[`${head}; ${open}`, ...answer(told)].join("\n")}\n`;
}

/** The answer on one line. */
export function pointText({ verdict, openedNs, last, trials }: NoReturn): string {
  if (openedNs === null) return "it never opened";
  if (trials.length === 0) return `${verdict}: there is nothing to come back from`;
  if (last === null) return "lost as soon as it opens: healed at once it does not come back either";
  const after = `${seconds(last.afterNs)} after it opened`;
  return `point of no return: ${seconds(openedNs + last.afterNs)}, ${after}`;
}

function answer(told: Told): string[] {
  const { last, first, provenNs, trials, contradictionsNs, isRepeated } = told;
  if (last === null || first === null) return [pointText(told)];
  const proven =
    provenNs === null
      ? "no proof is found while it is open"
      : `nothing can move any more, and that is proven, at ${seconds(provenNs)}`;
  return [
    pointText(told),
    ...[last, first].map(
      ({ afterNs, verdict }) => `  ${verdict.padEnd(9)} ${told.commandOf(afterNs)}`,
    ),
    proven,
    ...contradictionsNs.map((ns) => `not in order: healed after ${seconds(ns)} it comes back too`),
    `${trials.length} healings were tried; both sides from the beginning: ${isRepeated ? "the same digests" : "other digests"}`,
  ];
}
