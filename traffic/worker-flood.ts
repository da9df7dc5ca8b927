// What a worker runs, whatever the protocol.

import type { Counts, WorkerTally } from "./tally.ts";

export interface WorkerFlood {
  /** So far; it grows while the flood runs. */
  readonly counts: Counts;
  /** Until the plan's time is over or `stopped` resolves; leaves no socket open. */
  run(stopped: Promise<void>): Promise<WorkerTally>;
}
