// `npm run oracle [-- SEEDS]`: every row of the real kernels' table over many seeds, ours beside theirs, one line a row.
// It yields the CPU to whatever else runs; twenty seeds take a quarter of an hour or more.

import { setPriority } from "node:os";
import { runBatch } from "../support/batch.ts";
import { lineOf, type RunReport } from "../support/run-job.ts";
import { type OracleRow, ROWS } from "./rows.ts";

const FIRST_SEED = 101;

async function main(seedCount: number): Promise<void> {
  setPriority(10);
  let failures = 0;
  for (const row of ROWS) {
    const seeds = Array.from({ length: seedCount }, (_, i) => FIRST_SEED + i);
    const { scenario, variant } = row;
    const runs = await runBatch(seeds.map((seed) => ({ scenario, variant, seed })));
    process.stdout.write(`${lineOfRow(row, runs)}\n`);
    const failed = runs.filter(({ result }) => result.status !== "pass");
    for (const run of failed) process.stdout.write(`  ${lineOf(run)}\n`);
    failures += failed.length;
  }
  process.exitCode = failures === 0 ? 0 : 1;
}

function lineOfRow({ variant, real }: OracleRow, runs: readonly RunReport[]): string {
  const tally = new Map<string, number>();
  for (const { result } of runs) tally.set(result.verdict, (tally.get(result.verdict) ?? 0) + 1);
  const ours = [...tally].map(([verdict, count]) => `${verdict} ${count}`).join(", ");
  const span = (of: (run: RunReport) => number): string => {
    const values = runs.map(of);
    return `${Math.min(...values)}-${Math.max(...values)}`;
  };
  const counters = [
    `free ${span(({ atEndOf, atEnd }) => (atEndOf["flooded"] ?? atEnd).freePages)}`,
    `tossed ${span(({ atEnd }) => atEnd.tossed)}`,
    `refused ${span(({ atEnd }) => atEnd.refused)}`,
    `out ${span(({ atEnd }) => atEnd.swappedOutPages)}`,
    `pages/s ${span(({ result }) => result.pagesPerSec)}`,
  ].join(", ");
  return `${variant.padEnd(14)} real: ${real.padEnd(32)} ours of ${runs.length}: ${ours} (${counters})`;
}

await main(Number(process.argv[2] ?? 20));
