// What an object costs the host: bytes that stay alive with it, and the time to make it.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Footprint {
  /** Array buffers and heap that only the object keeps alive. */
  readonly bytes: number;
  readonly wallMs: number;
}

/** Make something `count` times, once more before that unmeasured. */
export function footprintsOf(make: () => object, count: number): Footprint[] {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  make();
  return Array.from({ length: count }, () => footprintOf(make, collect));
}

function footprintOf(make: () => object, collect: () => void): Footprint {
  collect();
  const bytesBefore = aliveBytes();
  const startMs = performance.now();
  const made = [make()];
  const wallMs = performance.now() - startMs;
  collect();
  const bytes = aliveBytes() - bytesBefore;
  // Until here it was needed, so it was not collected before it was weighed.
  made.pop();
  return { bytes, wallMs };
}

function aliveBytes(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
