// What a swap server's store works on: so many requests at once, each for as long as the store's state says; more wait their
// turn.

import type { Random } from "#base/random.ts";
import { copyOfCommand, type NbdCommand, payloadBytesOf } from "#wire/nbd/command.ts";
import type { StoreState } from "../events.ts";
import { TIMER, type Timers } from "../sched/timers.ts";
import { fateOf, pipedUntilNs, type RequestFate } from "./request-fate.ts";

export interface Work {
  readonly sock: number;
  readonly command: NbdCommand;
}

/** Work that the store has begun, and what will become of it. */
export interface Begun extends Work {
  readonly fate: RequestFate;
}

export interface StoreQueueParts {
  readonly timers: Timers;
  readonly random: Random;
  readonly queueDepth: number;
}

export const copiesOf = <T extends Work>(works: readonly T[]): T[] =>
  works.map((work) => ({ ...work, command: copyOfCommand(work.command) }));

export class StoreQueue {
  readonly #parts: StoreQueueParts;
  readonly #state: () => StoreState;
  /** Called when the store is done with a request. */
  readonly #onDone: () => void;
  /** Requests the store works on, by the number their timer carries. */
  readonly #working = new Map<number, Begun>();
  #next = 0;
  /** Requests the store has not begun. */
  #waiting: Work[] = [];
  /** Requests the store is done with. */
  #done: Begun[] = [];
  /** Until when the store's pipe is busy. */
  #pipeUntilNs = 0;

  constructor(parts: StoreQueueParts, state: () => StoreState, onDone: () => void) {
    this.#parts = parts;
    this.#state = state;
    this.#onDone = onDone;
    parts.timers.on(TIMER.requestTimeout, (number) => this.#finish(number));
  }

  take(work: Work): void {
    this.#waiting.push(work);
    this.#begin();
  }

  /** The request that has been done longest; undefined when none is. */
  takeDone(): Begun | undefined {
    return this.#done.shift();
  }

  clear(): void {
    this.#working.clear();
    this.#waiting = [];
    this.#done = [];
  }

  #begin(): void {
    const { timers, random, queueDepth } = this.#parts;
    while (this.#working.size < queueDepth) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      const number = this.#next++;
      const fate = fateOf(this.#state(), work.command, random);
      this.#working.set(number, { ...work, fate });
      const startNs = Math.max(timers.nowNs, this.#pipeUntilNs);
      this.#pipeUntilNs = pipedUntilNs(this.#state(), payloadBytesOf(work.command), startNs);
      timers.set(this.#pipeUntilNs + fate.latencyNs, TIMER.requestTimeout, number);
    }
  }

  #finish(number: number): void {
    const work = this.#working.get(number);
    if (work === undefined) return;
    this.#working.delete(number);
    this.#done.push(work);
    this.#begin();
    this.#onDone();
  }

  save(): StoreQueueState {
    return {
      working: [...this.#working.keys()],
      works: copiesOf([...this.#working.values()]),
      next: this.#next,
      waiting: copiesOf(this.#waiting),
      done: copiesOf(this.#done),
      pipeUntilNs: this.#pipeUntilNs,
      random: this.#parts.random.save(),
    };
  }

  load(state: StoreQueueState): void {
    this.#working.clear();
    state.works.forEach((work, i) => {
      this.#working.set(state.working[i] ?? 0, work);
    });
    this.#next = state.next;
    this.#waiting = [...state.waiting];
    this.#done = [...state.done];
    this.#pipeUntilNs = state.pipeUntilNs;
    this.#parts.random.load(state.random);
  }
}

export interface StoreQueueState {
  /** Numbers of what the store works on, and the requests themselves. */
  readonly working: readonly number[];
  readonly works: readonly Begun[];
  readonly next: number;
  readonly waiting: readonly Work[];
  readonly done: readonly Begun[];
  readonly pipeUntilNs: number;
  readonly random: readonly [number, number];
}
