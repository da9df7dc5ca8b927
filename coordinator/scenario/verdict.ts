// The verdict of a run, once every fault is healed and traffic has stopped: does useful progress come back?
//
//   recovers      every endless task has done its quota (default: one pass of its working set), every finite one is finished
//   completes     the same, and all tasks are finite
//   degraded      progress goes on, but the quota was not done in the time given; or programs were killed, as their pages could
//                 not be read, and the rest has done its share
//   wedged        certain: the state of some machine proves that no useful step can follow there; else no useful progress, for at least twice the
//                 longest timer that was armed, and for half the settling time
//   oom           the OOM killer ended a task
//   inconclusive  the run's time was up before any of these could be said
//
// A task that waits for work that nobody sends any more (an idle service) has nothing left to do. Retransmissions, retries
// and CPU time are no progress: a task that fits in memory runs at full speed beside a wedge.

import { Digest } from "#base/digest.ts";
import type { Observation, TaskView } from "./observation.ts";
import type { Quota } from "./resolved.ts";
import type { VerdictName } from "./schema-steps.ts";

export type Verdict = VerdictName | "inconclusive";
/** How sure a wedge is: proven by the state, recurring, or only long enough. */
export type Certainty = "certain" | "livelock" | "suspected";

export interface Judgement {
  readonly verdict: Verdict;
  /** Only of a wedge. */
  readonly certainty: Certainty | null;
  readonly atNs: number;
  /** Pages per second over the settling time: how thin a trickle is. */
  readonly pagesPerSec: number;
  /** Tasks that had not done their share, as `A/hog`. */
  readonly unfinished: readonly string[];
  readonly why: string;
}

/** Plain data; grows while the run settles. */
export interface JudgeState {
  fromNs: number;
  /** End of the settling time; Infinity: as long as progress is made. */
  untilNs: number;
  /** Shortest silence that is called a wedge. */
  quietNs: number;
  /** Pages each task had touched when the settling began. */
  basePages: Record<string, number>;
  useful: number;
  usefulAtNs: number;
  /** Longest timer armed at any sample since the last useful progress. */
  timerNs: number;
  /** Silence after which the state is asked for a proof: a second, then two, four, … */
  askQuietNs: number;
  /** Hashes of the state at the last times it was asked, oldest first. */
  prints: string[];
}

const FIRST_ASK_NS = 1_000_000_000;
/** So many equal states in a row are called a livelock. */
const RECURRENCES = 3;

/** What a run is given to come back when the scenario does not say. */
const SETTLE_DEFAULT_NS = 60_000_000_000;

const keyOf = (task: TaskView): string => `${task.machine}/${task.name}`;

/** The run begins to settle. Finite tasks without a bound run on for as long as they make progress. */
export function beginJudging(
  view: Observation,
  nowNs: number,
  settleNs: number | null,
): JudgeState {
  const tasks = view.tasks();
  const isOpen = settleNs === null && tasks.some((task) => !task.isEndless && !task.isFinished);
  const spanNs = settleNs ?? SETTLE_DEFAULT_NS;
  return {
    fromNs: nowNs,
    untilNs: isOpen ? Infinity : nowNs + spanNs,
    quietNs: isOpen ? spanNs : Math.floor(spanNs / 2),
    basePages: Object.fromEntries(tasks.map((task) => [keyOf(task), task.progressPages])),
    useful: view.usefulProgress,
    usefulAtNs: nowNs,
    timerNs: view.largestArmedTimerNs,
    askQuietNs: FIRST_ASK_NS,
    prints: [],
  };
}

/** One sampling step of the settling; null: nothing can be said yet. */
export function judge(
  state: JudgeState,
  at: { readonly view: Observation; readonly nowNs: number },
  quotas: readonly Quota[],
): Judgement | null {
  const { view, nowNs } = at;
  follow(state, view, nowNs);
  const tasks = view.tasks();
  forgetLost(state, tasks);
  const unfinished = tasks.filter((task) => !hasDoneItsShare(task, state, quotas)).map(keyOf);
  const made = (verdict: Verdict, why: string, certainty: Certainty | null = null): Judgement => ({
    verdict,
    certainty,
    atNs: nowNs,
    pagesPerSec: pagesPerSec(tasks, state, nowNs),
    unfinished,
    why,
  });
  if (view.oomKills > 0) return made("oom", "the OOM killer ended a task");
  if (unfinished.length === 0) return survived(tasks, made);
  const quietNs = nowNs - state.usefulAtNs;
  if (asks(state, quietNs)) {
    if (view.proof() === "certain")
      return made("wedged", "nobody who could end it can move", "certain");
    state.prints = [...state.prints, hashOf(view.fingerprint())].slice(-RECURRENCES);
  }
  if (quietNs >= Math.max(2 * state.timerNs, state.quietNs) && isSettled(state, nowNs))
    return made(
      "wedged",
      `no useful progress for ${seconds(quietNs)} s`,
      recurs(state) ? "livelock" : "suspected",
    );
  if (nowNs <= state.untilNs || state.usefulAtNs < state.untilNs) return null;
  // Of several machines one may stand still for ever while another goes on.
  return view.proof() === "certain"
    ? made("wedged", "nobody who could end it can move", "certain")
    : made("degraded", "progress goes on, but too slowly to have done its share");
}

/** Whether the judge, shown this, would ask what the state proves: an engine that has to fetch the state does so before. */
export const wouldAsk = (state: JudgeState, view: Observation, nowNs: number): boolean =>
  nowNs > state.untilNs ||
  (view.usefulProgress === state.useful && nowNs - state.usefulAtNs >= state.askQuietNs);

/** What is said of a run whose time is up while it is still settling. */
export function outOfTime(state: JudgeState | null, view: Observation, nowNs: number): Judgement {
  return {
    verdict: "inconclusive",
    certainty: null,
    atNs: nowNs,
    pagesPerSec: state === null ? 0 : pagesPerSec(view.tasks(), state, nowNs),
    unfinished: [],
    why:
      state === null
        ? "the run's time was up before it could settle"
        : "the run's time was up while it settled",
  };
}

/** What is said of a run that ended because a page came back from swap as another: nothing after it means anything. */
export function corrupted(nowNs: number): Judgement {
  return {
    verdict: "inconclusive",
    certainty: null,
    atNs: nowNs,
    pagesPerSec: 0,
    unfinished: [],
    why: "a page read back from swap is not the page that was written: the run ends here",
  };
}

function survived(
  tasks: readonly TaskView[],
  made: (verdict: Verdict, why: string) => Judgement,
): Judgement {
  const killed = tasks.filter((task) => task.killed > 0);
  if (killed.length > 0) {
    const who = killed.map((task) => `${keyOf(task)} (${task.killed})`).join(", ");
    return made("degraded", `killed, for pages that could not be read: ${who}`);
  }
  const allFinite = tasks.length > 0 && tasks.every((task) => !task.isEndless);
  return allFinite
    ? made("completes", "every task has finished")
    : made("recovers", "every task has done its share");
}

function follow(state: JudgeState, view: Observation, nowNs: number): void {
  const { largestArmedTimerNs, usefulProgress } = view;
  if (usefulProgress === state.useful) {
    state.timerNs = Math.max(state.timerNs, largestArmedTimerNs);
    return;
  }
  state.useful = usefulProgress;
  state.usefulAtNs = nowNs;
  state.timerNs = largestArmedTimerNs;
  state.askQuietNs = FIRST_ASK_NS;
  state.prints = [];
}

/** A task that has less than it had when the settling began was lost with its host, and begins anew. */
function forgetLost(state: JudgeState, tasks: readonly TaskView[]): void {
  for (const task of tasks) {
    const key = keyOf(task);
    state.basePages[key] = Math.min(state.basePages[key] ?? 0, task.progressPages);
  }
}

/** The same state, at times that are ever farther apart, and nothing useful between them. */
const recurs = ({ prints }: JudgeState): boolean =>
  prints.length === RECURRENCES && new Set(prints).size === 1;

function hashOf(text: string): string {
  const digest = new Digest();
  digest.addText(text);
  return digest.hex();
}

/** A proof costs as much as thousands of events, so it is not asked for at every step. */
function asks(state: JudgeState, quietNs: number): boolean {
  if (quietNs < state.askQuietNs) return false;
  state.askQuietNs *= 2;
  return true;
}

function hasDoneItsShare(task: TaskView, state: JudgeState, quotas: readonly Quota[]): boolean {
  if (task.isFinished) return true;
  if (!task.isEndless) return false;
  if (task.isIdle) return true;
  const quota = quotas.find(
    ({ machine, task: name }) => machine === task.machine && name === task.name,
  );
  const pages = quota?.pages ?? task.workingSetPages;
  return task.progressPages - (state.basePages[keyOf(task)] ?? 0) >= pages;
}

/** With a bound, a wedge is called when the bound is past; without one, as soon as it is quiet. */
const isSettled = (state: JudgeState, nowNs: number): boolean =>
  state.untilNs === Infinity || nowNs >= state.untilNs;

function pagesPerSec(tasks: readonly TaskView[], state: JudgeState, nowNs: number): number {
  const spanNs = nowNs - state.fromNs;
  const pages = tasks.reduce(
    (sum, task) => sum + task.progressPages - (state.basePages[keyOf(task)] ?? 0),
    0,
  );
  return spanNs === 0 ? 0 : Math.floor((pages * 1_000_000_000) / spanNs);
}

const seconds = (ns: number): number => Math.round(ns / 100_000_000) / 10;
