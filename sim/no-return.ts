// The point of no return of a run: the last instant at which healing a fault still rescues it.
//
// The run up to the fault is the same whenever it heals, so it is run once and every trial goes on from its state, with the
// fault healed sooner. Halving finds the instant; a trial at both ends and in the middles tells whether halving was allowed.
// Both sides of the answer are then run from the beginning: what was found on a fork must be what a whole run does.

import { Bisection, type ResolvedScenario, type RunResult } from "#coordinator/scenario/index.ts";
import { Run, type RunOutcome, type RunState } from "./run.ts";

/** One that heals after a time of its own. */
export interface TimedFault {
  readonly id: string;
  readonly forNs: number;
}

/** Those that may be healed sooner. */
export const timedFaults = ({ steps }: ResolvedScenario): readonly TimedFault[] =>
  steps.flatMap(({ action }) =>
    action?.type === "fault" && action.forNs !== null
      ? [{ id: action.fault.id, forNs: action.forNs }]
      : [],
  );

/** The same run with that fault healed so long after it opens, as a setting of `--set`. */
export const healedAfter = ({ id }: Pick<TimedFault, "id">, forNs: number): string =>
  `timeline.${id}.for=${forNs / 1e6} ms`;

/** What the machines did; whether the scenario's other checks were met by then is not asked. */
export type Verdict = RunResult["judged"];

export interface NoReturnSpec {
  /** The scenario with the fault healed after so long, in ns; null: as it stands. */
  readonly resolve: (forNs: number | null) => ResolvedScenario;
  readonly seed: number;
  /** As the scenario stands. */
  readonly fault: TimedFault;
  /** How exactly it is asked, in ns. */
  readonly stepNs: number;
}

/** One healing that was tried. */
export interface HealTrial {
  /** After the fault had opened, in ns. */
  readonly afterNs: number;
  readonly verdict: Verdict;
  readonly isRescued: boolean;
}

export interface NoReturn {
  /** As the scenario stands. */
  readonly verdict: Verdict;
  /** Since boot, in ns; null: the fault never opened. */
  readonly openedNs: number | null;
  /** Since when, since boot, it was certain that nothing would ever move again; null: that was not seen while it was open. */
  readonly provenNs: number | null;
  /** The last healing that rescues, and the first that does not; null: there is none. */
  readonly last: HealTrial | null;
  readonly first: HealTrial | null;
  /** Healings that rescue though a sooner one does not, in ns after the fault had opened. */
  readonly contradictionsNs: readonly number[];
  readonly trials: readonly HealTrial[];
  /** Whether whole runs to both sides of the answer had the digests of the forks. */
  readonly isRepeated: boolean;
}

/** How often a run is asked for a proof while the fault is open, in ns. */
const ASK_NS = 50_000_000;

const isRescue = (verdict: Verdict): boolean =>
  verdict === "recovers" || verdict === "completes" || verdict === "degraded";

export function noReturn(spec: NoReturnSpec, onTrial: (trial: HealTrial) => void): NoReturn {
  const { resolve, seed, stepNs } = spec;
  const { forNs } = spec.fault;
  const { openedNs, provenNs, verdict } = asItStands(spec);
  const none = { verdict, openedNs, provenNs, last: null, first: null, isRepeated: true };
  if (openedNs === null || isRescue(verdict)) return { ...none, contradictionsNs: [], trials: [] };
  const from = stateBefore(resolve(null), { seed, atNs: openedNs });
  // The largest first: a later healing is worse.
  const count = Math.ceil(forNs / stepNs);
  const afterNsOf = (at: number): number => Math.min(forNs, (count - at) * stepNs);
  const trials = new Map<number, HealTrial & { readonly digest: string }>();
  const bisection = new Bisection({ count, checksOrder: true });
  for (let at = bisection.next(); at !== null; at = bisection.next()) {
    const afterNs = afterNsOf(at);
    const { result, digest } = new Run({ scenario: resolve(afterNs), seed, from }).finish();
    const isRescued = isRescue(result.judged);
    const trial = { afterNs, verdict: result.judged, isRescued, digest };
    trials.set(at, trial);
    bisection.tell(at, isRescued);
    onTrial(trial);
  }
  const { smallest, largestFailing, contradictions } = bisection;
  const [last, first] = [trials.get(smallest ?? -1), trials.get(largestFailing)];
  const whole = ({ afterNs }: HealTrial): RunOutcome =>
    new Run({ scenario: resolve(afterNs), seed }).finish();
  const sides = [last, first].filter((side) => side !== undefined);
  return {
    ...none,
    last: last ?? null,
    first: first ?? null,
    isRepeated: sides.every((side) => whole(side).digest === side.digest),
    contradictionsNs: contradictions.map(afterNsOf),
    trials: [...trials.values()],
  };
}

/** The whole run, its fault watched. */
function asItStands({ resolve, seed, fault }: NoReturnSpec) {
  const run = new Run({ scenario: resolve(null), seed });
  let openedNs: number | null = null;
  let provenNs: number | null = null;
  let askNs = 0;
  while (!run.isJudged) {
    run.step();
    const { nowNs } = run.world;
    const isOpen = run.interpreter.openFaults().some(({ id }) => id === fault.id);
    if (isOpen) openedNs ??= nowNs;
    if (!isOpen || nowNs < askNs) continue;
    askNs = nowNs + ASK_NS;
    // A proof that does not last was none; none is ever withdrawn (test/scenarios/no-return.test.ts).
    if (run.certificate()?.certainty === "certain") provenNs ??= nowNs;
  }
  return { verdict: run.outcome().result.judged, openedNs, provenNs };
}

/** Of the last step before that instant. */
function stateBefore(
  scenario: ResolvedScenario,
  { seed, atNs }: { readonly seed: number; readonly atNs: number },
): RunState {
  const run = new Run({ scenario, seed });
  while (run.interpreter.nextAtNs() < atNs) run.step();
  return run.save();
}
