// `npm run gorman [-- --ram SIZE] [--cpus N] [--seed N]`: Gorman's test, every variant of scenarios/gorman-4x.yaml, in the
// layout of his mail, the mail's own figures beside ours. Full size unless told otherwise.
//
// Each variant runs in a process of its own, for its memory's sake, and its line comes when it is done. Nothing is judged:
// the verdicts are the scenario's checks, the ratio is set beside 1.41 and no constant is there to make it so.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sourceFlags } from "#tools/source-flags.mjs";
import { lineOf, type PaperLine, ratioText, VARIANTS } from "./paper-lines.ts";

const oneVariant = fileURLToPath(new URL("paper-variant.ts", import.meta.url));

function runVariant(variant: string, seed: string, settings: readonly string[]): PaperLine | null {
  const args = [...sourceFlags(), oneVariant, variant, seed, ...settings];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status === 0) return JSON.parse(stdout);
  process.stderr.write(`${variant}: ${stderr}\n`);
  process.exitCode = 1;
  return null;
}

const { values } = parseArgs({
  options: {
    ram: { type: "string" },
    cpus: { type: "string" },
    seed: { type: "string", default: "2012" },
  },
});
const settings = [
  ...(values.ram === undefined ? [] : [`nodes.A.memory.ram=${values.ram}`]),
  ...(values.cpus === undefined ? [] : [`nodes.A.cpus=${values.cpus}`]),
];
const lines: PaperLine[] = [];
for (const variant of VARIANTS) {
  const line = runVariant(variant, values.seed, settings);
  if (line === null) continue;
  lines.push(line);
  process.stdout.write(`${lineOf(line)}\n`);
}
process.stdout.write(`\n${ratioText(lines)}\n`);
