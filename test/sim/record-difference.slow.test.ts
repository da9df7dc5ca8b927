// Where two runs part, told by what was written down of both: the event itself, or beyond the logs the block it is in.

import { describe, expect, test } from "vitest";
import { type MachineRecord, Recorder, recordDifference } from "#sim/index.ts";
import { outageRun, perturb } from "../support/bundle-fixtures.ts";

/** What a run of the fixture leaves; event `n` of A is told otherwise. */
function written(n: number | null, logEventsMax = 1_000_000): readonly MachineRecord[] {
  const run = outageRun();
  const recorder = new Recorder(run, { logEventsMax });
  if (n !== null) perturb(run.world.machine("A"), n);
  while (!run.isJudged) {
    run.step();
    recorder.observe();
  }
  const { machines } = recorder.recording();
  recorder.close();
  return machines;
}

const N = 5_000;
const asItWas = written(null);

test("of the same events nothing differs", () => {
  expect(recordDifference(asItWas, written(null))).toBeNull();
});

test("the first event that was told otherwise, with both sides", () => {
  const found = recordDifference(asItWas, written(N));
  expect(found).toMatchObject({ machine: "A", n: N, fromN: N, one: { n: N }, other: { n: N } });
  expect((found?.other?.b ?? 0) - (found?.one?.b ?? 0)).toBe(1);
});

describe("where a log was cut before it", () => {
  test("the block of digests it is in, whichever side was cut", () => {
    for (const sides of [
      [written(null, 100), written(N)],
      [asItWas, written(N, 100)],
    ] as const) {
      const found = recordDifference(...sides);
      expect(found).toMatchObject({ machine: "A", one: null, other: null });
      expect(found?.fromN).toBeLessThanOrEqual(N);
      expect(found?.n).toBeGreaterThanOrEqual(N);
      expect((found?.n ?? 0) - (found?.fromN ?? 0)).toBeLessThan(5_000);
    }
  });
});
