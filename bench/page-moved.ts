// What the host pays for each page that a machine moves to or from swap: Gorman's test, small, patched kernel.
//
// Wall time, as the target says; it holds on a quiet machine only. Full size: npm run gorman.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark } from "./benchmark.ts";
import type { PaperLine } from "./paper-lines.ts";
import type { Row } from "./row.ts";
import { summaryOf } from "./statistics.ts";

const TARGET_US = 3;
const name = "page-moved";
const what = "gorman-4x, swapnbd-slub, 96 MiB and 2 CPUs: wall time for each page moved";
const variant = fileURLToPath(new URL("paper-variant.ts", import.meta.url));
const settings = ["nodes.A.memory.ram=96 MiB", "nodes.A.cpus=2"];

export const pageMoved: Benchmark = { name, run: () => [rowOf()] };

function rowOf(): Row {
  const args = [...sourceFlags(), variant, "swapnbd-slub", "2012", ...settings];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0)
    return { type: "skipped", name, what, reason: stderr.split("\n")[0] ?? "it did not run" };
  const { wallS, pagesIn, pagesOut }: PaperLine = JSON.parse(stdout);
  return {
    type: "measured",
    name,
    what,
    unit: "us",
    ours: summaryOf([(wallS * 1_000_000) / (pagesIn + pagesOut)]),
    peer: null,
    target: { type: "at most", value: TARGET_US },
  };
}
