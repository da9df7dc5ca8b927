// `npm run parity:full`: every case of parity, some seeds each, on sockets and in virtual time, as a table: a case's row as soon
// as its runs are done. On stderr each run as it ends. `npm run parity:full -- RUNS SLOWDOWN BESIDE [SCENARIO[/VARIANT]...]`: 5 runs at 4,
// as many beside each other as there are processors, unless it says otherwise. A run that its host made late says so.

import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { PARITY_CASES, PARITY_SLOWDOWN, type ParityCase } from "../test/parity/cases.ts";
import { scenarioOf } from "../test/support/sockets.ts";

const [each = "5", slowdown = String(PARITY_SLOWDOWN), places, ...only] = process.argv.slice(2);
const RUNS = Number(each);
const BESIDE = Number(places ?? availableParallelism());
const cases = PARITY_CASES.filter(
  ({ scenario, variant }) =>
    only.length === 0 || only.includes(scenario) || only.includes(`${scenario}/${variant}`),
);

interface Said {
  readonly verdict: string;
  readonly why: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What one run came to. */
async function oneRun(
  { scenario, variant, settings }: ParityCase,
  seed: number,
  engine: readonly string[],
): Promise<Said> {
  const words = ["run", scenario, "--variant", variant, "--seed", String(seed)];
  const args = [...words, "--no-bundle", "--json", ...settings.flatMap((each) => ["--set", each])];
  const text = await new Promise<string>((resolve) => {
    execFile(
      "./unwedge",
      [...args, "--engine", ...engine],
      { maxBuffer: 1 << 28 },
      (error, out, err) =>
        resolve(out === "" ? JSON.stringify({ error: err || String(error) }) : out),
    );
  });
  const said: unknown = JSON.parse(text);
  if (!isRecord(said) || typeof said["verdict"] !== "string")
    return { verdict: "none", why: text.trim() };
  const { verdict, explanation } = said;
  const reasons = isRecord(explanation) ? explanation["text"] : [];
  const why = Array.isArray(reasons)
    ? reasons.filter((each) => /late|lost|never|no trace/.test(String(each)))
    : [];
  return { verdict, why: why.join("; ") };
}

type Engine = "virtual" | "sockets";

interface Row {
  readonly given: ParityCase;
  /** Verdicts that its check admits beside each other, as real kernels' outcomes varied. */
  readonly admitted: readonly string[];
  readonly virtual: string[];
  readonly sockets: string[];
}

interface Planned {
  readonly row: Row;
  readonly seed: number;
}

/** One run of a row, noted there; the row is printed when it has them all. */
async function add(row: Row, engine: Engine, seed: number): Promise<void> {
  const startMs = Date.now();
  const words = engine === "virtual" ? [engine] : [engine, "--slowdown", slowdown];
  const { verdict, why } = await oneRun(row.given, seed, words);
  const took = `${Math.round((Date.now() - startMs) / 1000)} s`;
  const doubt = verdict === "inconclusive" || verdict === "none" ? `: ${why}` : "";
  const what = `${titleOf(row.given)} seed ${seed} ${engine}`;
  process.stderr.write(`${what}: ${verdict} in ${took}${doubt}\n`);
  row[engine].push(verdict);
  if (row.virtual.length + row.sockets.length === 2 * RUNS) print(row);
}

let parted = 0;

function print({ given, admitted, virtual, sockets }: Row): void {
  const known = new Set([...virtual, ...admitted]);
  const agreeing = sockets.filter((verdict) => known.has(verdict)).length;
  if (agreeing < RUNS) parted++;
  const cells = [titleOf(given), tally(virtual), tally(sockets), `${agreeing} of ${RUNS}`];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const titleOf = ({ scenario, variant, settings }: ParityCase): string =>
  [scenario, variant, ...settings].join(" ");

const tally = (verdicts: readonly string[]): string =>
  [...new Set(verdicts)]
    .map((verdict) => `${verdict} ${verdicts.filter((each) => each === verdict).length}`)
    .join(", ");

const head = `| case | virtual time | sockets, slowdown ${slowdown} | agree |\n|---|---|---|---|`;
process.stdout.write(`${head}\n`);
const runs: readonly Planned[] = cases.flatMap((given) => {
  const scenario = scenarioOf(`scenarios/${given.scenario}.yaml`, given.variant, given.settings);
  const admitted = scenario.checks.flatMap((check) =>
    check.kind === "verdict" && check.verdicts.length > 1 ? check.verdicts : [],
  );
  const row: Row = { given, admitted, virtual: [], sockets: [] };
  return Array.from({ length: RUNS }, (_, nth) => ({ row, seed: scenario.seed + nth }));
});
// Virtual time takes all it can get of a processor, and would make those on sockets late.
await all("virtual");
await all("sockets");
process.exitCode = parted === 0 ? 0 : 3;

async function all(engine: Engine): Promise<void> {
  const next = runs.values();
  const worker = async (): Promise<void> => {
    for (const { row, seed } of next) await add(row, engine, seed);
  };
  await Promise.all(Array.from({ length: BESIDE }, worker));
}
