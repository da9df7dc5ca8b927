// The point of no return of the main scenario: found on forks, true of whole runs, and never after the proof.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { noReturn } from "#sim/index.ts";
import { FakeIo } from "../support/fake-io.ts";
import { resolve as resolveJob } from "../support/run-job.ts";

const STEP_NS = 100_000_000;
const FOR_NS = 15_000_000_000;

test("vanilla-2007: healed by then it comes back, a step later it does not, and no proof comes before", () => {
  const job = { scenario: "zijlstra-wedge", variant: "vanilla-2007", seed: 2007 };
  const resolve = (forNs: number | null) =>
    resolveJob({
      ...job,
      settings: forNs === null ? [] : [`timeline.c-away.for=${forNs / 1e6} ms`],
    });
  const fault = { id: "c-away", forNs: FOR_NS };
  const spec = { resolve, seed: job.seed, fault, stepNs: STEP_NS };
  const tried: number[] = [];
  const { last, first, ...found } = noReturn(spec, ({ afterNs }) => tried.push(afterNs));
  expect(found).toMatchObject({ verdict: "wedged", isRepeated: true, contradictionsNs: [] });
  expect([last?.isRescued, first?.isRescued]).toEqual([true, false]);
  const lastNs = last?.afterNs ?? Number.NaN;
  expect(first?.afterNs).toBe(lastNs + STEP_NS);
  expect(found.provenNs).toBeGreaterThan((found.openedNs ?? 0) + lastNs);
  expect(new Set(tried).size).toBe(tried.length);
  expect(tried).toContain(FOR_NS);
});

test("a run that comes back has none", async () => {
  const file = "test/fixtures/outage.yaml";
  const io = new FakeIo({ [file]: readFileSync(file, "utf8") });
  expect(await main(["no-return", file, "--variant", "swapnbd-v9"], io)).toBe(EXIT.inconclusive);
  expect(io.stdout).toContain("recovers: there is nothing to come back from\n");
});

test("a scenario without a fault that heals by itself is refused", async () => {
  const file = "test/fixtures/tiny.yaml";
  const io = new FakeIo({ [file]: readFileSync(file, "utf8") });
  expect(await main(["no-return", file], io)).toBe(EXIT.usage);
  expect(io.stderr).toContain("no fault of this scenario heals after a time of its own");
});
