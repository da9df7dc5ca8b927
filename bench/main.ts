// `npm run bench`: everything that has a target, in one table. Figures only: it fails when a benchmark did not do its
// work, never because it was slow.

import { writeFileSync } from "node:fs";
import { EXIT, UnwedgeError } from "#base/error.ts";
import type { Benchmark } from "./benchmark.ts";
import { factsText, machineFacts } from "./facts.ts";
import { flood } from "./flood.ts";
import { machineMemory } from "./machine-memory.ts";
import { type Options, optionsOf, usage } from "./options.ts";
import { page } from "./page.ts";
import { pageMoved } from "./page-moved.ts";
import { isMet, type Row } from "./row.ts";
import { scenarioTime } from "./scenario-time.ts";
import { schedulers } from "./schedulers.ts";
import { serving } from "./serving.ts";
import { state } from "./state.ts";
import { swapServer } from "./swap-server.ts";
import { tableOf } from "./table.ts";
import { twinBenchmark } from "./twin-benchmark.ts";
import { Twins } from "./twins.ts";
import { workloads } from "./workloads/index.ts";

const benchmarks: readonly Benchmark[] = [
  ...workloads.map(twinBenchmark),
  schedulers,
  machineMemory,
  pageMoved,
  scenarioTime,
  swapServer,
  flood,
  serving,
  state,
  page,
];

async function run(options: Options): Promise<void> {
  const facts = machineFacts();
  const screen = options.json === "-" ? process.stderr : process.stdout;
  screen.write(`${factsText(facts)}\n\n`);
  const twins = facts.gcc === null ? null : new Twins();
  const tell = (what: string): void => {
    process.stderr.write(`measuring ${what}\n`);
  };
  const plan = { twins, tell, pairs: options.quick ? 3 : 9, shorterBy: options.quick ? 8 : 1 };
  try {
    const chosen = benchmarks.filter(({ name }) => options.names.includes(name));
    const rows: Row[] = [];
    for (const benchmark of chosen) {
      tell(benchmark.name);
      rows.push(...(await benchmark.run(plan)));
    }
    screen.write(`${tableOf(rows)}\n`);
    const judged = rows.map((row) => ({ ...row, met: isMet(row) }));
    const text = `${JSON.stringify({ facts, quick: options.quick, rows: judged }, null, 2)}\n`;
    if (options.json === "-") process.stdout.write(text);
    else if (options.json !== null) writeFileSync(options.json, text);
  } finally {
    twins?.close();
  }
}

try {
  const names = benchmarks.map(({ name }) => name);
  const options = optionsOf(process.argv.slice(2), names);
  if (options.help) process.stdout.write(`${usage}\nBenchmarks: ${names.join(", ")}\n`);
  else await run(options);
} catch (error) {
  if (!(error instanceof UnwedgeError)) throw error;
  process.stderr.write(`bench: ${error.message}\n${error.code === "usage" ? usage : ""}`);
  process.exitCode = error.code === "usage" ? EXIT.usage : error.exitCode;
}
