// The event queue beside other simulators' schedulers, where they are installed: SimPy's and ns-3's.
//
// SimPy's has a program here, the same hold model. ns-3's has none: no distribution at hand carries its libraries, so
// nobody could have run it; the anchor is 5.4 M/s, measured elsewhere.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark, Plan } from "./benchmark.ts";
import type { Row } from "./row.ts";
import { interleaved, summaryOf } from "./statistics.ts";

const SIMPY_RATIO = 10;
const oneSample = fileURLToPath(new URL("one-sample.ts", import.meta.url));
const simpyHold = fileURLToPath(new URL("python/simpy-hold.py", import.meta.url));
const OPS = 1_000_000;
/** SimPy does one for twenty of ours. */
const SIMPY_OPS = 100_000;

export const schedulers: Benchmark = {
  name: "schedulers",
  run: (plan) => [simpyRow(plan), ns3Row()],
};

function ns3Row(): Row {
  const isThere = spawnSync("pkg-config", ["--exists", "ns3-core"]).status === 0;
  const reason = isThere ? "installed, and no program for it is written" : "not installed";
  return { type: "skipped", name: "event-queue-ns3", what: "the same, beside ns-3", reason };
}

function simpyRow({ pairs, shorterBy }: Plan): Row {
  const name = "event-queue-simpy";
  const what = "event queue, 1 k pending, beside SimPy's";
  if (spawnSync("python3", ["-c", "import simpy"]).status !== 0)
    return { type: "skipped", name, what, reason: "not installed" };
  const samples = interleaved(
    pairs,
    () => oursPerUs(Math.floor(OPS / shorterBy)),
    () => simpyPerUs(Math.floor(SIMPY_OPS / shorterBy)),
  );
  return {
    type: "measured",
    name,
    what,
    unit: "M/s",
    ours: summaryOf(samples.map(([ours]) => ours)),
    peer: {
      name: "SimPy",
      theirs: summaryOf(samples.map(([, theirs]) => theirs)),
      ratio: summaryOf(samples.map(([ours, theirs]) => ours / theirs)),
    },
    target: { type: "ratio at least", value: SIMPY_RATIO },
  };
}

function oursPerUs(ops: number): number {
  const args = [...sourceFlags(), oneSample, "event-queue-1k", String(ops)];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return (ops * 1_000) / JSON.parse(stdout).cpuNs;
}

function simpyPerUs(ops: number): number {
  const { stdout } = spawnSync("python3", [simpyHold, String(ops)], { encoding: "utf8" });
  return (ops * 1_000) / Number(stdout);
}
