// A trial holds a run against what must hold of every run; each thing that is looked for is found when it is planted, and what a swarm
// has found before stays mended.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { assert } from "#base/assert.ts";
import { toYaml } from "#coordinator/scenario/index.ts";
import { drawScenario, hunt, StudyPool, type Trial } from "#coordinator/study/index.ts";
import { runTrial, type TrialOptions } from "#coordinator/study/swarm/trial.ts";
import type { Machine } from "#kernel/index.ts";

const FOUND = "test/fixtures/swarm";
const SMALL = readFileSync(`${FOUND}/file-writes.yaml`, "utf8");

const tried = (text: string, options: TrialOptions = {}): Trial =>
  runTrial({ file: "swarm", text }, options);

test.each(readdirSync(FOUND))("%s, which a swarm found, breaks nothing any more", (file) => {
  const trial = tried(readFileSync(`${FOUND}/${file}`, "utf8"));
  expect([trial.breach, trial.refused]).toEqual([null, null]);
  expect(trial.judged).not.toBeNull();
});

test("a thread of the pool finds what is found here", async () => {
  const pool = new StudyPool({ threads: 1 });
  try {
    expect(await pool.try({ file: "swarm", text: SMALL })).toEqual(tried(SMALL));
  } finally {
    await pool.close();
  }
});

test("what is no scenario is refused and breaks nothing", () => {
  const trial = tried("schema: unwedge/v1");
  expect(trial.refused).toContain("nodes");
  expect(trial.breach).toBeNull();
});

/** Once for each machine, as soon as it has swapped out so many pages. */
function planted(spoil: (machine: Machine) => void, pages = 0): TrialOptions {
  const done = new Set<Machine>();
  return {
    meddle: (machine) => {
      if (done.has(machine) || machine.memory.parts.vmstat.counts.pswpout < pages) return;
      done.add(machine);
      spoil(machine);
    },
  };
}

test("a run that is another one the second time is found", () => {
  const trial = tried(
    SMALL,
    planted((machine) => machine.trace.event("power.change", machine.nowNs, 7)),
  );
  expect(trial.breach?.invariant).toBe("repeats");
});

test("a page that came back as another one is found at the end", () => {
  const page = { owner: 0, index: 0, version: 1 };
  const trial = tried(
    SMALL,
    planted(({ memory }) => memory.noteMismatch({ expected: page, found: page })),
  );
  expect(trial.breach?.invariant).toBe("integrity");
});

test("an assertion that fails is found, and its message kept", () => {
  const trial = tried(
    SMALL,
    planted(() => {
      throw new Error("assertion failed: planted\n  at nowhere");
    }),
  );
  expect(trial.breach).toEqual({ invariant: "crash", message: "assertion failed: planted" });
});

test("a fault planted in the counters is found in a large scenario, and made small", async () => {
  // Whoever has swapped out says that he holds a page more than he does.
  const options = (): TrialOptions =>
    planted(({ memory }) => {
      memory.isolatedPages++;
    }, 100);
  // The first of these whose machines swap that much: what a seed draws changes with what there is to draw.
  const drawn = [17, 18, 19, 20, 21, 22, 23].map((seed) => drawScenario(seed));
  const document = drawn.find((each) => tried(toYaml(each), options()).breach !== null);
  assert(document !== undefined, "one of them swaps");
  const { breach } = tried(toYaml(document), options());
  expect(breach).toMatchObject({
    invariant: "whole",
    message: expect.stringContaining("isolated pages"),
  });
  if (breach === null) return;
  const found = await hunt({
    ...{ document, breach, width: 1, triesMax: 150 },
    runAll: (jobs) => Promise.resolve(jobs.map(({ text }) => tried(text, options()))),
  });
  const text = toYaml(found.document);
  expect(found.breach.message).toContain("isolated pages");
  expect(text.length).toBeLessThan(toYaml(document).length / 2);
  expect(text).toContain("swap:");
  expect(text).not.toMatch(/\bfault:/);
  expect(text).not.toContain("traffic:");
  expect(tried(text, options()).breach?.invariant).toBe("whole");
});
