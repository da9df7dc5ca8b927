// What one emulated machine of 2 GiB costs the host in bytes, and how long it takes to make: its memory alone (frames,
// free lists, per-CPU lists), and the whole machine.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { MIB } from "#base/units.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark, Plan } from "./benchmark.ts";
import { type Footprint, footprintsOf } from "./footprint.ts";
import type { Row } from "./row.ts";
import { summaryOf } from "./statistics.ts";
import { largeMemory } from "./workloads/machines.ts";

const BYTES_TARGET_MIB = 20;
const CREATION_TARGET_MS = 20;
const wholeMachine = fileURLToPath(new URL("whole-machine.ts", import.meta.url));

export const machineMemory: Benchmark = {
  name: "machine-memory",
  run: (plan) => [
    ...rowsOf("memory", "frames and allocator of 2 GiB", footprintsOf(largeMemory, plan.pairs)),
    ...wholeRows(plan),
  ],
};

function rowsOf(name: string, what: string, made: readonly Footprint[]): readonly Row[] {
  return [
    {
      type: "measured",
      name: `${name}-bytes`,
      what: `${what}: host memory that stays alive with it`,
      unit: "MiB",
      ours: summaryOf(made.map(({ bytes }) => bytes / MIB)),
      peer: null,
      target: { type: "at most", value: BYTES_TARGET_MIB },
    },
    {
      type: "measured",
      name: `${name}-creation`,
      what: `${what}: wall time to make it`,
      unit: "ms",
      ours: summaryOf(made.map(({ wallMs }) => wallMs)),
      peer: null,
      target: { type: "at most", value: CREATION_TARGET_MS },
    },
  ];
}

function wholeRows({ pairs }: Plan): readonly Row[] {
  const what = "a whole machine of 2 GiB";
  const args = [...sourceFlags(), wholeMachine, String(pairs)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status === 0) return rowsOf("machine", what, JSON.parse(stdout));
  const complaint = stderr.split("\n").find((line) => line.includes("Error"));
  const reason = `a whole machine cannot be made: ${complaint ?? `exit status ${status}`}`;
  return ["machine-bytes", "machine-creation"].map((name) => ({
    type: "skipped",
    name,
    what,
    reason,
  }));
}
