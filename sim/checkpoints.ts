// The digest of a machine's events at every so many of them, so that two runs can be laid side by side long after both are
// over, wherever they part. There are never many: when there are, every second one is dropped.

import { RING_EVENTS, type Trace } from "#kernel/index.ts";

/** With one each RING_EVENTS events: four million events before any is dropped. */
const CHECKPOINTS_MAX = 1024;

/** Plain data. */
export interface CheckpointData {
  readonly everyEvents: number;
  /** After everyEvents events, twice as many, and so on. */
  readonly digests: readonly string[];
}

export class Checkpoints {
  readonly #max: number;
  #everyEvents = RING_EVENTS;
  #digests: string[] = [];

  constructor(max = CHECKPOINTS_MAX) {
    this.#max = max;
  }

  /** To be called at each multiple of RING_EVENTS. */
  note(trace: Trace): void {
    if (trace.count % this.#everyEvents !== 0) return;
    this.#digests.push(trace.digest.hex());
    if (this.#digests.length <= this.#max) return;
    this.#everyEvents *= 2;
    this.#digests = this.#digests.filter((_, i) => i % 2 === 1);
  }

  data(): CheckpointData {
    return { everyEvents: this.#everyEvents, digests: [...this.#digests] };
  }
}

/** The digest that was noted after `count` events; null: none was, or it was dropped. */
export function digestAfter(
  { everyEvents, digests }: CheckpointData,
  count: number,
): string | null {
  return count % everyEvents === 0 ? (digests[count / everyEvents - 1] ?? null) : null;
}
