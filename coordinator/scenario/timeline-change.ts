// A run goes on under another timeline: what has happened stays, what is to come may be another.
//
// Steps keep their places and names. One that is still to come may come at another time and do something else; a fault that is
// open may heal at another time, not in the past. What is over can be told otherwise, and not be otherwise: it is refused.

import { formatQuantity } from "./quantity.ts";
import type { Step, StepAction } from "./resolved.ts";
import type { TimelineState } from "./timeline.ts";

interface Change {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  readonly nowNs: number;
}

/** Why a run in this state cannot go on so, a sentence for each step; empty: it can. */
export function timelineRefusals(
  state: TimelineState,
  { before, after, nowNs }: Change,
): readonly string[] {
  const shape = (steps: readonly Step[]): string =>
    steps.map(({ id, phase }) => `${id} ${phase}`).join("\n");
  if (shape(before) !== shape(after))
    return ["timeline: a step more or less, or under another name, makes it another run"];
  return after.flatMap((step, i) => {
    const old = before[i];
    const why = old === undefined ? null : refusalOf(state, { old, step, nowNs });
    return why === null ? [] : [`timeline.${step.id ?? i}: ${why}`];
  });
}

interface StepChange {
  readonly old: Step;
  readonly step: Step;
  readonly nowNs: number;
}

function refusalOf(state: TimelineState, { old, step, nowNs }: StepChange): string | null {
  const status = state.steps[step.index]?.status;
  const isOver = status === "done" || status === "missed";
  if (!isSame(old.trigger, step.trigger)) {
    if (isOver) return "it is over";
    if (step.trigger.on === "claim" || old.trigger.on !== step.trigger.on)
      return "what it waits for is watched already";
    const dueNs = dueNsOf(step, state);
    if (dueNs !== null && dueNs < nowNs) return `it would have been at ${timeText(dueNs)}`;
  }
  if (!isOver || isSame(old.action, step.action)) return null;
  return healingRefusal(state, { old, step, nowNs });
}

/** Of a step that is over: only when its fault heals may be otherwise. */
function healingRefusal(state: TimelineState, { old, step, nowNs }: StepChange): string | null {
  const fault = openedBy(state, step);
  if (fault === null || !isSame(withoutEnd(old.action), withoutEnd(step.action)))
    return "it is over";
  const healNs = healNsOf(step, fault.openedNs);
  return healNs !== null && healNs < nowNs ? `it would have healed at ${timeText(healNs)}` : null;
}

/** Puts a state that may go on so under the new steps. */
export function planAnew(state: TimelineState, after: readonly Step[]): void {
  for (const step of after) {
    const own = state.steps[step.index];
    if (own?.status === "due") own.dueNs = dueNsOf(step, state) ?? own.dueNs;
    const fault = openedBy(state, step);
    if (fault !== null) fault.healDueNs = healNsOf(step, fault.openedNs);
  }
}

/** null: that is not known. */
function dueNsOf({ trigger }: Step, { anchors }: TimelineState): number | null {
  if (trigger.on === "time") return trigger.atNs;
  const reachedNs = trigger.on === "anchor" ? anchors[trigger.anchor] : undefined;
  return reachedNs === undefined ? null : reachedNs + trigger.delayNs;
}

/** The fault that this step has opened and nothing has healed. */
function openedBy({ faults, steps }: TimelineState, { action, index }: Step) {
  if (action?.type !== "fault" || steps[index]?.status !== "done") return null;
  return faults.find(({ id, healedNs }) => id === action.fault.id && healedNs === null) ?? null;
}

const healNsOf = ({ action }: Step, openedNs: number): number | null =>
  action?.type !== "fault" || action.forNs === null ? null : openedNs + action.forNs;

const withoutEnd = (action: StepAction | null): unknown =>
  action?.type === "fault" ? action.fault : action;

/** Plain data; of an expression only its text is. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const timeText = (ns: number): string => formatQuantity(ns, "duration");
