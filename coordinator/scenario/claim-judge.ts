// Whether a claim holds: what its cases were to show, against what their runs did.

import type { Claim, ClaimCase } from "./claims.ts";
import type { RunResult } from "./result.ts";
import type { Verdict } from "./verdict.ts";

export type Holds = "yes" | "no" | "open";

export interface VerdictTally {
  readonly verdict: Verdict;
  readonly count: number;
}

export interface CaseResult {
  readonly scenario: string;
  readonly variant: string;
  readonly runs: number;
  /** The most frequent first. */
  readonly verdicts: readonly VerdictTally[];
  readonly expected: readonly string[];
  readonly holds: Holds;
  /** What is taken away, of a negative control; else null. */
  readonly without: string | null;
  /** Of a negative control: whether no verdict of it is one of the case before it. Else null. */
  readonly flips: boolean | null;
  /** Why its verdict does not flip, as the table says it; null: it says nothing. */
  readonly same: string | null;
  readonly figures: readonly FigureResult[];
  /** The first runs that were not as expected: seed, and what they did. */
  readonly against: readonly string[];
}

export interface FigureResult {
  readonly about: string;
  /** Least and most of all seeds, in the check's own words; null: nothing was measured. */
  readonly least: string | null;
  readonly most: string | null;
}

export interface ClaimResult {
  readonly id: string;
  readonly who: string;
  readonly thread: string;
  readonly says: string;
  readonly holds: Holds;
  /** What the runs say, or why there are none; null: the cases say it all. */
  readonly finding: string | null;
  readonly cases: readonly CaseResult[];
}

/** Runs that were not as expected are named up to so many. */
const AGAINST_MAX = 3;

/** `runsOf` gives a case's runs; none of one that was left out, as a case that only a full batch runs. */
export function judgeClaim(
  claim: Claim,
  runsOf: (each: ClaimCase) => readonly RunResult[],
): ClaimResult {
  const run = claim.cases.filter((each) => runsOf(each).length > 0);
  const cases = run.map((each, i) => judgeCase(each, runsOf(each), subjectOf(run, i, runsOf)));
  const { id, who, thread, says } = claim;
  return {
    id,
    who,
    thread,
    says,
    holds: claim.open === undefined ? together(cases) : "open",
    finding: claim.open ?? claim.finding ?? null,
    cases,
  };
}

/** One case against it is enough; one that could not be judged leaves it open. */
function together(cases: readonly CaseResult[]): Holds {
  if (cases.some(({ holds, flips, same }) => holds === "no" || (flips === false && same === null)))
    return "no";
  return cases.length === 0 || cases.some(({ holds }) => holds === "open") ? "open" : "yes";
}

/** The runs of what a control is a control of: the last case before it that is none. */
function subjectOf(
  cases: readonly ClaimCase[],
  at: number,
  runsOf: (each: ClaimCase) => readonly RunResult[],
): readonly RunResult[] {
  const subject = cases.slice(0, at).findLast(({ without }) => without === undefined);
  return subject === undefined ? [] : runsOf(subject);
}

function judgeCase(
  each: ClaimCase,
  runs: readonly RunResult[],
  subject: readonly RunResult[],
): CaseResult {
  const answers = runs.map((run) => answerOf(each, run));
  const isControl = each.without !== undefined;
  const verdicts = talliesOf(runs);
  return {
    scenario: each.scenario,
    variant: each.variant,
    runs: runs.length,
    verdicts,
    expected: each.ends,
    holds: answers.includes("no") ? "no" : answers.includes("open") ? "open" : "yes",
    without: each.without ?? null,
    flips: isControl
      ? !verdicts.some(({ verdict }) => subject.some((run) => run.verdict === verdict))
      : null,
    same: each.same ?? null,
    figures: (each.figures ?? []).map(({ check, about }) => figureOf(check, about, runs)),
    against: runs
      .filter((_, i) => answers[i] !== "yes")
      .slice(0, AGAINST_MAX)
      .map((run) => againstText(each, run)),
  };
}

/** A run that was empty says nothing; a check that was asked for and failed says no. */
function answerOf({ ends, shows = [] }: ClaimCase, run: RunResult): Holds {
  if (run.verdict === "inconclusive") return "open";
  if (!ends.some((verdict) => verdict === run.verdict)) return "no";
  const asked = shows.map((id) => run.checks.find((check) => check.id === id)?.status);
  if (asked.includes("fail")) return "no";
  return asked.every((status) => status === "pass") ? "yes" : "open";
}

function againstText({ shows = [] }: ClaimCase, run: RunResult): string {
  const failed = run.checks.filter(({ id, status }) => shows.includes(id) && status !== "pass");
  const checks = failed.map(({ id, status, valueText }) => `${id} ${status} (${valueText})`);
  return [`seed ${run.seed} ${run.verdict}`, ...checks].join(", ");
}

function talliesOf(runs: readonly RunResult[]): VerdictTally[] {
  const counts = new Map<Verdict, number>();
  for (const { verdict } of runs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts]
    .map(([verdict, count]) => ({ verdict, count }))
    .sort((a, b) => b.count - a.count);
}

function figureOf(check: string, about: string, runs: readonly RunResult[]): FigureResult {
  const measured = runs
    .flatMap(({ checks }) => checks.filter(({ id, value }) => id === check && value !== null))
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
  return {
    about,
    least: measured[0]?.valueText ?? null,
    most: measured.at(-1)?.valueText ?? null,
  };
}
