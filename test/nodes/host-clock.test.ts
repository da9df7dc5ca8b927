import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromMs } from "#base/units.ts";
import { HostClock } from "../../nodes/adapters/host-clock.ts";

/** The host's time goes on with its timers, and by `lyingMs` without them: nobody lets the process run. */
let lyingMs = 0;

beforeEach(() => {
  lyingMs = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 0 });
  vi.spyOn(process.hrtime, "bigint").mockImplementation(() => BigInt((Date.now() + lyingMs) * 1e6));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const clockOf = (slowdown: number): HostClock => new HostClock({ slowdown, budgetNs: fromMs(200) });

test.each([1, 3])(
  "with slowdown %d a machine that waits for nothing is never late on a host that lets it run",
  (slowdown) => {
    const clock = clockOf(slowdown);
    vi.advanceTimersByTime(10_000 * slowdown);
    expect(clock.lateness).toEqual({ wakes: 200, overBudget: 0, latestNs: 0, overBudgetNs: 0 });
    clock.close();
    expect(vi.getTimerCount()).toBe(0);
  },
);

test.each([
  ["once it is let run", () => vi.advanceTimersByTime(50)],
  ["if it is asked before its timers are called", () => undefined],
])(
  "a process that lay for a second while its machine waited for nothing says so, %s",
  (_, then) => {
    const clock = clockOf(1);
    lyingMs = 1_000;
    then();
    const { overBudget, latestNs } = clock.lateness;
    expect([overBudget, latestNs >= fromMs(950)]).toEqual([1, true]);
    clock.close();
  },
);
