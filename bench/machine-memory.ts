// What the memory of one emulated machine of 2 GiB costs the host, and how long it takes to make.
//
// The host's bytes are those of array buffers: the lanes. Objects around them are a few KiB.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MIB } from "#base/units.ts";
import type { Benchmark, Plan } from "./benchmark.ts";
import type { Row } from "./row.ts";
import { summaryOf } from "./statistics.ts";
import { largeMemory } from "./workloads/machines.ts";

const BYTES_TARGET_MIB = 20;
const CREATION_TARGET_MS = 20;

export const machineMemory: Benchmark = { name: "machine-memory", run: rowsOf };

function rowsOf({ pairs }: Plan): readonly Row[] {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  largeMemory();
  const made = Array.from({ length: pairs }, () => measured(collect));
  return [
    {
      type: "measured",
      name: "machine-memory",
      what: "lanes of 524,288 frames, free lists and per-CPU lists included",
      unit: "MiB",
      ours: summaryOf(made.map(({ bytes }) => bytes / MIB)),
      peer: null,
      target: { type: "at most", value: BYTES_TARGET_MIB },
    },
    {
      type: "measured",
      name: "machine-creation",
      what: "wall time to make them, all pages on the free lists",
      unit: "ms",
      ours: summaryOf(made.map(({ wallMs }) => wallMs)),
      peer: null,
      target: { type: "at most", value: CREATION_TARGET_MS },
    },
  ];
}

function measured(collect: () => void): { readonly bytes: number; readonly wallMs: number } {
  collect();
  const bytesBefore = process.memoryUsage().arrayBuffers;
  const startMs = performance.now();
  const { frames } = largeMemory();
  const wallMs = performance.now() - startMs;
  const bytes = process.memoryUsage().arrayBuffers - bytesBefore;
  // The machine is used after it was measured, so it is alive while it is.
  return { bytes: frames.count > 0 ? bytes : 0, wallMs };
}
