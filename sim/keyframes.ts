// Whole clusters kept on the way, so that an instant late in a run can be looked at without running up to it.
//
// One is taken when a phase begins, when the load has ended and the judge begins to watch, and at the end. Bounded: where
// there would be too many the oldest but one goes; and none is taken so soon after another that running there costs less.

import { BlobPool } from "./blob-pool.ts";
import { type Json, pack } from "./pack.ts";
import type { Run } from "./run.ts";

const KEYFRAMES_MAX = 8;

/** Running as many events takes less time than keeping the cluster. */
const EVENTS_APART_MIN = 5_000;

export interface KeyframePlace {
  readonly atNs: number;
  /** null: before the first. */
  readonly phase: string | null;
  readonly stage: string;
  /** Events of all machines so far. */
  readonly events: number;
}

export interface Keyframe extends KeyframePlace {
  readonly state: Json;
  /** Pieces of the pool that the state is made of, each once. */
  readonly pieces: readonly number[];
}

export class Keyframes {
  readonly pool = new BlobPool();
  #kept: { readonly keyframe: Keyframe; readonly uses: readonly number[] }[] = [];
  #phase: string | null = null;
  #stage = "running";

  /** In the order of time. */
  get all(): readonly Keyframe[] {
    return this.#kept.map(({ keyframe }) => keyframe);
  }

  /** To be called after every step. */
  observe(run: Run): void {
    const { world } = run;
    const { phase, stage } = run.interpreter;
    const isPhase = phase !== this.#phase;
    const isStage = stage !== this.#stage;
    this.#phase = phase;
    this.#stage = stage;
    const sinceEvents = world.eventCount - (this.#kept.at(-1)?.keyframe.events ?? 0);
    if ((isStage && stage === "settling") || (isPhase && sinceEvents >= EVENTS_APART_MIN))
      this.take(run);
  }

  /** Keeps the run as it is now, unless it is already. */
  take(run: Run): void {
    const { interpreter, world } = run;
    const events = world.eventCount;
    const last = this.#kept.at(-1)?.keyframe;
    if (last?.atNs === world.nowNs && last.events === events && last.stage === interpreter.stage)
      return;
    const uses: number[] = [];
    const state = pack(run.save(), this.pool, (id) => uses.push(id));
    const { phase, stage } = interpreter;
    const pieces = [...new Set(uses)];
    this.#kept.push({ keyframe: { atNs: world.nowNs, phase, stage, events, state, pieces }, uses });
    if (this.#kept.length > KEYFRAMES_MAX) this.#drop(1);
  }

  #drop(index: number): void {
    for (const { uses } of this.#kept.splice(index, 1))
      for (const id of uses) this.pool.release(id);
  }
}

/** Which are to be had first when there is not room for all: the end, the last change of phase before it, the earliest, … */
export function byWorth<T extends KeyframePlace>(keyframes: readonly T[]): T[] {
  const [end, before, ...others] = [...keyframes].reverse();
  return [end, before, ...others.reverse()].filter((keyframe) => keyframe !== undefined);
}
