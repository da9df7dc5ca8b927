// What a system costs, measured on runs: the memory it keeps from programs, and the work that is done before anything fails.

import type { RunResult } from "#coordinator/scenario/index.ts";
import { rangeOf } from "./study-text.ts";

/** The check that measures what is set aside, added to every run that is priced. */
const SET_ASIDE = "set-aside";

/** The check that measures what programs could have, added where that is asked as well. */
const LEFT = "left-for-programs";

/** Added to a run's settings it has what is set aside measured. */
export const setAsideSetting = (machine: string): string =>
  measuring(SET_ASIDE, `max(${machine}.mem.min + ${machine}.mem.critical) >= 0 pages`);

/** The same for the most that programs and files have of memory: what rings and queues take is not theirs. */
export const leftSetting = (machine: string): string =>
  measuring(LEFT, `max(${machine}.mem.anon + ${machine}.mem.file) >= 0 pages`);

const measuring = (id: string, threshold: string): string =>
  `checks.+=${JSON.stringify({ id, severity: "info", threshold })}`;

/** Pages that programs cannot have: the largest sum of min marks and pages kept apart. */
export const setAsideOf = (results: readonly RunResult[]): string => rangeOf(results, SET_ASIDE);

export const leftOf = (results: readonly RunResult[]): string => rangeOf(results, LEFT);

/** The scenario's first threshold check, as in `keeps-up 249/s`. */
export function workOf(results: readonly RunResult[]): string {
  const first = results[0]?.checks.find(
    ({ kind, id }) => kind === "threshold" && id !== SET_ASIDE && id !== LEFT,
  );
  return first === undefined ? "" : `${first.id} ${rangeOf(results, first.id)}`;
}
