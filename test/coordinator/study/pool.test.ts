// Runs of studies on threads: the same runs as on this one, in the order they were asked for.

import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { runStudyJob, StudyPool } from "#coordinator/study/index.ts";

const file = "test/fixtures/tiny.yaml";
const text = readFileSync(file, "utf8");
const jobOf = (seed: number) => ({ file, text, variant: null, policy: null, settings: [], seed });

const pool = { open: null as StudyPool | null };
afterEach(async () => {
  await pool.open?.close();
  pool.open = null;
});

const opened = (): StudyPool => {
  pool.open = new StudyPool({ threads: 2 });
  return pool.open;
};

test("each job gives the digest it gives here, whatever thread runs it", async () => {
  const jobs = [1, 2, 3].map(jobOf);
  const ended: number[] = [];
  const runs = await opened().runAll(jobs, (_, index) => ended.push(index));
  expect(runs.map(({ digest }) => digest)).toEqual(jobs.map((job) => runStudyJob(job).digest));
  expect(runs.map(({ result }) => result.seed)).toEqual([1, 2, 3]);
  expect(ended.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
});

test("patient jobs are begun when no other waits", async () => {
  pool.open = new StudyPool({ threads: 1 });
  const ended: string[] = [];
  const patient = pool.open.runAll(
    [1, 2, 3].map(jobOf),
    (_, i) => ended.push(`patient ${i}`),
    true,
  );
  const others = pool.open.runAll([jobOf(4), jobOf(5)], (_, i) => ended.push(`other ${i}`));
  await Promise.all([patient, others]);
  // The first had begun.
  expect(ended).toEqual(["patient 0", "other 0", "other 1", "patient 1", "patient 2"]);
});

test("a scenario that is wrong fails with what is wrong with it", async () => {
  const wrong = { ...jobOf(1), settings: ["nodes.A.policy=nobody"] };
  await expect(opened().runAll([wrong])).rejects.toThrow("nobody");
});

test("stopped, it begins nothing more", async () => {
  const jobs = Array.from({ length: 50 }, (_, i) => jobOf(i));
  const ended: number[] = [];
  const own = opened();
  const all = own.runAll(jobs, (_, index) => {
    ended.push(index);
    own.stop();
  });
  await expect(all).rejects.toThrow(/abort/i);
  expect(ended.length).toBeLessThan(50);
});
