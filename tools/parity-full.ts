// `npm run parity:full`: every case of parity, some seeds each, on sockets and in virtual time, as a table. Says what it is
// at on stderr, for it takes minutes a case. `npm run parity:full -- RUNS SLOWDOWN [VARIANT...]`; 5 runs at 4 unless it says otherwise.

import { execFile } from "node:child_process";
import { PARITY_CASES, PARITY_SLOWDOWN, type ParityCase } from "../test/parity/cases.ts";

const [runs = "5", slowdown = String(PARITY_SLOWDOWN), ...only] = process.argv.slice(2);
const RUNS = Number(runs);
const cases = PARITY_CASES.filter(({ variant }) => only.length === 0 || only.includes(variant));

interface Said {
  readonly verdict: string;
  readonly why: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** What one run came to. */
async function oneRun(
  { scenario, variant, settings }: ParityCase,
  nth: number,
  engine: readonly string[],
): Promise<Said> {
  const seed = String(SEED + nth);
  const words = ["run", scenario, "--variant", variant, "--seed", seed, "--no-bundle", "--json"];
  const args = [...words, ...settings.flatMap((each) => ["--set", each]), "--engine", ...engine];
  const text = await new Promise<string>((resolve) => {
    execFile("./unwedge", args, { maxBuffer: 1 << 28 }, (error, out, err) =>
      resolve(out === "" ? JSON.stringify({ error: err || String(error) }) : out),
    );
  });
  const said: unknown = JSON.parse(text);
  if (!isRecord(said) || typeof said["verdict"] !== "string")
    return { verdict: "none", why: text.trim() };
  const { verdict, explanation } = said;
  const reasons = isRecord(explanation) ? explanation["text"] : [];
  const why = Array.isArray(reasons)
    ? reasons.filter((each) => /late|lost/.test(String(each)))
    : [];
  return { verdict, why: why.join("; ") };
}

/** The scenarios' own first seed. */
const SEED = 2007;

async function runsOf(given: ParityCase, engine: readonly string[]): Promise<string[]> {
  const verdicts: string[] = [];
  for (let nth = 0; nth < RUNS; nth++) {
    const startMs = Date.now();
    const { verdict, why } = await oneRun(given, nth, engine);
    const took = `${Math.round((Date.now() - startMs) / 1000)} s`;
    const doubt = verdict === "inconclusive" || verdict === "none" ? `: ${why}` : "";
    const where = `${given.scenario} ${titleOf(given)} seed ${SEED + nth} ${engine[0]}`;
    process.stderr.write(`${where}: ${verdict} in ${took}${doubt}\n`);
    verdicts.push(verdict);
  }
  return verdicts;
}

const titleOf = ({ variant, settings }: ParityCase): string => [variant, ...settings].join(" ");

const tally = (verdicts: readonly string[]): string =>
  [...new Set(verdicts)]
    .map((verdict) => `${verdict} ${verdicts.filter((each) => each === verdict).length}`)
    .join(", ");

let parted = 0;
const rows: string[] = [];
for (const [i, given] of cases.entries()) {
  process.stderr.write(`case ${i + 1} of ${cases.length}\n`);
  const virtual = await runsOf(given, ["virtual"]);
  const sockets = await runsOf(given, ["sockets", "--slowdown", slowdown]);
  const agreeing = sockets.filter((verdict) => virtual.includes(verdict)).length;
  if (agreeing < RUNS) parted++;
  rows.push(
    `| ${titleOf(given)} | ${tally(virtual)} | ${tally(sockets)} | ${agreeing} of ${RUNS} |`,
  );
}
const head = `| variant | virtual time | sockets, slowdown ${slowdown} | agree |\n|---|---|---|---|`;
process.stdout.write(`${[head, ...rows].join("\n")}\n`);
process.exitCode = parted === 0 ? 0 : 3;
