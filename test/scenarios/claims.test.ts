// The shipped table of claims with one seed of each case: what holds, what does not, and what nobody has tried.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { judgeClaim, readClaims } from "#coordinator/scenario/index.ts";
import { StudyPool } from "#coordinator/study/index.ts";
import { recorded } from "#tools/book-museum.mjs";

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

test("one seed of each says what the record says", async () => {
  const runs = await pool.runAll(jobs.map(([, job]) => job));
  const results = new Map(jobs.map(([key], i) => [key, runs[i]?.result]));
  const holds = judged.map((claim) => {
    const { id, holds: answer } = judgeClaim(claim, ({ scenario, variant }) => {
      const run = results.get(`${scenario}/${variant}`);
      return run === undefined ? [] : [run];
    });
    return [id, answer];
  });
  const record = recorded().filter(({ holds: answer }) => answer !== "open");
  expect(Object.fromEntries(holds)).toEqual(
    Object.fromEntries(record.map(({ id, holds: answer }) => [id, answer])),
  );
});

test("every claim that is not judged says why", () => {
  const open = claims.filter((claim) => !judged.includes(claim));
  expect(open.length + judged.length).toBe(27);
  for (const { id, open: why = "" } of open) expect(why.length, id).toBeGreaterThan(10);
});
