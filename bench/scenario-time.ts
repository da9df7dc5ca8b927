// A whole run as a person starts it: from the command to the verdict, in a process of its own.
//
// The first time is measured with an empty directory for temporary files, where the translated sources are kept on Node
// 20; the files themselves may be in the host's page cache.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT } from "#base/error.ts";
import type { Benchmark, Plan } from "./benchmark.ts";
import type { Row } from "./row.ts";
import { summaryOf } from "./statistics.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const command = ["unwedge", "run", "zijlstra-wedge", "--variant", "vanilla-2007", "--seed", "1"];
const FIRST_TARGET_S = 4;
const WARM_TARGET_S = 2;
const first = { name: "scenario-first", what: `${command.join(" ")}, the first time` };
const warm = { name: "scenario-warm", what: `${command.join(" ")}, again` };

export const scenarioTime: Benchmark = {
  name: "scenario",
  run: (plan) => {
    if (existsSync(join(root, "cli/run.ts"))) return rowsOf(plan);
    return skipped("cli/run.ts does not exist yet");
  },
};

function rowsOf({ pairs }: Plan): readonly Row[] {
  const directory = mkdtempSync(join(tmpdir(), "unwedge-bench-"));
  try {
    const runs = Array.from({ length: pairs + 1 }, () => runOnce(directory));
    const bad = runs.find(({ status }) => status !== EXIT.ok);
    if (bad !== undefined) return skipped(`exit status ${bad.status}: ${bad.complaint}`);
    const [firstS = 0, ...warmS] = runs.map(({ wallS }) => wallS);
    return [
      { ...first, ...timeRow([firstS], FIRST_TARGET_S) },
      { ...warm, ...timeRow(warmS, WARM_TARGET_S) },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function timeRow(wallS: readonly number[], targetS: number) {
  return {
    type: "measured",
    unit: "s",
    ours: summaryOf(wallS),
    peer: null,
    target: { type: "at most", value: targetS },
  } as const;
}

interface Run {
  readonly status: number;
  readonly wallS: number;
  /** First line that it wrote to standard error. */
  readonly complaint: string;
}

function runOnce(temporary: string): Run {
  const [program = "", ...args] = command;
  const startMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: temporary },
    encoding: "utf8",
    timeout: 120_000,
  });
  const wallS = (performance.now() - startMs) / 1_000;
  return { status: status ?? EXIT.wallLimit, wallS, complaint: stderr.split("\n", 1)[0] ?? "" };
}

function skipped(reason: string): readonly Row[] {
  return [first, warm].map((row) => ({ type: "skipped", ...row, reason }));
}
