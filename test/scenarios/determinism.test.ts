// The same seed is the same run: twice in one process, in a process of its own, and on another Node.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openScenario } from "#coordinator/scenario/index.ts";
import { node24 } from "#tools/node24.mjs";
import { runBatch } from "../support/batch.ts";
import type { RunJob } from "../support/run-job.ts";

const names = readdirSync("scenarios")
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length));

function variantsOf(name: string): readonly string[] {
  const path = `scenarios/${name}.yaml`;
  const opened = openScenario(readFileSync(path, "utf8"), path);
  if (!opened.ok) throw new Error(`${path} is not valid`);
  return opened.scenario.variants;
}

const jobs: readonly RunJob[] = names.flatMap((scenario) =>
  variantsOf(scenario).map((variant) => ({ scenario, variant, seed: 7 })),
);
const digestsOf = async (list: readonly RunJob[], node?: string): Promise<string[]> =>
  (await runBatch(list, node === undefined ? {} : { node })).map(({ digests }) =>
    digests.join(" "),
  );

test("every variant of every shipped scenario runs twice to one digest, without a clock or dice of the host", async () => {
  const reports = await runBatch(jobs.map((job) => ({ ...job, times: 2 })));
  expect(reports).toHaveLength(jobs.length);
  for (const { digests, job } of reports)
    expect(new Set(digests).size, JSON.stringify(job)).toBe(1);
});

test("another seed is another run", async () => {
  const main = jobs.filter(({ scenario }) => scenario === "zijlstra-wedge");
  const [one, other] = [
    await digestsOf(main),
    await digestsOf(main.map((job) => ({ ...job, seed: 8 }))),
  ];
  expect(one.filter((digest, i) => digest === other[i])).toEqual([]);
});

const { path, reason } = node24();

test.skipIf(path === null)(
  `Node 24 gives the digests of this Node${path === null ? `: ${reason}` : ""}`,
  async () => {
    expect(await digestsOf(jobs, path ?? undefined)).toEqual(await digestsOf(jobs));
  },
);
