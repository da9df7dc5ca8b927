// What a program has got done: the numbers its progress is judged by. All instances of one name share one.

import { Histogram } from "#base/histogram.ts";

export class TaskStats {
  readonly name: string;
  /** Has no loops to finish. */
  readonly isEndless: boolean;
  /** One pass over its memory, in pages. */
  readonly workingSetPages: number;
  readonly instanceCount: number;
  /** Pages touched, populating included. */
  progressPages = 0;
  /** Pages touched after populating. */
  touchedPages = 0;
  /** Whole passes over its memory. */
  passes = 0;
  /** Faults that had to wait for swap. */
  swapins = 0;
  /** Requests answered. */
  requests = 0;
  /** Instances that came to their end. */
  finished = 0;
  /** Instances that were killed. */
  killed = 0;
  /** It waits for work that nobody sends. */
  isIdle = false;
  /** When it last got anything done, in ns. */
  progressAtNs = 0;
  /** From a request's arrival to its answer, in ns. */
  readonly latency = new Histogram();

  constructor(spec: {
    readonly name: string;
    readonly isEndless: boolean;
    readonly workingSetPages: number;
    readonly instanceCount: number;
  }) {
    this.name = spec.name;
    this.isEndless = spec.isEndless;
    this.workingSetPages = spec.workingSetPages;
    this.instanceCount = spec.instanceCount;
  }

  noteTouches(pages: number, nowNs: number, phase: "populate" | "run"): void {
    this.progressPages += pages;
    if (phase === "run") this.touchedPages += pages;
    this.progressAtNs = nowNs;
  }

  noteRequest(nowNs: number, latencyNs: number): void {
    this.requests++;
    this.progressAtNs = nowNs;
    this.latency.add(latencyNs);
  }

  save(): SavedStats {
    const {
      progressPages,
      touchedPages,
      passes,
      swapins,
      requests,
      finished,
      killed,
      isIdle,
      progressAtNs,
    } = this;
    return {
      progressPages,
      touchedPages,
      passes,
      swapins,
      requests,
      finished,
      killed,
      isIdle,
      progressAtNs,
      latency: this.latency.save(),
    };
  }

  load({ latency, ...rest }: SavedStats): void {
    Object.assign(this, rest);
    this.latency.load(latency);
  }
}

interface SavedStats {
  readonly progressPages: number;
  readonly touchedPages: number;
  readonly passes: number;
  readonly swapins: number;
  readonly requests: number;
  readonly finished: number;
  readonly killed: number;
  readonly isIdle: boolean;
  readonly progressAtNs: number;
  readonly latency: Float64Array;
}
