// Which verdict follows from what was seen after healing: the table of the words.

import { describe, expect, test } from "vitest";
import type { TaskView } from "#coordinator/scenario/index.ts";
import { beginJudging, type Judgement, judge } from "#coordinator/scenario/verdict.ts";
import { FakeRun, task } from "../../support/observation.ts";

const SECOND = 1_000_000_000;

interface Course {
  readonly tasks: (second: number) => TaskView[];
  /** Useful progress so far; default: none at all. */
  readonly useful?: (second: number) => number;
  readonly timerSeconds?: number;
  readonly settleSeconds?: number | null;
  readonly quotaPages?: number;
  readonly oomKills?: number;
}

/** Settles a run second by second until it is judged, 1000 s at most. */
function settled(course: Course): Judgement | null {
  const run = new FakeRun();
  const at = (second: number) => {
    run.taskViews = course.tasks(second);
    run.usefulProgress = course.useful?.(second) ?? 0;
    run.largestArmedTimerNs = (course.timerSeconds ?? 0) * SECOND;
    run.oomKills = course.oomKills ?? 0;
  };
  at(0);
  const { settleSeconds = 60, quotaPages } = course;
  const state = beginJudging(run, 0, settleSeconds === null ? null : settleSeconds * SECOND);
  const quotas = quotaPages === undefined ? [] : [{ machine: "A", task: "hog", pages: quotaPages }];
  for (let second = 1; second <= 1000; second++) {
    at(second);
    const judgement = judge(state, { view: run, nowNs: second * SECOND }, quotas);
    if (judgement !== null) return judgement;
  }
  return null;
}

/** A hog that touches this many pages each second. */
const hog = (pagesPerSecond: number) => (second: number) => [
  task({ progressPages: 500 + second * pagesPerSecond }),
];
const steady = (second: number): number => second;

describe("recovers", () => {
  test("once an endless task has done one pass of its working set", () => {
    expect(settled({ tasks: hog(10), useful: steady })).toMatchObject({
      verdict: "recovers",
      atNs: 10 * SECOND,
    });
  });

  test("once it has done its declared quota instead", () => {
    const judgement = settled({ tasks: hog(10), useful: steady, quotaPages: 200 });
    expect(judgement).toMatchObject({ verdict: "recovers", atNs: 20 * SECOND });
  });

  test("when a service has nothing left to do", () => {
    expect(settled({ tasks: () => [task({ isIdle: true })] })?.verdict).toBe("recovers");
  });

  test("is degraded when a program of it was killed: the machine goes on without it", () => {
    const tasks = () => [
      task({ isIdle: true }),
      task({ name: "job", isFinished: true, killed: 2 }),
    ];
    expect(settled({ tasks })).toMatchObject({
      verdict: "degraded",
      why: "killed, for pages that could not be read: A/job (2)",
    });
  });

  test("what was done before healing does not count", () => {
    expect(settled({ tasks: () => [task({ progressPages: 5000 })] })?.verdict).toBe("wedged");
  });
});

describe("completes", () => {
  test("once every finite task has finished", () => {
    const tasks = (second: number) => [task({ isEndless: false, isFinished: second >= 30 })];
    expect(settled({ tasks, useful: steady })).toMatchObject({
      verdict: "completes",
      atNs: 30 * SECOND,
    });
  });

  test("is recovers when an endless task runs beside", () => {
    const tasks = (second: number) => [
      task({ name: "one", isEndless: false, isFinished: true }),
      ...hog(50)(second),
    ];
    expect(settled({ tasks, useful: steady })?.verdict).toBe("recovers");
  });

  test("finite tasks without a bound may take as long as they make progress", () => {
    const tasks = (second: number) => [task({ isEndless: false, isFinished: second >= 900 })];
    const judgement = settled({ tasks, useful: steady, settleSeconds: null });
    expect(judgement).toMatchObject({ verdict: "completes", atNs: 900 * SECOND });
  });
});

describe("degraded", () => {
  test("when the quota was not done in time but progress goes on, with its pages per second", () => {
    const judgement = settled({ tasks: hog(1), useful: steady });
    expect(judgement).toMatchObject({ verdict: "degraded", pagesPerSec: 1, unfinished: ["A/hog"] });
    expect(judgement?.atNs).toBeGreaterThan(60 * SECOND);
  });

  test("also when one task has done its share and another goes on slowly", () => {
    const tasks = (second: number) => [
      ...hog(100)(second),
      task({ name: "slow", progressPages: second }),
    ];
    expect(settled({ tasks, useful: steady })).toMatchObject({
      verdict: "degraded",
      unfinished: ["A/slow"],
    });
  });
});

describe("wedged", () => {
  test("is suspected when nothing useful was done for the whole time", () => {
    expect(settled({ tasks: hog(0) })).toMatchObject({
      verdict: "wedged",
      certainty: "suspected",
      atNs: 60 * SECOND,
    });
  });

  test("is never said before twice the longest timer that is armed", () => {
    expect(settled({ tasks: hog(0), timerSeconds: 120 })?.atNs).toBe(240 * SECOND);
  });

  test("the wait begins anew with each useful progress", () => {
    const judgement = settled({
      tasks: hog(0),
      useful: (second) => Math.min(second, 50),
      timerSeconds: 120,
    });
    expect(judgement).toMatchObject({ verdict: "wedged", atNs: 290 * SECOND });
  });

  test("a task that runs at full speed in memory is no sign of life", () => {
    const tasks = (second: number) => [
      task({ name: "fits", progressPages: second * 1000 }),
      ...hog(0)(second),
    ];
    expect(settled({ tasks })?.verdict).toBe("wedged");
  });

  test("progress before the silence is over turns it into a trickle", () => {
    const useful = (second: number): number => Math.floor(second / 40);
    expect(settled({ tasks: hog(0), useful, timerSeconds: 120 })?.verdict).toBe("degraded");
  });
});

describe("certainty", () => {
  /** Judged every second until something is said. */
  function said(run: FakeRun, each: (second: number) => void = () => undefined) {
    run.taskViews = [task()];
    const state = beginJudging(run, 0, 40 * SECOND);
    for (let second = 1; second <= 60; second++) {
      each(second);
      const judgement = judge(state, { view: run, nowNs: second * SECOND }, []);
      if (judgement !== null) return judgement;
    }
    return null;
  }

  test("a proof ends the run after a second of silence", () => {
    const run = new FakeRun();
    run.proven = "certain";
    expect(said(run)).toMatchObject({ certainty: "certain", atNs: SECOND });
  });

  test("a proof is not asked for while something useful is done", () => {
    const run = new FakeRun();
    run.proven = "certain";
    const judgement = said(run, (second) => {
      run.usefulProgress = Math.min(second, 7);
    });
    expect(judgement).toMatchObject({ certainty: "certain", atNs: 8 * SECOND });
  });

  test("who goes on does not hide a machine that never will: it is asked for before the run is called degraded", () => {
    const run = new FakeRun();
    run.proven = "certain";
    const judgement = said(run, (second) => {
      run.usefulProgress = second;
    });
    expect(judgement).toMatchObject({
      verdict: "wedged",
      certainty: "certain",
      atNs: 41 * SECOND,
    });
  });

  test("a state that comes again and again is a livelock", () => {
    const run = new FakeRun();
    run.print = "the same";
    expect(said(run)).toMatchObject({ certainty: "livelock", atNs: 40 * SECOND });
  });

  test("a state that is another each time is only suspected", () => {
    expect(said(new FakeRun())).toMatchObject({ certainty: "suspected", atNs: 40 * SECOND });
  });

  test("a state that was another not long ago is only suspected", () => {
    const run = new FakeRun();
    const judgement = said(run, (second) => {
      run.print = second < 20 ? "before" : "after";
    });
    expect(judgement).toMatchObject({ certainty: "suspected" });
  });
});

test("an OOM kill is a verdict of its own, whoever survives", () => {
  expect(settled({ tasks: hog(100), useful: steady, oomKills: 1 })?.verdict).toBe("oom");
});
