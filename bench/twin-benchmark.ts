// A workload beside its twin in C, pair by pair.
//
// Each sample is taken in a process of its own, ours like the twin's. Rates are by CPU time, which is steadier than wall
// time on a machine that others use too.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UnwedgeError } from "#base/error.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark, Plan } from "./benchmark.ts";
import type { Row } from "./row.ts";
import type { Sample } from "./sample.ts";
import { interleaved, summaryOf } from "./statistics.ts";
import type { Workload } from "./workloads/workload.ts";

/** Half the speed of C: what typed arrays reach with care, and what full-size runs need. */
const RATIO_TARGET = 0.5;
const oneSample = fileURLToPath(new URL("one-sample.ts", import.meta.url));

export function twinBenchmark(workload: Workload): Benchmark {
  return { name: workload.name, run: (plan) => [rowOf(workload, plan)] };
}

function rowOf(workload: Workload, { pairs, shorterBy, twins }: Plan): Row {
  const { name, what } = workload;
  if (twins === null) return { type: "skipped", name, what, reason: "no gcc to compile its twin" };
  const ops = Math.floor(workload.ops / shorterBy);
  const samples = interleaved(
    pairs,
    () => sampleInOwnProcess(name, ops),
    () => twins.run(workload, ops),
  );
  for (const [ours, theirs] of samples) mustAgree(name, ours, theirs);
  const rate = ({ cpuNs }: Sample): number => (ops * 1_000) / cpuNs;
  return {
    type: "measured",
    name,
    what,
    unit: "M/s",
    ours: summaryOf(samples.map(([ours]) => rate(ours))),
    peer: {
      name: "C -O2",
      theirs: summaryOf(samples.map(([, theirs]) => rate(theirs))),
      ratio: summaryOf(samples.map(([ours, theirs]) => rate(ours) / rate(theirs))),
    },
    target: { type: "ratio at least", value: RATIO_TARGET },
  };
}

function sampleInOwnProcess(name: string, ops: number): Sample {
  const args = [...sourceFlags(), oneSample, name, String(ops)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

/** A ratio of two programs that do different things says nothing. */
function mustAgree(name: string, ours: Sample, theirs: Sample): void {
  if (ours.checksum === theirs.checksum) return;
  const sums = `${ours.checksum} here, ${theirs.checksum} in C`;
  throw new UnwedgeError("failed", `${name} and its twin did different work: checksum ${sums}`);
}
