// One measurement: how long a pass took, and what it answered.

import type { Workload } from "./workloads/workload.ts";

export interface Sample {
  /** Of every answer of both passes, 0 ≤ checksum < 2^32. */
  readonly checksum: number;
  readonly wallNs: number;
  /** User and system time of the whole process, its compiler's and collector's threads included. */
  readonly cpuNs: number;
}

/** A fresh state, a pass to fill it, a pass that is timed. */
export function sampleOf(workload: Workload, ops: number): Sample {
  const pass = workload.begin();
  const warm = pass(workload.warmupOps, 0);
  const wallBefore = process.hrtime.bigint();
  const cpuBefore = process.cpuUsage();
  const checksum = pass(ops, warm) >>> 0;
  const cpu = process.cpuUsage(cpuBefore);
  const wallNs = Number(process.hrtime.bigint() - wallBefore);
  return { checksum, wallNs, cpuNs: (cpu.user + cpu.system) * 1_000 };
}
