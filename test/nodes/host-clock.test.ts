import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromMs } from "#base/units.ts";
import { HostClock } from "../../nodes/adapters/host-clock.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "hrtime"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([1, 3])(
  "with slowdown %d it beats twenty times in a second of its machine, each beat once",
  (slowdown) => {
    const clock = new HostClock({ slowdown, budgetNs: 0 });
    const beats: number[] = [];
    clock.beat(fromMs(50), () => beats.push(clock.nowNs()));
    vi.advanceTimersByTime(1_000 * slowdown);
    expect(beats.map((atNs) => Math.floor(atNs / fromMs(50)))).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    clock.close();
    vi.advanceTimersByTime(1_000);
    expect(beats).toHaveLength(20);
  },
);
