// The same seed is the same run: in a process that has run others, twice in one process, and on another Node.

import { beforeAll, expect, test } from "vitest";
import { node24 } from "#tools/node24.mjs";
import { runBatch } from "../support/batch.ts";
import type { RunJob, RunReport } from "../support/run-job.ts";
import { LONG, scenarioNames, variantsOf } from "../support/shipped.ts";

// The first variant of each, and four of the main one; `npm run digests` takes every variant, three seeds and four Nodes.
const jobs: readonly RunJob[] = scenarioNames()
  .filter((name) => !LONG.has(name))
  .flatMap((scenario) =>
    variantsOf(scenario)
      .slice(0, scenario === "zijlstra-wedge" ? 4 : 1)
      .map((variant) => ({ scenario, variant, seed: 7 })),
  );
/** Each of them on this Node; the first variant of a scenario twice in one process. */
let reports: readonly RunReport[] = [];
beforeAll(async () => {
  reports = await runBatch(
    jobs.map((job, i) => ({ ...job, times: job.scenario === jobs[i - 1]?.scenario ? 1 : 2 })),
  );
});

const digestsOf = async (list: readonly RunJob[], node?: string): Promise<string[]> =>
  (await runBatch(list, node === undefined ? {} : { node })).map(({ digests }) =>
    digests.join(" "),
  );

test("every shipped scenario runs twice to one digest, without a clock or dice of the host", () => {
  expect(reports).toHaveLength(jobs.length);
  const twice = reports.filter(({ digests }) => digests.length === 2);
  expect(twice.map(({ job: { scenario } }) => scenario)).toEqual([
    ...new Set(jobs.map(({ scenario }) => scenario)),
  ]);
  for (const { digests, job } of twice) expect(new Set(digests).size, JSON.stringify(job)).toBe(1);
});

test("another seed is another run", async () => {
  const main = reports.filter(({ job }) => job.scenario === "zijlstra-wedge");
  const others = await digestsOf(
    main.map(({ job: { scenario, variant } }) => ({ scenario, variant, seed: 8 })),
  );
  expect(others).toHaveLength(4);
  expect(main.filter(({ digests }, i) => digests[0] === others[i])).toEqual([]);
});

const { path, reason } = node24();

test.skipIf(path === null)(
  `Node 24 gives each the digest of this Node${path === null ? `: ${reason}` : ""}`,
  async () => {
    expect(await digestsOf(jobs, path ?? undefined)).toEqual(
      reports.map(({ digests }) => digests[0]),
    );
  },
);
