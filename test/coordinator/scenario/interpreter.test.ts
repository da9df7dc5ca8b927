// A scenario walked through by hand: what is asked of the engine and when, and what is said of the run in the end.

import { describe, expect, test } from "vitest";
import { type Action, Interpreter, type RunResult } from "#coordinator/scenario/index.ts";
import { FakeRun, task } from "../../support/observation.ts";
import { changed, extended, resolved, SOUND } from "../../support/scenario-fixtures.ts";

const SECOND = 1_000_000_000;

interface Walk {
  readonly result: RunResult;
  /** Every action with the second it was asked for. */
  readonly actions: readonly (readonly [number, Action])[];
}

/** Drives a scenario to its end; `at` plays the cluster and is told the time before each observation. */
function walk(
  text: string,
  at: (run: FakeRun, second: number, done: readonly Action[]) => void,
): Walk {
  const interpreter = new Interpreter(resolved(text), 7);
  const run = new FakeRun();
  run.taskViews = [task()];
  const actions: (readonly [number, Action])[] = [];
  while (interpreter.stage !== "judged") {
    const nowNs = interpreter.nextAtNs();
    at(
      run,
      nowNs / SECOND,
      actions.map(([, action]) => action),
    );
    interpreter.observe(run, nowNs);
    actions.push(...interpreter.takeActions().map((action) => [nowNs / SECOND, action] as const));
  }
  return { result: interpreter.result(), actions };
}

/** A cluster under pressure during the outage, where the fault shows, and which comes back after it. */
function alive(run: FakeRun, second: number): void {
  run.set({ "A.mem.free": second > 2 && second <= 10 ? 5 : 50, "A.mem.min": 10 });
  run.receipts = Math.floor(Math.max(0, second - 2));
  run.usefulProgress = Math.floor(second);
  run.taskViews = [task({ progressPages: Math.floor(second * 100) })];
}

/** The same, but nothing moves once the outage has begun. */
function wedged(run: FakeRun, second: number): void {
  alive(run, second);
  run.usefulProgress = Math.floor(Math.min(second, 2));
  run.taskViews = [task({ progressPages: Math.floor(Math.min(second, 2) * 100) })];
}

const checkOf = ({ result }: Walk, id: string) => result.checks.find((check) => check.id === id);

describe("the timeline", () => {
  test("opens and heals faults at their times, and begins to judge at the verdict's anchor", () => {
    const { actions } = walk(SOUND, alive);
    expect(actions.map(([second, action]) => [second, action.type])).toEqual([
      [0, "phase"],
      [2, "phase"],
      [2, "fault"],
      [10, "fault"],
      [10, "phase"],
      [10, "mark"],
      [10, "stop-traffic"],
    ]);
    expect(actions.flatMap(([, action]) => (action.type === "fault" ? [action.on] : []))).toEqual([
      true,
      false,
    ]);
  });

  test("a step after an anchor waits for its delay", () => {
    const text = changed(
      "after: away.healed, do: mark",
      "after: away.healed, delay: 3 s, do: mark",
    );
    const { actions } = walk(text, alive);
    expect(actions.find(([, action]) => action.type === "mark")?.[0]).toBe(13);
  });

  test("a fault that is open when the run is judged is healed first", () => {
    const text = changed("for: 8 s }", "for: 80 s }").replace(
      "after: away.healed",
      "after: away, delay: 1 s",
    );
    const { actions, result } = walk(text, alive);
    expect(
      actions.filter(([, action]) => action.type === "fault").map(([second]) => second),
    ).toEqual([2, 3]);
    expect(result.faults).toMatchObject([{ id: "away", healedAtNs: 3 * SECOND }]);
  });

  test("a step may heal a fault by its id", () => {
    const text = changed("for: 8 s }", "with: {} }").replace(
      "  - { phase: after",
      "  - { at: 5 s, heal: away }\n  - { phase: after",
    );
    expect(walk(text, alive).result.faults[0]?.healedAtNs).toBe(5 * SECOND);
  });

  test("a load that is struck is started or stopped, and healed by the opposite", () => {
    const text = changed("fault: swap.unreachable, on: C", "fault: load.stop, on: flood");
    const { actions } = walk(text, alive);
    const loads = actions.flatMap(([second, action]) =>
      action.type === "load" ? [[second, action.action]] : [],
    );
    expect(loads).toEqual([
      [2, "stop"],
      [10, "start"],
    ]);
  });
});

describe("a step with a claim", () => {
  const text = changed("at: 2 s, fault", 'when: "A.tcp.mem > 3 pages", within: 4 s, fault');
  test("comes when the claim holds", () => {
    const { actions } = walk(text, (run, second) => {
      alive(run, second);
      run.set({ "A.tcp.mem": second >= 3 ? 4 : 0 });
    });
    expect(actions.find(([, action]) => action.type === "fault")?.[0]).toBe(3);
  });

  test("that never holds makes what hangs on it inconclusive", () => {
    const { result } = walk(text, alive);
    expect(result).toMatchObject({ status: "inconclusive", verdict: "inconclusive" });
    expect(result.why).toContain("back: anchor healed never came");
    expect(result.why).toContain("real: phase outage never came");
  });

  test("is looked at only once the step before it is done", () => {
    const later = text.replace("at: 0 s }", "at: 5 s }");
    const { actions } = walk(later, (run, second) => {
      alive(run, second);
      run.set({ "A.tcp.mem": 9 });
    });
    expect(actions.find(([, action]) => action.type === "fault")?.[0]).toBe(5);
  });
});

describe("the result", () => {
  test("passes when the verdict is the one expected", () => {
    const { result } = walk(SOUND, alive);
    expect(result).toMatchObject({
      status: "pass",
      verdict: "recovers",
      seed: 7,
      scenario: "small",
    });
    expect(result.checks.map(({ id, status }) => [id, status])).toEqual([
      ["real", "pass"],
      ["back", "pass"],
      ["receipt:away", "pass"],
    ]);
  });

  test("passes when a wedge was expected: verdict and status are different things", () => {
    const { result } = walk(changed("verdict: recovers", "verdict: wedged"), wedged);
    expect(result).toMatchObject({ status: "pass", verdict: "wedged", certainty: "suspected" });
  });

  test("fails when the verdict is another, and says why", () => {
    const outcome = walk(SOUND, wedged);
    expect(outcome.result).toMatchObject({ status: "fail", verdict: "wedged" });
    expect(checkOf(outcome, "back")).toMatchObject({
      status: "fail",
      valueText: "wedged",
      expected: "recovers",
    });
    expect(checkOf(outcome, "back")?.message).toContain("no useful progress for 60 s");
  });

  test("is inconclusive when the pressure was never reached, whatever was judged", () => {
    const { result } = walk(SOUND, (run, second) => {
      alive(run, second);
      run.set({ "A.mem.free": 50 });
    });
    expect(result).toMatchObject({
      status: "inconclusive",
      verdict: "inconclusive",
      judged: "recovers",
    });
    expect(result.why).toContain("real: the pressure was never reached");
  });

  test("is inconclusive when a fault left no trace", () => {
    const { result } = walk(SOUND, (run, second) => {
      alive(run, second);
      run.receipts = 3;
    });
    expect(result).toMatchObject({ status: "inconclusive", faults: [{ receipt: "missing" }] });
    expect(result.why).toContain("away: swap.unreachable left no trace");
  });

  test("fails when a page came back wrong, whatever else passed", () => {
    const { result } = walk(SOUND, (run, second) => {
      alive(run, second);
      run.mismatches = 1;
    });
    expect(result.status).toBe("fail");
  });

  test("is inconclusive when the run's time is up before it can be judged", () => {
    const text = changed("title: small", "title: small\nengine: { maxTime: 20 s }");
    expect(walk(text, wedged).result).toMatchObject({
      verdict: "inconclusive",
      endedNs: 20 * SECOND,
    });
  });

  test("a check that only warns does not decide", () => {
    const line = '  - { id: warned, always: "A.mem.free > 40 pages", severity: warn }\n';
    const outcome = walk(extended(line), alive);
    expect(checkOf(outcome, "warned")?.status).toBe("fail");
    expect(outcome.result.status).toBe("pass");
  });

  test("a check may end the run when it fails", () => {
    const line = '  - { id: stop, always: "A.mem.free > 40 pages", abortOnFail: true }\n';
    const { result } = walk(extended(line), alive);
    expect(result.status).toBe("fail");
    expect(result.endedNs).toBeLessThan(3 * SECOND);
  });
});

describe("checks", () => {
  const outcome = (line: string, at = alive) => {
    const walked = walk(extended(line), at);
    return checkOf(walked, "x");
  };

  test("always and never are asked at every sampling step of their phase", () => {
    expect(
      outcome('  - { id: x, always: "A.mem.free > 40 pages", during: steady }\n')?.status,
    ).toBe("pass");
    expect(
      outcome('  - { id: x, always: "A.mem.free > 40 pages", during: outage }\n'),
    ).toMatchObject({
      status: "fail",
      atNs: 2_010_000_000,
      value: 5,
      valueText: "5 pages",
      anchor: "outage",
    });
    expect(outcome('  - { id: x, never: "A.mem.free < 40 pages", after: healed }\n')?.status).toBe(
      "pass",
    );
  });

  test("eventually must come in time", () => {
    const line = (within: string) =>
      `  - { id: x, eventually: "A.mem.free > 40 pages", within: ${within}, after: away }\n`;
    expect(outcome(line("9 s"))).toMatchObject({ status: "pass", atNs: 10_020_000_000 });
    expect(outcome(line("5 s"))).toMatchObject({ status: "fail", atNs: 7 * SECOND });
  });

  test("eventually must stay as long as it says", () => {
    const line = '  - { id: x, eventually: "A.tcp.mem > 0 pages", within: 3 s, stays: 2 s }\n';
    const flicker = (run: FakeRun, second: number) => {
      alive(run, second);
      run.set({ "A.tcp.mem": second >= 1 && second < 2 ? 1 : 0 });
    };
    expect(outcome(line, flicker)?.status).toBe("fail");
    const stays = (run: FakeRun, second: number) => {
      alive(run, second);
      run.set({ "A.tcp.mem": second >= 1 ? 1 : 0 });
    };
    expect(outcome(line, stays)).toMatchObject({ status: "pass", atNs: 3 * SECOND });
  });

  test("a threshold is asked at the end of its phase", () => {
    const busy = (run: FakeRun, second: number) => {
      alive(run, second);
      run.set({ "A/svc.requests": Math.floor(Math.min(second, 2) * 100) });
    };
    expect(
      outcome('  - { id: x, threshold: "rate(A/svc.requests) > 95/s", during: steady }\n', busy)
        ?.status,
    ).toBe("pass");
    expect(
      outcome('  - { id: x, threshold: "rate(A/svc.requests) > 95/s", during: outage }\n', busy)
        ?.status,
    ).toBe("fail");
  });

  test("a threshold with a window is asked once for each", () => {
    const line = '  - { id: x, threshold: "max(A.mem.free) > 40 pages", window: 4 s }\n';
    expect(outcome(line)).toMatchObject({ status: "fail", atNs: 8 * SECOND });
  });

  test("a threshold about nothing is inconclusive, never silently green", () => {
    const line = '  - { id: x, threshold: "p(99, A/svc.latency) < 1 ms", during: steady }\n';
    expect(outcome(line)?.status).toBe("inconclusive");
  });

  test("a cycle is found wherever it begins", () => {
    const line = "  - { id: x, cycle: [page, packet, reader, page] }\n";
    const explained = (run: FakeRun, second: number) => {
      wedged(run, second);
      run.waits = [["packet", "reader", "page"]];
    };
    expect(outcome(line, explained)?.status).toBe("pass");
    expect(outcome(line, wedged)?.status).toBe("inconclusive");
    expect(outcome(line, alive)?.status).toBe("fail");
  });
});

test("the same run is said the same of after saving and loading half way", () => {
  const scenario = resolved(SOUND);
  const whole = new Interpreter(scenario, 7);
  let half = new Interpreter(scenario, 7);
  const run = new FakeRun();
  while (whole.stage !== "judged") {
    const nowNs = whole.nextAtNs();
    alive(run, nowNs / SECOND);
    whole.observe(run, nowNs);
    half.observe(run, nowNs);
    expect(half.takeActions()).toEqual(whole.takeActions());
    const next = new Interpreter(scenario, 7);
    next.load(half.save());
    half = next;
  }
  expect(half.result()).toEqual(whole.result());
});
