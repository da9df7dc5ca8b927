// What a run shows of itself to whoever judges it: the interface an engine implements (the simulator, the coordinator).
//
// The judge asks at each sampling step and never in between. All numbers are as of that step; counters and histograms are
// those since the start of the run, so the judge can take any window of them.

import type { FaultTarget, ReceiptCounter } from "#faults/index.ts";
import type { CompiledPath } from "./vocabulary.ts";

export interface Observation {
  /** A gauge or counter now, in the unit of its metric. */
  value(path: CompiledPath): number;
  /** Counts of a distribution since the start, in the buckets of base/histogram.ts. */
  histogram(path: CompiledPath): ArrayLike<number>;
  /** Every task of every machine that has been started, finished or not. */
  tasks(): readonly TaskView[];
  /** Tasks ended by the OOM killer, over all machines. */
  readonly oomKills: number;
  /** Pages read back from swap that were not what was written, over all machines. */
  readonly mismatches: number;
  /** Completed service requests, completed swap-ins and finished processes, over all machines. */
  readonly usefulProgress: number;
  /** The longest timer now armed in any machine or peer, from arming to due, in ns; 0: none is armed. */
  readonly largestArmedTimerNs: number;
  /** How often an effect of a fault was seen on a target. */
  receipt(counter: ReceiptCounter, target: FaultTarget): number;
  /** What the state of the machines proves by itself; null: nothing. Asked when nothing has moved for a while. */
  proof(): "certain" | null;
  /** The state but for clocks, counters and back-off: equal texts at two instants mean that the same goes on for ever. */
  fingerprint(): string;
  /** Cycles of waits, each in the words of the report; empty while nobody waits in a circle. */
  cycles(): readonly (readonly string[])[];
  /** Whether parties of these names wait for one another in this order, the last for the first. */
  hasCycle(names: readonly string[]): boolean;
}

export interface TaskView {
  readonly machine: string;
  readonly name: string;
  /** Has no loops to finish. */
  readonly isEndless: boolean;
  /** Nothing of it runs any more: it has done what it had to, or was killed. */
  readonly isFinished: boolean;
  /** Programs of it that were killed: by SIGBUS, for a page that cannot be read, or by the OOM killer. */
  readonly killed: number;
  /** It waits for work that nobody sends: a service whose queues are empty. Not held up by memory. */
  readonly isIdle: boolean;
  /** One pass of it is this many pages. */
  readonly workingSetPages: number;
  /** Pages touched since the start. */
  readonly progressPages: number;
}
