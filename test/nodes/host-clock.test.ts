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

/** A clock of a machine that waits for nothing, and the times of its beats. */
function clockOf(slowdown: number): { readonly clock: HostClock; readonly beatsNs: number[] } {
  const beatsNs: number[] = [];
  const onBeat = (): void => {
    beatsNs.push(clock.nowNs());
  };
  const clock = new HostClock({ slowdown, budgetNs: fromMs(200), beatNs: fromMs(50), onBeat });
  return { clock, beatsNs };
}

test.each([1, 3])(
  "with slowdown %d it beats twenty times in a second of its machine, each beat once and in time",
  (slowdown) => {
    const { clock, beatsNs } = clockOf(slowdown);
    vi.advanceTimersByTime(1_000 * slowdown);
    expect(beatsNs).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) * fromMs(50)));
    expect(clock.lateness).toEqual({ wakes: 20, overBudget: 0, latestNs: 0, overBudgetNs: 0 });
    clock.close();
    vi.advanceTimersByTime(1_000);
    expect(beatsNs).toHaveLength(20);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test("a process that lay for a second while its machine waited for nothing says so at its next beat, and beats on", () => {
  const { clock, beatsNs } = clockOf(1);
  lyingMs = 1_000;
  vi.advanceTimersByTime(50);
  const { overBudget, latestNs } = clock.lateness;
  expect([beatsNs, overBudget, latestNs]).toEqual([[fromMs(1_050)], 1, fromMs(1_000)]);
  vi.advanceTimersByTime(100);
  expect(beatsNs.slice(1)).toEqual([fromMs(1_100), fromMs(1_150)]);
  expect(clock.lateness.overBudget).toBe(1);
  clock.close();
});
