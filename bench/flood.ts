// The flood of real sockets: messages of 256 bytes from one worker to one receiver, as many as go. Pairs of runs by turns.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UnwedgeError } from "#base/error.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark, Plan } from "./benchmark.ts";
import type { Row } from "./row.ts";
import { summaryOf } from "./statistics.ts";

const floodRun = fileURLToPath(new URL("flood-run.ts", import.meta.url));
const FOR_MS = 2000;

interface Way {
  readonly connections: number;
  readonly batch: number;
  readonly pool: "piscina" | "raw";
}
const usual: Way = { connections: 100, batch: 256, pool: "piscina" };

export const flood: Benchmark = {
  name: "flood",
  run: (plan) => [
    rowOf(plan, {
      name: "flood-batches",
      what: "messages of 256 B, 256 put together before and written at once, beside a write for each",
      ours: usual,
      theirs: { ...usual, batch: 1 },
      peer: "write each",
      target: 10,
    }),
    rowOf(plan, {
      name: "flood-connections",
      what: "the same over 1000 connections, beside 100",
      ours: { ...usual, connections: 1000 },
      theirs: usual,
      peer: "100 of them",
      target: 0.5,
    }),
    rowOf(plan, {
      name: "flood-pool",
      what: "the same by piscina, beside the same worker as a bare thread",
      ours: usual,
      theirs: { ...usual, pool: "raw" },
      peer: "bare thread",
      target: 0.95,
    }),
  ],
};

function rowOf(
  { pairs, shorterBy }: Plan,
  spec: {
    readonly name: string;
    readonly what: string;
    readonly ours: Way;
    readonly theirs: Way;
    readonly peer: string;
    readonly target: number;
  },
): Row {
  const forMs = Math.max(300, FOR_MS / shorterBy);
  const measured = Array.from({ length: pairs }, () => {
    const [ours, theirs] = [runOnce(spec.ours, forMs), runOnce(spec.theirs, forMs)];
    return { ours, theirs, ratio: ours / theirs };
  });
  return {
    type: "measured",
    name: spec.name,
    what: spec.what,
    unit: "M/s",
    ours: summaryOf(measured.map(({ ours }) => ours)),
    peer: {
      name: spec.peer,
      theirs: summaryOf(measured.map(({ theirs }) => theirs)),
      ratio: summaryOf(measured.map(({ ratio }) => ratio)),
    },
    target: { type: "ratio at least", value: spec.target },
  };
}

/** Millions of messages a second that arrived. */
function runOnce({ connections, batch, pool }: Way, forMs: number): number {
  const args = [floodRun, connections, batch, pool, forMs].map(String);
  const { status, stdout, stderr } = spawnSync(process.execPath, [...sourceFlags(), ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  const rate = Number(stdout);
  if (status !== 0 || !(rate > 0))
    throw new UnwedgeError("failed", `flood: ${stderr.split("\n", 1)[0] ?? `exit ${status}`}`);
  return rate;
}
