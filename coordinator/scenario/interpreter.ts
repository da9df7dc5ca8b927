// Runs a scenario: told what is seen and when, it says what is to be done, and in the end what it was.
//
//   running -> settling -> judged
//
// running: the timeline goes on. settling: every fault is healed, traffic is stopped, and the run is watched until its
// verdict can be said. judged: nothing is done any more and `result` has everything.
//
// It reads no clock and never waits. Whoever drives it calls `observe` no later than `nextAtNs` and carries out what
// `takeActions` gives, in order, before going on. The seed is only named in the result: nothing here is left to chance.

import { assert } from "#base/assert.ts";
import { clone } from "#base/clone.ts";
import { type OpenFault, targetText } from "#faults/index.ts";
import {
  type CheckState,
  finishCheck,
  isExpressed,
  newCheckState,
  openCycle,
  resultOf,
  sampleCheck,
} from "./check.ts";
import type { Observation } from "./observation.ts";
import type { Action, Check, ResolvedScenario } from "./resolved.ts";
import { type RunResult, runResult } from "./result.ts";
import { newTimelineState, Timeline, type TimelineState } from "./timeline.ts";
import { planAnew, timelineRefusals } from "./timeline-change.ts";
import {
  beginJudging,
  corrupted,
  type Judgement,
  type JudgeState,
  judge,
  outOfTime,
  wouldAsk,
} from "./verdict.ts";

export type RunStage = "running" | "settling" | "judged";

/** Plain data. */
interface InterpreterState {
  stage: RunStage;
  nowNs: number;
  nextSampleNs: number;
  timeline: TimelineState;
  checks: CheckState[];
  judge: JudgeState | null;
  judgement: Judgement | null;
  actions: Action[];
  mismatches: number;
}

export class Interpreter {
  #scenario: ResolvedScenario;
  readonly #seed: number;
  #state: InterpreterState;
  #timeline: Timeline;

  constructor(scenario: ResolvedScenario, seed: number) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#state = {
      stage: "running",
      nowNs: 0,
      nextSampleNs: 0,
      timeline: newTimelineState(scenario.steps),
      checks: scenario.checks.map(newCheckState),
      judge: null,
      judgement: null,
      actions: [],
      mismatches: 0,
    };
    this.#timeline = new Timeline(scenario.steps, this.#state.timeline);
  }

  get stage(): RunStage {
    return this.#state.stage;
  }

  /** Phase of the timeline; null: none has begun. */
  get phase(): string | null {
    return this.#state.timeline.phase;
  }

  /** Faults that are open now, for whoever looks at the run. */
  openFaults(): readonly { readonly id: string; readonly name: string; readonly target: string }[] {
    return this.#state.timeline.faults
      .filter(({ healedNs }) => healedNs === null)
      .map(({ id, fault }) => ({ id, name: fault.name, target: targetText(fault.target) }));
  }

  /** The next instant at which it must be shown the run; Infinity once it is judged. */
  nextAtNs(): number {
    const { stage, nextSampleNs } = this.#state;
    if (stage === "judged") return Infinity;
    return Math.min(nextSampleNs, this.plannedAtNs(), this.#scenario.engine.maxTimeNs);
  }

  /** When the timeline next has something to do; Infinity: nothing that has a time. */
  plannedAtNs(): number {
    return this.#state.stage === "running" ? this.#timeline.nextAtNs() : Infinity;
  }

  /** Shows the run as it is at `nowNs`, which never goes back. */
  observe(view: Observation, nowNs: number): void {
    const state = this.#state;
    assert(nowNs >= state.nowNs, "a run is observed forwards");
    if (state.stage === "judged") return;
    state.nowNs = nowNs;
    state.mismatches = view.mismatches;
    this.#sample(view, nowNs);
    if (this.stage === "running") this.#run(view, nowNs);
    if (this.stage === "settling") this.#settle(view, nowNs);
    const isOver = nowNs >= this.#scenario.engine.maxTimeNs || this.#mustAbort();
    if (this.stage !== "judged" && view.mismatches > 0) this.#end(corrupted(nowNs), view);
    else if (this.stage !== "judged" && isOver)
      this.#end(outOfTime(state.judge, view, nowNs), view);
  }

  /** Whether `observe` would ask the state for a proof; who has to fetch it fetches it first. */
  asksForProof(view: Observation, nowNs: number): boolean {
    const { stage, judge: state } = this.#state;
    return stage === "settling" && state !== null && wouldAsk(state, view, nowNs);
  }

  /**
   * A fault that somebody opens by hand: one more step of the timeline, that comes now. It is healed by hand, or with all
   * others when the run settles; the timeline does not wait for it.
   */
  open(fault: OpenFault, view: Observation, nowNs: number): void {
    assert(this.stage === "running", "a fault is opened before all are healed");
    this.#state.actions.push(...this.#timeline.open(fault, view, nowNs));
  }

  /** Heals one by hand; nothing where it is healed already. */
  heal(id: string, view: Observation, nowNs: number): void {
    this.#state.actions.push(...this.#timeline.heal(id, view, nowNs));
  }

  /** What is to be done now, in order; each is given once. */
  takeActions(): readonly Action[] {
    const { actions } = this.#state;
    this.#state.actions = [];
    return actions;
  }

  /** Everything about a run that has been judged. */
  result(): RunResult {
    const { judgement, timeline, checks, nowNs, mismatches } = this.#state;
    assert(judgement !== null, "a run has a result once it is judged");
    const results = this.#scenario.checks.map((check, i) =>
      resultOf(check, checks[i] ?? newCheckState(check)),
    );
    return runResult({
      scenario: this.#scenario,
      seed: this.#seed,
      judgement,
      timeline,
      results,
      nowNs,
      mismatches,
    });
  }

  /** Goes on under another scenario, or says why it cannot, and then does not. */
  become(scenario: ResolvedScenario): readonly string[] {
    const { timeline, nowNs } = this.#state;
    const refusals = [
      ...otherQuestions(this.#scenario, scenario),
      ...timelineRefusals(timeline, { before: this.#scenario.steps, after: scenario.steps, nowNs }),
    ];
    if (refusals.length > 0) return refusals;
    this.#scenario = scenario;
    planAnew(timeline, scenario.steps);
    this.#timeline = new Timeline(scenario.steps, timeline);
    return [];
  }

  save(): unknown {
    return clone(this.#state);
  }

  load(saved: unknown): void {
    assert(isState(saved), "an interpreter is loaded from what one has saved");
    this.#state = clone(saved);
    this.#timeline = new Timeline(this.#scenario.steps, this.#state.timeline);
  }

  #sample(view: Observation, nowNs: number): void {
    for (const [i, check] of this.#scenario.checks.entries()) {
      const state = this.#state.checks[i];
      if (state !== undefined && isExpressed(check))
        sampleCheck(check, state, { view, nowNs, scopeFromNs: this.#scopeFromNs(check) });
    }
    const { sampleNs } = this.#scenario.engine;
    if (nowNs >= this.#state.nextSampleNs)
      this.#state.nextSampleNs = (Math.floor(nowNs / sampleNs) + 1) * sampleNs;
  }

  /** Since when a check's scope is open; null: it is not. */
  #scopeFromNs({ during, after }: Check): number | null {
    const { timeline } = this.#state;
    if (during !== null && timeline.phase !== during) return null;
    return after === null ? 0 : (timeline.anchors[after] ?? null);
  }

  #run(view: Observation, nowNs: number): void {
    this.#state.actions.push(...this.#timeline.advance(view, nowNs));
    const check = this.#scenario.checks.find(({ kind }) => kind === "verdict");
    const anchor = check?.after ?? null;
    const isAsked = anchor !== null && Object.hasOwn(this.#state.timeline.anchors, anchor);
    if (!isAsked && !(this.#timeline.isOver() && this.#bounds(nowNs))) return;
    this.#state.actions.push(...this.#timeline.healAll(view, nowNs), { type: "stop-traffic" });
    this.#state.stage = "settling";
    const settleNs = check?.kind === "verdict" ? check.settleNs : null;
    this.#state.judge = beginJudging(view, nowNs, settleNs);
  }

  /** Whether every bounded claim has been decided, so that stopping traffic takes nothing from it. */
  #bounds(nowNs: number): boolean {
    return this.#scenario.checks.every((check, i) => {
      if (check.kind !== "eventually" || this.#state.checks[i]?.status !== null) return true;
      const fromNs = this.#scopeFromNs(check);
      return fromNs === null || nowNs >= fromNs + check.withinNs + check.staysNs;
    });
  }

  #settle(view: Observation, nowNs: number): void {
    const { judge: state } = this.#state;
    if (state === null) return;
    const judgement = judge(state, { view, nowNs }, this.#scenario.quotas);
    if (judgement !== null) this.#end(judgement, view);
  }

  #mustAbort(): boolean {
    const { checks } = this.#state;
    return this.#scenario.checks.some(
      (check, i) => check.abortOnFail && checks[i]?.status === "fail",
    );
  }

  #end(judgement: Judgement, view: Observation): void {
    const state = this.#state;
    const { nowNs } = state;
    state.actions.push(...this.#timeline.healAll(view, nowNs));
    state.stage = "judged";
    state.judgement = judgement;
    for (const [i, check] of this.#scenario.checks.entries()) {
      const checkState = state.checks[i];
      if (checkState === undefined) continue;
      if (isExpressed(check)) finishCheck(check, checkState, { view, nowNs });
      else if (check.kind === "cycle") finishCycle(check, checkState, { view, judgement });
    }
  }
}

/** What is asked of a run is asked from its beginning. */
function otherQuestions(before: ResolvedScenario, after: ResolvedScenario): string[] {
  const isSame = (one: unknown, other: unknown): boolean =>
    JSON.stringify(one) === JSON.stringify(other);
  const checks = isSame(before.document["checks"], after.document["checks"])
    ? []
    : ["checks: they look at a run from its beginning"];
  const isSampledAlike = before.engine.sampleNs === after.engine.sampleNs;
  return [...checks, ...(isSampledAlike ? [] : ["engine.sample: it is the beat of the whole run"])];
}

function finishCycle(
  check: Extract<Check, { kind: "cycle" }>,
  state: CheckState,
  { view, judgement }: { readonly view: Observation; readonly judgement: Judgement },
): void {
  const found = view.cycles();
  state.atNs = judgement.atNs;
  state.valueText = found.map((cycle) => cycle.join(" -> ")).join("; ");
  if (view.hasCycle(openCycle(check.cycle))) state.status = "pass";
  else if (judgement.verdict === "wedged" && found.length === 0) {
    state.status = "inconclusive";
    state.message = "nobody was found to wait in a circle";
  } else {
    state.status = "fail";
    state.message =
      judgement.verdict === "wedged" ? "those who wait do not wait like this" : "nothing wedged";
  }
}

/** The checks' results are derived, so only the shape is looked at. */
function isState(saved: unknown): saved is InterpreterState {
  return typeof saved === "object" && saved !== null && "timeline" in saved && "checks" in saved;
}
