// One check while the run goes on: shown every sampling step, answered at the latest when the run is judged.
//
// What could not be evaluated is inconclusive, never silently green: a phase that never came, an anchor never reached, a
// window in which nothing happened.

import { clearSlot, newSlot, type Slot } from "./expression-slots.ts";
import type { Expression, Frame } from "./expression-types.ts";
import type { Observation } from "./observation.ts";
import type { Check, Severity } from "./resolved.ts";

export type CheckStatus = "pass" | "fail" | "inconclusive";

export interface CheckResult {
  readonly id: string;
  readonly kind: Check["kind"] | "receipt" | "integrity";
  readonly status: CheckStatus;
  readonly severity: Severity;
  /** When it was decided, in ns of engine time. */
  readonly atNs: number;
  /** What was measured, in the unit of its metric (pages for memory); null: nothing was. */
  readonly value: number | null;
  /** The same for people; for a verdict the verdict itself. */
  readonly valueText: string;
  readonly expected: string;
  /** Phase or anchor that it is bound to; null: the whole run. */
  readonly anchor: string | null;
  /** Line of the scenario file, from 1; 0: none. */
  readonly line: number;
  /** Why, when it did not pass. */
  readonly message: string;
}

/** What a check remembers; plain data. */
export interface CheckState {
  status: CheckStatus | null;
  atNs: number;
  value: number | null;
  valueText: string;
  message: string;
  /** Samples in its scope. */
  samples: number;
  /** When its scope was entered last; null: it is outside. */
  enteredNs: number | null;
  /** eventually: since when it has held; null: it does not. */
  heldSinceNs: number | null;
  /** threshold: windows that have been answered. */
  windows: number;
  windowFromNs: number;
  slots: Slot[];
}

export type ExpressedCheck = Extract<Check, { readonly expression: Expression }>;

export function isExpressed(check: Check): check is ExpressedCheck {
  return "expression" in check;
}

export function newCheckState(check: Check): CheckState {
  const slotCount = isExpressed(check) ? check.expression.slotCount : 0;
  return {
    status: null,
    atNs: 0,
    value: null,
    valueText: "",
    message: "",
    samples: 0,
    enteredNs: null,
    heldSinceNs: null,
    windows: 0,
    windowFromNs: 0,
    slots: Array.from({ length: slotCount }, newSlot),
  };
}

export interface Moment {
  readonly view: Observation;
  readonly nowNs: number;
  /** Since when the check's scope has been open; null: it is not. */
  readonly scopeFromNs: number | null;
}

/** Shows one sampling step to a check that is not decided yet. */
export function sampleCheck(check: ExpressedCheck, state: CheckState, moment: Moment): void {
  if (state.status !== null) return;
  const frame: Frame = { view: moment.view, nowNs: moment.nowNs, slots: state.slots };
  if (moment.scopeFromNs === null) {
    leaveScope(check, state, frame);
    return;
  }
  if (state.enteredNs === null) enterScope(state, moment);
  state.samples++;
  switch (check.kind) {
    case "always":
    case "never":
      sampleInvariant(check, state, frame);
      return;
    case "sometimes":
      if (check.expression.holds(frame) === true) decide(check, state, "pass", frame);
      return;
    case "eventually":
      sampleEventually(check, state, frame, moment.scopeFromNs);
      return;
    case "threshold":
      sampleThreshold(check, state, frame);
      return;
  }
}

function enterScope(state: CheckState, { nowNs }: Moment): void {
  state.enteredNs = nowNs;
  state.windowFromNs = nowNs;
}

function leaveScope(check: ExpressedCheck, state: CheckState, frame: Frame): void {
  if (state.enteredNs === null) return;
  if (check.kind === "threshold") closeLastWindow(check, state, frame);
  state.enteredNs = null;
}

function sampleInvariant(check: ExpressedCheck, state: CheckState, frame: Frame): void {
  const holds = check.expression.holds(frame);
  if (holds !== null && holds === (check.kind === "never")) decide(check, state, "fail", frame);
}

function sampleEventually(
  check: Extract<ExpressedCheck, { kind: "eventually" }>,
  state: CheckState,
  frame: Frame,
  fromNs: number,
): void {
  const { nowNs } = frame;
  const untilNs = fromNs + check.withinNs;
  if (check.expression.holds(frame) !== true) state.heldSinceNs = null;
  else state.heldSinceNs ??= nowNs;
  const since = state.heldSinceNs;
  if (since !== null && since <= untilNs) {
    if (nowNs - since >= check.staysNs) decide(check, state, "pass", frame);
  } else if (nowNs >= untilNs) {
    decide(check, state, "fail", frame);
    state.message = "it did not come to hold in time";
  }
}

function sampleThreshold(
  check: Extract<ExpressedCheck, { kind: "threshold" }>,
  state: CheckState,
  frame: Frame,
): void {
  check.expression.sample(frame);
  if (check.windowNs !== null && frame.nowNs - state.windowFromNs >= check.windowNs)
    closeWindow(check, state, frame);
}

/** A last window that is not full counts only when there was no full one. */
function closeLastWindow(check: ExpressedCheck, state: CheckState, frame: Frame): void {
  if (state.windows === 0) closeWindow(check, state, frame);
}

function closeWindow(check: ExpressedCheck, state: CheckState, frame: Frame): void {
  const holds = check.expression.holds(frame);
  if (holds === false) decide(check, state, "fail", frame);
  else if (holds === true) {
    state.windows++;
    measure(check, state, frame);
  }
  state.windowFromNs = frame.nowNs;
  for (const slot of state.slots) clearSlot(slot);
}

/** Answers a check that the run has left open. */
export function finishCheck(
  check: ExpressedCheck,
  state: CheckState,
  frame: Omit<Frame, "slots">,
): void {
  if (state.status !== null) return;
  const full: Frame = { ...frame, slots: state.slots };
  if (check.kind === "threshold" && state.enteredNs !== null) closeLastWindow(check, state, full);
  if (state.status !== null) return;
  const open = openAnswer(check, state);
  decide(check, state, open.status, full);
  state.message = open.message;
}

function openAnswer(
  check: ExpressedCheck,
  state: CheckState,
): { status: CheckStatus; message: string } {
  if (state.samples === 0)
    return { status: "inconclusive", message: `${scopeText(check)} never came` };
  switch (check.kind) {
    case "always":
    case "never":
      return { status: "pass", message: "" };
    case "sometimes":
      return { status: "inconclusive", message: "it never held" };
    case "eventually":
      return { status: "inconclusive", message: "the run ended before its time was up" };
    case "threshold":
      return state.windows > 0
        ? { status: "pass", message: "" }
        : { status: "inconclusive", message: "nothing happened that it could be asked about" };
  }
}

export function scopeText(check: Check): string {
  if (check.during !== null) return `phase ${check.during}`;
  return check.after === null ? "its time" : `anchor ${check.after}`;
}

function decide(check: ExpressedCheck, state: CheckState, status: CheckStatus, frame: Frame): void {
  state.status = status;
  state.atNs = frame.nowNs;
  if (check.kind !== "threshold" || status === "fail") measure(check, state, frame);
}

function measure(check: ExpressedCheck, state: CheckState, frame: Frame): void {
  const { number, text } = check.expression.value(frame);
  state.value = Number.isNaN(number) ? null : number;
  state.valueText = Number.isNaN(number) ? "" : text;
}

/** What a decided check reports. */
export function resultOf(check: Check, state: CheckState): CheckResult {
  return {
    id: check.id,
    kind: check.kind,
    status: state.status ?? "inconclusive",
    severity: check.severity,
    atNs: state.atNs,
    value: state.value,
    valueText: state.valueText,
    expected: expectedOf(check),
    anchor: check.during ?? check.after,
    line: check.line,
    message: state.message,
  };
}

function expectedOf(check: Check): string {
  switch (check.kind) {
    case "verdict":
      return check.verdicts.join(" | ");
    case "cycle":
      return check.cycle.join(" -> ");
    case "always":
    case "never":
    case "sometimes":
    case "eventually":
    case "threshold":
      return `${check.kind}: ${check.expression.text}`;
  }
}

/** Without the repetition of the first party at the end. */
export function openCycle(cycle: readonly string[]): readonly string[] {
  return cycle.length > 1 && cycle[0] === cycle.at(-1) ? cycle.slice(0, -1) : cycle;
}
