// What is said of a run in the end: its verdict, its checks, its faults, and whether it passed.
//
// A verdict that rests on nothing is inconclusive: pressure that was never reached, a fault that left no trace, an anchor
// that never came. And an expected wedge is a pass: verdict and status are different things.

import { faults, targetText } from "#faults/index.ts";
import type { CheckResult, CheckStatus } from "./check.ts";
import { scopeText } from "./check.ts";
import type { Check, ResolvedScenario } from "./resolved.ts";
import type { FaultRecord, TimelineState } from "./timeline.ts";
import type { Certainty, Judgement, Verdict } from "./verdict.ts";

export interface RunResult {
  readonly scenario: string;
  readonly variant: string | null;
  readonly seed: number;
  readonly status: CheckStatus;
  readonly verdict: Verdict;
  readonly certainty: Certainty | null;
  /** What the machines did, even when the run as a whole proves nothing. */
  readonly judged: Verdict;
  /** Why the verdict is what it is, and why it is inconclusive. */
  readonly why: readonly string[];
  readonly pagesPerSec: number;
  readonly unfinished: readonly string[];
  readonly endedNs: number;
  readonly checks: readonly CheckResult[];
  readonly faults: readonly FaultResult[];
}

export interface FaultResult {
  readonly id: string;
  readonly name: string;
  readonly target: string;
  readonly injectedAtNs: number;
  readonly healedAtNs: number;
  readonly receipt: "seen" | "missing";
}

export interface ResultParts {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  readonly judgement: Judgement;
  readonly timeline: TimelineState;
  /** In the order of the scenario's checks; the verdict's is not decided yet. */
  readonly results: readonly CheckResult[];
  readonly nowNs: number;
  readonly mismatches: number;
}

export function runResult(parts: ResultParts): RunResult {
  const { scenario, seed, judgement, timeline, nowNs } = parts;
  const receipts = timeline.faults.map((record) => receiptOf(record, scenario, nowNs));
  const empty = emptyReasons(parts);
  const verdict = empty.length > 0 ? "inconclusive" : judgement.verdict;
  const results = parts.results.map((result, i) => {
    const check = scenario.checks[i];
    return check?.kind === "verdict"
      ? verdictResult(check, result, { verdict, judgement, empty })
      : result;
  });
  const checks = [...results, ...receipts, ...integrity(parts)];
  return {
    scenario: scenario.id,
    variant: scenario.variant,
    seed,
    status: statusOf(checks, verdict),
    verdict,
    certainty: verdict === "wedged" ? judgement.certainty : null,
    judged: judgement.verdict,
    why: [judgement.why, ...empty],
    pagesPerSec: judgement.pagesPerSec,
    unfinished: judgement.unfinished,
    endedNs: judgement.atNs,
    checks,
    faults: timeline.faults.map((record) => faultResult(record, nowNs)),
  };
}

/** The same result of a run that proves nothing after all: its surroundings were not what they should have been. */
export function doubted(result: RunResult, reasons: readonly string[]): RunResult {
  if (reasons.length === 0) return result;
  return {
    ...result,
    status: "inconclusive",
    verdict: "inconclusive",
    certainty: null,
    why: [...result.why, ...reasons],
  };
}

/** The worst of the checks that count: a failure outranks a doubt. */
function statusOf(checks: readonly CheckResult[], verdict: Verdict): CheckStatus {
  const counted = checks.filter(({ severity }) => severity === "error").map(({ status }) => status);
  if (counted.includes("fail")) return "fail";
  return counted.includes("inconclusive") || verdict === "inconclusive" ? "inconclusive" : "pass";
}

/** Why the run proves nothing; empty when it proves something. */
function emptyReasons({ scenario, timeline, results }: ResultParts): string[] {
  const reasons: string[] = [];
  for (const [i, check] of scenario.checks.entries()) {
    if (check.severity !== "error") continue;
    if (!isScopeMet(check, timeline)) reasons.push(`${check.id}: ${scopeText(check)} never came`);
    else if (check.kind === "sometimes" && results[i]?.status === "inconclusive")
      reasons.push(`${check.id}: the pressure was never reached`);
  }
  for (const { fault, receiptSeen } of timeline.faults)
    if (receiptSeen === false) reasons.push(`${fault.id}: ${fault.name} left no trace`);
  return reasons;
}

function isScopeMet({ after, during }: Check, timeline: TimelineState): boolean {
  if (after !== null && !Object.hasOwn(timeline.anchors, after)) return false;
  return during === null || timeline.phases.includes(during);
}

function verdictResult(
  check: Extract<Check, { kind: "verdict" }>,
  result: CheckResult,
  said: {
    readonly verdict: Verdict;
    readonly judgement: Judgement;
    readonly empty: readonly string[];
  },
): CheckResult {
  const { verdict, judgement, empty } = said;
  const status: CheckStatus =
    verdict === "inconclusive" ? "inconclusive" : isExpected(verdict, check) ? "pass" : "fail";
  return {
    ...result,
    status,
    atNs: judgement.atNs,
    value: verdict === "degraded" ? judgement.pagesPerSec : null,
    valueText: verdict,
    message: status === "pass" ? "" : [judgement.why, ...empty].join("; "),
  };
}

const isExpected = (verdict: Verdict, { verdicts }: Extract<Check, { kind: "verdict" }>): boolean =>
  verdicts.some((expected) => expected === verdict);

function receiptOf(record: FaultRecord, scenario: ResolvedScenario, nowNs: number): CheckResult {
  const { fault, receiptSeen, healedNs, id } = record;
  const { receipt } = faults[fault.name];
  const step = scenario.steps.find(
    ({ action }) => action?.type === "fault" && action.fault.id === id,
  );
  return {
    id: `receipt:${id}`,
    kind: "receipt",
    status: receiptSeen === true ? "pass" : "inconclusive",
    severity: "error",
    atNs: healedNs ?? nowNs,
    value: null,
    valueText: receiptSeen === true ? "seen" : "missing",
    expected: receipt.means,
    anchor: null,
    line: step?.line ?? 0,
    message:
      receiptSeen === true ? "" : `${fault.name} on ${targetText(fault.target)} left no trace`,
  };
}

/** Pages that came back wrong fail a run, whatever its checks say. */
function integrity({ mismatches, nowNs }: ResultParts): CheckResult[] {
  if (mismatches === 0) return [];
  const message = "a page read back from swap is not the page that was written";
  return [
    {
      id: "integrity",
      kind: "integrity",
      status: "fail",
      severity: "error",
      atNs: nowNs,
      value: mismatches,
      valueText: String(mismatches),
      expected: "0",
      anchor: null,
      line: 0,
      message,
    },
  ];
}

function faultResult(
  { fault, openedNs, healedNs, receiptSeen }: FaultRecord,
  nowNs: number,
): FaultResult {
  return {
    id: fault.id,
    name: fault.name,
    target: targetText(fault.target),
    injectedAtNs: openedNs,
    healedAtNs: healedNs ?? nowNs,
    receipt: receiptSeen === true ? "seen" : "missing",
  };
}
