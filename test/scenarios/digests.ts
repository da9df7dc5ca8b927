// `npm run digests [-- --seeds N] [SCENARIO …]`: every variant of every shipped scenario under each promised Node; digests
// must be equal. Gorman's full-size test is left to the Node at hand. It takes hours of CPU for three seeds of everything.

import { parseArgs } from "node:util";
import { nodes } from "#tools/nodes.mjs";
import { runBatch } from "../support/batch.ts";
import { lineOf, type RunJob } from "../support/run-job.ts";
import { LONG, scenarioNames, variantsOf } from "../support/shipped.ts";

const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "3" } },
  allowPositionals: true,
});
const names =
  positionals.length > 0 ? positionals : scenarioNames().filter((name) => !LONG.has(name));
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => 7 + i);
const jobs: readonly RunJob[] = names.flatMap((scenario) =>
  variantsOf(scenario).flatMap((variant) => seeds.map((seed) => ({ scenario, variant, seed }))),
);
const digests = new Map<string, Set<string>>();
for (const { version, path, reason } of nodes()) {
  if (path === null) {
    process.stdout.write(`Node ${version}: not here: ${reason}\n`);
    process.exitCode = 1;
    continue;
  }
  const reports = await runBatch(jobs, path === process.execPath ? {} : { node: path });
  for (const report of reports) {
    const key = JSON.stringify(report.job);
    const known = digests.get(key) ?? new Set();
    for (const digest of report.digests) known.add(digest);
    digests.set(key, known);
    if (known.size > 1) process.stdout.write(`differs on ${version}: ${lineOf(report)}\n`);
  }
  process.stdout.write(`Node ${version}: ${reports.length} runs\n`);
}
const different = [...digests.values()].filter(({ size }) => size !== 1).length;
process.stdout.write(
  `${digests.size - different} of ${digests.size} runs have one digest everywhere\n`,
);
if (different > 0) process.exitCode = 1;
