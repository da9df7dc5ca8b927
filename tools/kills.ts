// `npm run kills [-- TIMES [SEED [VICTIM…]]]`: every process of a cluster, or those whose names begin so, is killed TIMES times (20),
// each at a random moment of a run. A line a kill on stderr, a table at the end, also when Ctrl-C ends it early; exit code 3 when something was not as it
// should be.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "#base/random.ts";
import { KillCluster } from "../test/support/kill-cluster.ts";
import { type KillTold, killTrial, PHASES, VICTIMS } from "../test/support/kill-trial.ts";

const [times = "20", seed = "2007", ...chosen] = process.argv.slice(2);
const dice = new Random(Number(seed));
/** The longest phase lasts so long. */
const MOMENT_MS_MAX = 900;

let isStopped = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    isStopped = true;
  });

const tally = (told: readonly KillTold[]): string =>
  [...new Set(told.map(({ verdict }) => verdict ?? "none"))]
    .map((each) => `${each} ${told.filter(({ verdict }) => (verdict ?? "none") === each).length}`)
    .join(", ");

const folder = mkdtempSync(join(tmpdir(), "unwedge-kills-"));
const cluster = await KillCluster.open(folder);
const rows: string[] = [];
let bad = 0;
try {
  for (const victim of VICTIMS) {
    if (chosen.length > 0 && !chosen.some((name) => victim.startsWith(name))) continue;
    const told: KillTold[] = [];
    for (let nth = 1; nth <= Number(times) && !isStopped; nth++) {
      const phase = PHASES[dice.below(PHASES.length)] ?? "outage";
      const trial = { victim, phase, afterMs: dice.below(MOMENT_MS_MAX) };
      const one = await killTrial(cluster, trial);
      told.push(one);
      const { complaints } = one;
      const what = complaints.length === 0 ? `${one.verdict}` : complaints.join("; ");
      process.stderr.write(
        `${victim} ${nth} of ${times}: ${phase} + ${trial.afterMs} ms: ${what}\n`,
      );
    }
    const sound = told.filter(({ complaints }) => complaints.length === 0).length;
    bad += told.length - sound;
    const late = told.filter(({ wasOver }) => wasOver).length;
    rows.push(`| ${victim} | ${tally(told)} | ${late} | ${sound} of ${told.length} |`);
  }
} finally {
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
}
const head = "| killed | verdicts of the runs | over before | as it should be |\n|---|---|---|---|";
process.stdout.write(`${[head, ...rows].join("\n")}\n`);
process.exitCode = bad === 0 ? 0 : 3;
