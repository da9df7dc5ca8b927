// `unwedge claims`: every argument of the table on trial. Runs what its cases name, each over the same number of seeds, and
// says of each claim whether it holds.
//
// Results go to stdout, a bar to stderr. A variant that several claims name is run once.

import { EXIT, UnwedgeError } from "#base/error.ts";
import {
  type Claim,
  type ClaimCase,
  type ClaimResult,
  diagnosticText,
  judgeClaim,
  openScenario,
  type RunResult,
  readClaims,
} from "#coordinator/scenario/index.ts";
import { type StudyJob, StudyPool } from "#coordinator/study/index.ts";
import { Bar } from "./bar.ts";
import { claimsText } from "./claims-text.ts";
import type { Io } from "./io.ts";
import { readScenario } from "./scenario-file.ts";

export interface ClaimsOptions {
  /** Ids; none: all of them. */
  readonly ids: readonly string[];
  readonly seeds: number;
  /** Also the cases that take minutes each. */
  readonly full: boolean;
  readonly threads: number | null;
  readonly table: string;
  readonly json: boolean;
}

export async function claims(options: ClaimsOptions, io: Io): Promise<number> {
  const chosen = chooseClaims(options, io);
  const plan = planCases(chosen, options, io);
  const runs = await runPlan(plan, options, io);
  const results = chosen.map((claim) => judgeClaim(claim, (each) => runs.get(keyOf(each)) ?? []));
  io.out(options.json ? `${JSON.stringify(results, null, 2)}\n` : claimsText(results, options));
  return exitOf(results);
}

/** A claim that does not hold is a finding and no failure; a table of which nothing could be judged is inconclusive. */
function exitOf(results: readonly ClaimResult[]): number {
  return results.every(({ holds }) => holds === "open") ? EXIT.inconclusive : EXIT.ok;
}

function chooseClaims({ ids, table }: ClaimsOptions, io: Io): Claim[] {
  const { file, text } = readScenario(table, io);
  const read = readClaims(text, file);
  if (!read.ok)
    throw new UnwedgeError("invalidScenario", read.diagnostics.map(diagnosticText).join("\n"));
  const unknown = ids.find((id) => read.claims.every((claim) => claim.id !== id));
  if (unknown !== undefined)
    throw new UnwedgeError(
      "usage",
      `--id ${unknown}: expected one of ${read.claims.map(({ id }) => id).join(", ")}`,
    );
  return read.claims.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

const keyOf = ({ scenario, variant }: ClaimCase): string => `${scenario}/${variant}`;

interface Planned {
  readonly key: string;
  readonly job: StudyJob;
}

/** The runs of all cases, each variant and seed once. */
function planCases(
  chosen: readonly Claim[],
  { seeds, full }: Pick<ClaimsOptions, "seeds" | "full">,
  io: Io,
): Planned[] {
  const cases = chosen.flatMap((claim) => claim.cases).filter((each) => full || each.full !== true);
  const unique = new Map(cases.map((each) => [keyOf(each), each]));
  const scenarios = new Map<string, Opened>();
  return [...unique].flatMap(([key, { scenario, variant }]) => {
    const opened = scenarios.get(scenario) ?? openShipped(scenario, io);
    scenarios.set(scenario, opened);
    checkVariant(opened, variant);
    const { file, text, firstSeed } = opened;
    return Array.from({ length: seeds }, (_, i) => ({
      key,
      job: { file, text, variant, policy: null, settings: [], seed: firstSeed + i },
    }));
  });
}

interface Opened {
  readonly file: string;
  readonly text: string;
  readonly variants: readonly string[];
  readonly firstSeed: number;
}

function openShipped(name: string, io: Io): Opened {
  const { file, text } = readScenario(name, io);
  const opened = openScenario(text, file);
  const resolved = opened.ok ? opened.scenario.resolve() : opened;
  if (!opened.ok || !resolved.ok) {
    const { diagnostics } = opened.ok && !resolved.ok ? resolved : { diagnostics: [] };
    const all = opened.ok ? diagnostics : opened.diagnostics;
    throw new UnwedgeError("invalidScenario", all.map(diagnosticText).join("\n"));
  }
  return { file, text, variants: opened.scenario.variants, firstSeed: resolved.scenario.seed };
}

function checkVariant({ file, variants }: Opened, variant: string): void {
  if (variants.includes(variant)) return;
  throw new UnwedgeError(
    "invalidScenario",
    `${file}: a claim names the variant ${variant}; it has ${variants.join(", ")}`,
  );
}

async function runPlan(
  plan: readonly Planned[],
  { threads }: Pick<ClaimsOptions, "threads">,
  io: Io,
): Promise<ReadonlyMap<string, readonly RunResult[]>> {
  const pool = new StudyPool({ threads });
  const bar = new Bar(io, plan.length);
  const stopped = { exitCode: 0 };
  const stopListening = io.onStop((exitCode) => {
    stopped.exitCode = exitCode;
    pool.stop();
  });
  const runs = new Map<string, RunResult[]>();
  try {
    const done = await pool.runAll(
      plan.map(({ job }) => job),
      (_, i) => bar.step(plan[i]?.key ?? ""),
    );
    for (const [i, { result }] of done.entries()) {
      const key = plan[i]?.key ?? "";
      runs.set(key, [...(runs.get(key) ?? []), result]);
    }
  } catch (error) {
    if (stopped.exitCode === 0) throw error;
    throw new UnwedgeError("interrupted", `interrupted after ${bar.done} of ${plan.length} runs`);
  } finally {
    stopListening();
    bar.clear();
    await pool.close();
  }
  return runs;
}
