// Walks the timeline of a run: which step is due, which anchors have been reached, which faults are open.
//
// Steps that are due come in the order of their instants; a fault that heals at the same instant heals first. What a step
// makes possible at once (an anchor without delay) happens in the same observation.

import { faults, type OpenFault } from "#faults/index.ts";
import type { Observation } from "./observation.ts";
import type { Action, Step, StepAction } from "./resolved.ts";

export interface FaultRecord {
  readonly id: string;
  readonly fault: OpenFault;
  readonly openedNs: number;
  /** null: still open. */
  healedNs: number | null;
  /** When it heals by itself; null: when something heals it. */
  healDueNs: number | null;
  /** The receipt's counter when it was opened. */
  readonly countBefore: number;
  /** Whether its effect was seen while it was open; null: still open. */
  receiptSeen: boolean | null;
}

/** Plain data. */
export interface TimelineState {
  steps: StepState[];
  /** Anchor → instant it was reached. */
  anchors: Record<string, number>;
  phase: string | null;
  /** Every phase that has begun. */
  phases: string[];
  faults: FaultRecord[];
}

interface StepState {
  /** due: its instant is known. missed: its claim did not hold in time, so it never comes. */
  status: "waiting" | "due" | "done" | "missed";
  dueNs: number;
  /** Of a claim: since when it is looked at; null: not yet. */
  watchedFromNs: number | null;
}

export function newTimelineState(steps: readonly Step[]): TimelineState {
  return {
    steps: steps.map(({ trigger }) => ({
      status: trigger.on === "time" ? "due" : "waiting",
      dueNs: trigger.on === "time" ? trigger.atNs : Infinity,
      watchedFromNs: null,
    })),
    anchors: {},
    phase: null,
    phases: [],
    faults: [],
  };
}

export class Timeline {
  readonly #steps: readonly Step[];
  readonly state: TimelineState;

  constructor(steps: readonly Step[], state: TimelineState) {
    this.#steps = steps;
    this.state = state;
  }

  /** The next instant at which something is to happen; Infinity: nothing is planned. */
  nextAtNs(): number {
    const due = this.state.steps.filter(({ status }) => status === "due").map(({ dueNs }) => dueNs);
    return Math.min(
      Infinity,
      ...due,
      ...this.#open().map(({ healDueNs }) => healDueNs ?? Infinity),
    );
  }

  /** Does everything that is due by now. */
  advance(view: Observation, nowNs: number): Action[] {
    const actions: Action[] = [];
    this.#watchClaims(view, nowNs);
    for (let found = this.#nextDue(nowNs); found !== null; found = this.#nextDue(nowNs)) {
      actions.push(...found(view, nowNs));
      this.#watchClaims(view, nowNs);
    }
    return actions;
  }

  /** Heals whatever is open. */
  healAll(view: Observation, nowNs: number): Action[] {
    return this.#open().flatMap((record) => this.#heal(record, view, nowNs));
  }

  /** Opened by somebody, now: it is open until somebody heals it. */
  open(fault: OpenFault, view: Observation, nowNs: number): Action[] {
    const actions = this.#openFault({ type: "fault", fault, forNs: null }, view, nowNs);
    this.#reach(fault.id, nowNs);
    return actions;
  }

  /** Nothing where it is not open. */
  heal(id: string, view: Observation, nowNs: number): Action[] {
    const records = this.#open().filter((record) => record.id === id);
    return records.flatMap((record) => this.#heal(record, view, nowNs));
  }

  /** Whether nothing will happen any more, whatever the run does. */
  isOver(): boolean {
    const { steps } = this.state;
    const waits = steps.some(
      ({ status }, i) => status === "due" || (status === "waiting" && this.#mayCome(i)),
    );
    return !waits && this.#open().every(({ healDueNs }) => healDueNs === null);
  }

  #open(): FaultRecord[] {
    return this.state.faults.filter(({ healedNs }) => healedNs === null);
  }

  /** What is due first, ready to be done; null: nothing is. */
  #nextDue(nowNs: number): ((view: Observation, nowNs: number) => Action[]) | null {
    let firstNs = nowNs;
    let first: ((view: Observation, nowNs: number) => Action[]) | null = null;
    for (const record of this.#open()) {
      const dueNs = record.healDueNs ?? Infinity;
      if (dueNs > firstNs || (first !== null && dueNs === firstNs)) continue;
      [firstNs, first] = [dueNs, (view, atNs) => this.#heal(record, view, atNs)];
    }
    for (const [i, { status, dueNs }] of this.state.steps.entries()) {
      if (status !== "due" || dueNs > firstNs || (first !== null && dueNs === firstNs)) continue;
      [firstNs, first] = [dueNs, (view, atNs) => this.#take(i, view, atNs)];
    }
    return first;
  }

  /** A claim is looked at once the step written before it is done or given up. */
  #watchClaims(view: Observation, nowNs: number): void {
    for (const [i, { trigger }] of this.#steps.entries()) {
      const step = this.state.steps[i];
      if (step?.status !== "waiting" || trigger.on !== "claim" || !this.#isPast(i - 1)) continue;
      step.watchedFromNs ??= nowNs;
      const frame = { view, nowNs, slots: [] };
      if (trigger.expression.holds(frame) === true)
        Object.assign(step, { status: "due", dueNs: nowNs + trigger.delayNs });
      else if (nowNs - step.watchedFromNs >= (trigger.withinNs ?? Infinity)) step.status = "missed";
    }
  }

  #isPast(index: number): boolean {
    const step = this.state.steps[index];
    if (step === undefined) return true;
    return step.status === "done" || step.status === "missed" || !this.#mayCome(index);
  }

  /** Whether a step can still come about: what it waits for has not been missed. */
  #mayCome(index: number): boolean {
    const trigger = this.#steps[index]?.trigger;
    const status = this.state.steps[index]?.status;
    if (trigger === undefined || status === "done" || status === "missed") return false;
    return trigger.on !== "anchor" || this.#mayBeReached(trigger.anchor);
  }

  #mayBeReached(anchor: string): boolean {
    if (Object.hasOwn(this.state.anchors, anchor)) return true;
    const healed = anchor.endsWith(".healed") ? anchor.slice(0, -".healed".length) : null;
    if (
      healed !== null &&
      this.#open().some(({ id, healDueNs }) => id === healed && healDueNs !== null)
    )
      return true;
    return this.#steps.some(
      ({ id, action }, i) =>
        (id === (healed ?? anchor) || heals(action, healed)) && this.#mayCome(i),
    );
  }

  #take(index: number, view: Observation, nowNs: number): Action[] {
    const step = this.#steps[index];
    const state = this.state.steps[index];
    if (step === undefined || state === undefined) return [];
    state.status = "done";
    const actions: Action[] = [];
    if (step.phase !== null) {
      this.state.phase = step.phase;
      this.state.phases.push(step.phase);
      actions.push({ type: "phase", name: step.phase });
    }
    actions.push(...this.#perform(step, view, nowNs));
    if (step.id !== null) this.#reach(step.id, nowNs);
    return actions;
  }

  #perform({ action, id }: Step, view: Observation, nowNs: number): Action[] {
    if (action === null) return [];
    switch (action.type) {
      case "fault":
        return this.#openFault(action, view, nowNs);
      case "heal":
        return this.heal(action.fault, view, nowNs);
      case "mark":
      case "snapshot":
        return [{ type: action.type, id: id ?? "" }];
    }
  }

  #openFault(
    { fault, forNs }: Extract<StepAction, { type: "fault" }>,
    view: Observation,
    nowNs: number,
  ): Action[] {
    this.state.faults.push({
      id: fault.id,
      fault,
      openedNs: nowNs,
      healedNs: null,
      healDueNs: forNs === null ? null : nowNs + forNs,
      countBefore: receiptCount(fault, view),
      receiptSeen: null,
    });
    return [actionOf(fault, true)];
  }

  #heal(record: FaultRecord, view: Observation, nowNs: number): Action[] {
    record.healedNs = nowNs;
    record.receiptSeen = receiptCount(record.fault, view) > record.countBefore;
    this.#reach(`${record.id}.healed`, nowNs);
    return [actionOf(record.fault, false)];
  }

  /** Steps that wait for the anchor learn when they are due. */
  #reach(anchor: string, nowNs: number): void {
    this.state.anchors[anchor] ??= nowNs;
    for (const [i, { trigger }] of this.#steps.entries()) {
      const step = this.state.steps[i];
      if (step?.status === "waiting" && trigger.on === "anchor" && trigger.anchor === anchor)
        Object.assign(step, { status: "due", dueNs: nowNs + trigger.delayNs });
    }
  }
}

const heals = (action: StepAction | null, fault: string | null): boolean =>
  fault !== null && action?.type === "heal" && action.fault === fault;

const receiptCount = (fault: OpenFault, view: Observation): number =>
  view.receipt(faults[fault.name].receipt.counter, fault.target);

/** A load that is struck is started or stopped; anything else is a fault that opens or heals. */
function actionOf(fault: OpenFault, on: boolean): Action {
  const { effect } = faults[fault.name];
  if (effect.on !== "load" || fault.target.kind !== "load") return { type: "fault", fault, on };
  const opposite = effect.action === "start" ? "stop" : "start";
  return { type: "load", target: fault.target, action: on ? effect.action : opposite };
}
