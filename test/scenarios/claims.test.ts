// The shipped table of claims with one seed of each case: what holds, what does not, and what nobody has tried.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { judgeClaim, readClaims } from "#coordinator/scenario/index.ts";
import { StudyPool } from "#coordinator/study/index.ts";

const path = "scenarios/claims/threads.yaml";
const read = readClaims(readFileSync(path, "utf8"), path);
const claims = read.ok ? read.claims : [];
const pool = new StudyPool({ threads: null });
afterAll(() => pool.close());

/** Judged with all their cases run. */
const judged = claims.filter(({ open }) => open === undefined);

const jobs = [
  ...new Map(
    judged
      .flatMap(({ cases }) => cases)
      .map(({ scenario, variant }) => {
        const file = `scenarios/${scenario}.yaml`;
        const text = readFileSync(file, "utf8");
        const job = { file, text, variant, policy: null, settings: [], seed: 2007 };
        return [`${scenario}/${variant}`, job] as const;
      }),
  ),
];

test("one seed of each", async () => {
  const runs = await pool.runAll(jobs.map(([, job]) => job));
  const results = new Map(jobs.map(([key], i) => [key, runs[i]?.result]));
  const holds = judged.map((claim) => {
    const { id, holds: answer } = judgeClaim(claim, ({ scenario, variant }) => {
      const run = results.get(`${scenario}/${variant}`);
      return run === undefined ? [] : [run];
    });
    return [id, answer];
  });
  expect(Object.fromEntries(holds)).toEqual({
    L1: "yes",
    L2: "yes",
    L3: "yes",
    P1: "no",
    P3: "yes",
    P4: "yes",
    S3: "yes",
    S5: "yes",
    Z1: "yes",
    Z2: "yes",
    Z4: "no",
    Z6: "no",
  });
});

test("every claim that is not judged says why", () => {
  const open = claims.filter((claim) => !judged.includes(claim));
  expect(open.length + judged.length).toBe(27);
  for (const { id, open: why = "" } of open) expect(why.length, id).toBeGreaterThan(10);
});
