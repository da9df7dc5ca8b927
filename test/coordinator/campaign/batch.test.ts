// What a campaign's results are found by: the same for the same run, another for anything that could change it.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { batchesOf, batchText } from "#coordinator/campaign/batch.ts";
import { coreHash } from "#coordinator/campaign/core.ts";
import type { StudyJob } from "#coordinator/study/index.ts";

const file = "test/fixtures/tiny.yaml";
const text = readFileSync(file, "utf8");
const jobOf = (seed: number, more: Partial<StudyJob> = {}): StudyJob => ({
  ...{ file, text, variant: null, policy: null, settings: [], seed },
  ...more,
});
const hashOf = (more: Partial<StudyJob> = {}, core = "core"): string =>
  batchesOf([jobOf(1, more)], core)[0]?.hashes[0] ?? "";

test("seeds of one cell go together, five at most, and each knows its place", () => {
  const other = { settings: ["nodes.A.run.hog.size=2 MiB"] };
  const seeds = [1, 2, 3, 4, 5, 6];
  const jobs = seeds.flatMap((seed) => [jobOf(seed), jobOf(seed, other)]);
  const batches = batchesOf(jobs, "core");
  expect(batches.map((batch) => [batch.seeds, batch.places])).toEqual([
    [
      [1, 2, 3, 4, 5],
      [0, 2, 4, 6, 8],
    ],
    [[6], [10]],
    [
      [1, 2, 3, 4, 5],
      [1, 3, 5, 7, 9],
    ],
    [[6], [11]],
  ]);
  expect(new Set(batches.map(({ id }) => id)).size).toBe(4);
  expect(new Set(batches.flatMap(({ hashes }) => hashes)).size).toBe(12);
  expect(batches.slice(2).map(batchText)).toEqual([
    "test/fixtures/tiny.yaml nodes.A.run.hog.size=2 MiB, seeds 1 to 5",
    "test/fixtures/tiny.yaml nodes.A.run.hog.size=2 MiB, seed 6",
  ]);
});

test("the same run has the same hash, however it is asked for", () => {
  const same: Partial<StudyJob>[] = [
    {},
    { variant: "fits" },
    { file: "elsewhere/tiny.yaml" },
    // More cells of a sweep, another comment.
    { text: text.replace("values: [2 MiB, 4 MiB]", "values: [2 MiB, 3 MiB, 4 MiB]") },
    { text: text.replace("# Small machines", "# Quite small machines") },
    { settings: ["nodes.A.run.hog.size=2 MiB", "nodes.A.run.hog.size=4 MiB"] },
  ];
  expect(new Set(same.map((more) => hashOf(more))).size).toBe(1);
});

test("whatever could change a run or what is said of it changes its hash", () => {
  const others: Partial<StudyJob>[] = [
    {},
    { seed: 2 },
    { variant: "too-large" },
    { policy: "swapnbd-v9" },
    { settings: ["nodes.A.run.hog.size=2 MiB"] },
    { settings: ["links.A<->C.latency=101 us"] },
    { text: text.replace("A/hog.progress > 0", "A/hog.progress > 1") },
    // Results name the lines of their checks.
    { text: `\n${text}` },
  ];
  expect(new Set(others.map((more) => hashOf(more))).size).toBe(others.length);
  expect(hashOf({}, "another core")).not.toBe(hashOf());
});

test("a scenario with a mistake is refused before anybody is asked to run it", () => {
  const wrong = jobOf(1, { settings: ["nodes.A.policy=nobody"] });
  expect(() => batchesOf([wrong], "core")).toThrow(/nodes.A.policy.*nobody/);
});

test("the core is another one when a source is, and no other when a text beside it is", () => {
  const root = mkdtempSync(join(tmpdir(), "unwedge-core-"));
  try {
    const folders = ["base", "wire", "kernel", "faults", "explain", "ports", "sim"];
    for (const folder of [...folders, "traffic", "coordinator"])
      cpSync(folder, join(root, folder), { recursive: true });
    expect(coreHash(root)).toBe(coreHash());
    writeFileSync(join(root, "kernel/README.md"), "another");
    expect(coreHash(root)).toBe(coreHash());
    const source = join(root, "kernel/index.ts");
    writeFileSync(source, `${readFileSync(source, "utf8")}\n`);
    expect(coreHash(root)).not.toBe(coreHash());
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
