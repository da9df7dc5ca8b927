// What a node says of its machine at one instant: plain data, so that it can cross any process boundary.
//
// Names of metrics are those of the scenario language (docs/reference/metrics.md). What is 0 is left out: most counters
// are, most of the time.

import type { MachineShot } from "./shot.ts";

export interface MachineSample {
  readonly host: string;
  readonly role: string;
  /** The machine's own time, in ns. */
  readonly atNs: number;
  /** Events since boot. */
  readonly events: number;
  /** Metrics of the machine, those that are 0 left out. */
  readonly values: Readonly<Record<string, number>>;
  /** Where it swaps to; null: nowhere. */
  readonly server: string | null;
  /** Every task that was started. */
  readonly tasks: readonly TaskSample[];
  /** Tasks that will start by themselves and have not yet. */
  readonly awaited: readonly { readonly name: string; readonly isEndless: boolean }[];
  readonly traffic: readonly TrafficSample[];
  readonly swapServer: ServerSample | null;
  /** What arrived from each peer. */
  readonly links: readonly LinkSample[];
  /** Events kept back while it is frozen. */
  readonly heldCount: number;
  /** Times it lost its power. */
  readonly deaths: number;
  /** What faults have put on its memory since boot. */
  readonly pressure: PressureSample;
  readonly largestArmedTimerNs: number;
  /** Completed service requests, completed swap-ins and finished processes. */
  readonly usefulProgress: number;
  /** What a person is shown of it. */
  readonly shot: MachineShot;
}

/** Without what a person is shown: what it is judged by. */
export type JudgedSample = Omit<MachineSample, "shot">;

/** Pages ever taken by the balloon, and written by hogs beside the workload. */
export interface PressureSample {
  readonly balloonPages: number;
  readonly hogPages: number;
}

/** Bucket of base/histogram.ts and its count; those that are 0 are left out. */
export type LatencyCounts = readonly (readonly [bucket: number, count: number])[];

export interface TaskSample {
  readonly name: string;
  readonly isEndless: boolean;
  readonly isFinished: boolean;
  readonly killed: number;
  readonly isIdle: boolean;
  readonly workingSetPages: number;
  readonly values: Readonly<Record<string, number>>;
  readonly latency: LatencyCounts;
}

export interface TrafficSample {
  readonly name: string;
  readonly isRunning: boolean;
  readonly starts: number;
  readonly stops: number;
  readonly changes: number;
  readonly values: Readonly<Record<string, number>>;
  readonly latency: LatencyCounts;
}

export interface ServerSample {
  readonly queue: number;
  readonly requests: number;
  readonly answered: number;
  readonly unheard: number;
  readonly strikes: Readonly<Record<string, number>>;
}

export interface LinkSample {
  readonly peer: string;
  readonly lostFrames: number;
  readonly heldFrames: number;
  readonly carriedFrames: number;
  readonly resetStreams: number;
}
