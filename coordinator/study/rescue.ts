// What would have saved it: the smallest sets of changes, of one or of two, with which a run that wedges comes back.
//
// Every change is tried alone, then pairs of those that did not do alone: whatever holds a change that does is no smallest set.
// A knob that can be turned (a size) is first turned as far as it goes; where that does, halving finds how little is enough.
// A run tells which rules have answered all that was asked just as its own did: under them it would have been the same run, alone
// or together, and is not made again. Most pairs are such.
//
// All of this is asked of one seed, and what does there is then run with every seed. Pairs, of which there are most, fill the time
// in which halving waits for its next answer.

import { Bisection } from "#coordinator/scenario/index.ts";
import type { StudyRun } from "./job.ts";

export interface Change {
  /** As people read it: `receive: toss-pfmemalloc`. */
  readonly name: string;
  /** What it is a value of; two values of one thing are no pair. */
  readonly of: string;
}

/** What is to be run: changes made together, and a seed. */
export interface Trial<C extends Change> {
  readonly changes: readonly C[];
  readonly seed: number;
}

export interface RescueSpec<C extends Change> {
  readonly changes: readonly C[];
  /** Values of one thing each, the mildest first. */
  readonly knobs: readonly (readonly C[])[];
  readonly isPair: (one: C, other: C) => boolean;
  /** At least one. */
  readonly seeds: readonly number[];
  /** Runs them side by side, in any order, patient ones when no other waits; answers in theirs. */
  readonly run: (trials: readonly Trial<C>[], isPatient?: boolean) => Promise<readonly StudyRun[]>;
}

export interface Answer<C extends Change> {
  readonly changes: readonly C[];
  /** One for each seed. */
  readonly runs: readonly StudyRun[];
  /** Of a knob: the next milder value, which does not do; null: there is none. */
  readonly tooLittle: C | null;
}

export interface Rescue<C extends Change> {
  /** One for each seed, as it stands. */
  readonly before: readonly StudyRun[];
  /** What does for every seed, smaller sets first. */
  readonly answers: readonly Answer<C>[];
  /** What did for the first seed and not for every one. */
  readonly sometimes: readonly Answer<C>[];
  /** What did not do for the first seed. */
  readonly lost: readonly (readonly C[])[];
}

export const isRescued = ({ result: { judged } }: StudyRun): boolean =>
  judged === "recovers" || judged === "completes";

export async function rescue<C extends Change>(asked: RescueSpec<C>): Promise<Rescue<C>> {
  const spec = { ...asked, run: remembering(asked.run) };
  const { seeds, run } = spec;
  const before = await run(seeds.map((seed) => ({ changes: [], seed })));
  const none = { before, answers: [], sometimes: [], lost: [] };
  if (!before.every(({ result }) => result.judged === "wedged")) return none;
  const furthest = spec.knobs.flatMap((values) => values.at(-1) ?? []);
  const alone = await sift(
    [...spec.changes, ...furthest].map((change) => [change]),
    spec,
  );
  const turnable = spec.knobs.filter((values) =>
    alone.does.some(([change]) => change === values.at(-1)),
  );
  const single = alone.does.filter(([change]) => !furthest.some((end) => end === change));
  const [pairs, singly, turned] = await Promise.all([
    sift(pairsOf(alone.lost, spec), spec, true),
    verified(single.map(asFound), spec),
    turnBack(turnable, spec).then((found) => verified(found, spec)),
  ]);
  const answers = [...singly, ...turned, ...(await verified(pairs.does.map(asFound), spec))];
  const holds = ({ runs }: Answer<C>): boolean => runs.every(isRescued);
  return {
    before,
    answers: answers.filter(holds),
    sometimes: answers.filter((answer) => !holds(answer)),
    lost: [...alone.lost, ...pairs.lost],
  };
}

/** Runs the same changes with the same seed once, and none that would only repeat a run that is there. */
function remembering<C extends Change>(run: RescueSpec<C>["run"]): RescueSpec<C>["run"] {
  const known: { readonly trial: Trial<C>; readonly made: StudyRun }[] = [];
  const knownOf = (trial: Trial<C>): StudyRun | undefined =>
    known.find((each) => isSameRun(each, trial))?.made;
  return async (trials, isPatient) => {
    const fresh = trials.filter((trial) => knownOf(trial) === undefined);
    const runs = await run(fresh, isPatient);
    for (const [i, made] of runs.entries()) {
      const trial = fresh[i];
      if (trial !== undefined) known.push({ trial, made });
    }
    return trials.flatMap((trial) => knownOf(trial) ?? []);
  };
}

/** Whether it is made of the run's changes and of others that the run could not have told from what it had. */
function isSameRun<C extends Change>(
  { trial, made }: { readonly trial: Trial<C>; readonly made: StudyRun },
  { changes, seed }: Trial<C>,
): boolean {
  const hasAll = trial.changes.every((change) => changes.includes(change));
  const others = changes.filter((change) => !trial.changes.includes(change));
  return trial.seed === seed && hasAll && others.every(({ name }) => made.alike.includes(name));
}

type Found<C extends Change> = Pick<Answer<C>, "changes" | "tooLittle">;
const asFound = <C extends Change>(changes: readonly C[]): Found<C> => ({
  changes,
  tooLittle: null,
});

/** Which of the sets do for the first seed, and which do not. */
async function sift<C extends Change>(
  sets: readonly (readonly C[])[],
  { seeds, run }: RescueSpec<C>,
  isPatient = false,
) {
  const [seed = 0] = seeds;
  const trials = sets.map((changes) => ({ changes, seed }));
  const runs = await run(trials, isPatient);
  const isDoing = sets.map((_, i) => runs.slice(i, i + 1).some(isRescued));
  return { does: sets.filter((_, i) => isDoing[i]), lost: sets.filter((_, i) => !isDoing[i]) };
}

/** Of changes that do not do alone. */
function pairsOf<C extends Change>(
  lost: readonly (readonly C[])[],
  { isPair }: RescueSpec<C>,
): (readonly C[])[] {
  const singles = lost.flat();
  return singles.flatMap((one, i) =>
    singles
      .slice(i + 1)
      .filter((other) => one.of !== other.of && isPair(one, other))
      .map((other) => [one, other]),
  );
}

/** How little of each knob is enough, all of them at once. */
async function turnBack<C extends Change>(
  knobs: readonly (readonly C[])[],
  { seeds, run }: RescueSpec<C>,
): Promise<Found<C>[]> {
  const [seed = 0] = seeds;
  const searches = knobs.map((values) => {
    const search = new Bisection({ count: values.length, checksOrder: false });
    search.tell(values.length - 1, true);
    return search;
  });
  for (;;) {
    const asked = searches.flatMap((search, i) => {
      const at = search.next();
      const change = at === null ? undefined : knobs[i]?.[at];
      return at === null || change === undefined ? [] : [{ search, at, change }];
    });
    if (asked.length === 0) break;
    const runs = await run(asked.map(({ change }) => ({ changes: [change], seed })));
    for (const [i, { search, at }] of asked.entries())
      search.tell(at, runs.slice(i, i + 1).some(isRescued));
  }
  return searches.flatMap(({ smallest, largestFailing }, i) => {
    const change = knobs[i]?.[smallest ?? -1];
    return change === undefined
      ? []
      : [{ changes: [change], tooLittle: knobs[i]?.[largestFailing] ?? null }];
  });
}

async function verified<C extends Change>(
  found: readonly Found<C>[],
  { seeds, run }: RescueSpec<C>,
): Promise<readonly Answer<C>[]> {
  const trials = found.flatMap(({ changes }) => seeds.map((seed) => ({ changes, seed })));
  const runs = await run(trials);
  return found.map((each, i) => ({
    ...each,
    runs: runs.slice(i * seeds.length, (i + 1) * seeds.length),
  }));
}
