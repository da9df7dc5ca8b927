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
  readClaims,
} from "#coordinator/scenario/index.ts";
import type { StudyRun } from "#coordinator/study/index.ts";
import { claimsText } from "./claims-text.ts";
import type { Io } from "./io.ts";
import { readScenario } from "./scenario-file.ts";
import { type Planned, type Runners, runPlanned } from "./study-runs.ts";

export interface ClaimsOptions extends Runners {
  /** Ids; none: all of them. */
  readonly ids: readonly string[];
  readonly seeds: number;
  /** Also the cases that take minutes each. */
  readonly full: boolean;
  readonly table: string;
  readonly json: boolean;
}

export async function claims(options: ClaimsOptions, io: Io): Promise<number> {
  const chosen = chooseClaims(options, io);
  const plan = planCases(chosen, options, io);
  const runs = await runPlanned(plan, options, io);
  const runsOf = (each: CaseName): readonly StudyRun[] => runs.get(keyOf(each)) ?? [];
  const results = chosen.map((claim) =>
    judgeClaim(claim, (each) => runsOf(each).map(({ result }) => result)),
  );
  io.out(
    options.json
      ? `${JSON.stringify(withProofs(results, runsOf), null, 2)}\n`
      : claimsText(results, options),
  );
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

type CaseName = Pick<ClaimCase, "scenario" | "variant">;

/** Each case with what its first wedge proves, as the page of all arguments shows it. */
const withProofs = (
  results: readonly ClaimResult[],
  runsOf: (each: CaseName) => readonly StudyRun[],
): readonly object[] =>
  results.map((claim) => ({
    ...claim,
    cases: claim.cases.map((each) => {
      const proven = runsOf(each).find(({ proof }) => proof !== null);
      const { proof = null, result } = proven ?? {};
      return { ...each, proof: proof && { seed: result?.seed, lines: proof } };
    }),
  }));

const keyOf = ({ scenario, variant }: CaseName): string => `${scenario}/${variant}`;

/** The runs of all cases, each variant and seed once; of a scenario in which nothing is drawn, one. */
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
    const { file, text, firstSeed, isDrawn } = opened;
    return Array.from({ length: isDrawn ? seeds : 1 }, (_, i) => ({
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
  /** Whether seeds differ: a scenario says with `runs: 1` that they do not. */
  readonly isDrawn: boolean;
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
  const { seed: firstSeed, runs } = resolved.scenario;
  return { file, text, variants: opened.scenario.variants, firstSeed, isDrawn: runs > 1 };
}

function checkVariant({ file, variants }: Opened, variant: string): void {
  if (variants.includes(variant)) return;
  throw new UnwedgeError(
    "invalidScenario",
    `${file}: a claim names the variant ${variant}; it has ${variants.join(", ")}`,
  );
}
