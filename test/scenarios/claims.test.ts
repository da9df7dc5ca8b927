// The shipped table of claims: one seed of what each is about, held against the record of all of them.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { type ClaimCase, openScenario, readClaims } from "#coordinator/scenario/index.ts";
import { type StudyJob, StudyPool } from "#coordinator/study/index.ts";
import { recorded } from "#tools/book-museum.mjs";

const path = "scenarios/claims/threads.yaml";
const read = readClaims(readFileSync(path, "utf8"), path);
const claims = read.ok ? read.claims : [];
const pool = new StudyPool({ threads: null });
afterAll(() => pool.close());

/** Judged with all their cases run. */
const judged = claims.filter(({ open }) => open === undefined);

/** The first case of each, which its controls are controls of. */
const subjects = judged.flatMap(({ id, cases: [subject] }) =>
  subject === undefined ? [] : [{ id, subject }],
);

const jobOf = ({ scenario, variant }: ClaimCase): StudyJob => {
  const file = `scenarios/${scenario}.yaml`;
  const text = readFileSync(file, "utf8");
  const opened = openScenario(text, file);
  const resolved = opened.ok ? opened.scenario.resolve({ variant }) : opened;
  if (!resolved.ok || !("scenario" in resolved)) throw new Error(`${file} has mistakes`);
  return { file, text, variant, policy: null, settings: [], seed: resolved.scenario.seed };
};

test("the first seed of what each claim is about ends as the record says", async () => {
  expect(subjects).toHaveLength(judged.length);
  const record = new Map(recorded().map((each) => [each.id, each]));
  const runs = await pool.runAll(subjects.map(({ subject }) => jobOf(subject)));
  for (const [i, { id }] of subjects.entries()) {
    const verdicts = record.get(id)?.cases[0]?.verdicts.map(({ verdict }) => verdict);
    expect(verdicts, id).toContain(runs[i]?.result.verdict);
  }
});

test("what the record judges the table does not leave open, and the other way round", () => {
  const known = recorded().filter(({ holds }) => holds !== "open");
  expect(new Set(known.map(({ id }) => id))).toEqual(new Set(judged.map(({ id }) => id)));
});

test("every claim that is not judged says why", () => {
  const open = claims.filter((claim) => !judged.includes(claim));
  expect(open.length + judged.length).toBe(27);
  for (const { id, open: why = "" } of open) expect(why.length, id).toBeGreaterThan(10);
});
