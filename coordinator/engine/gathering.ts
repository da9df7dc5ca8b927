// Waits until every node of a run has said something new, so that each round of samples is looked at once, as one picture.
//
// What is said while a picture is looked at is kept for the next: whoever looks has the machines of one round, however long
// it takes to fetch what they prove.

import { assert } from "#base/assert.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Gathering<Said> {
  readonly #all: ReadonlySet<string>;
  readonly #missing: Set<string>;
  readonly #newest = new Map<string, Said>();
  #waiter: Waiter | null = null;
  /** Why there is no round any more; null: there is. */
  #failure: Error | null = null;

  constructor(names: readonly string[]) {
    this.#all = new Set(names);
    this.#missing = new Set(names);
  }

  hear(name: string, said: Said): void {
    assert(this.#all.has(name), "who is heard is of the run");
    this.#newest.set(name, said);
    this.#missing.delete(name);
    if (this.#missing.size === 0) this.#waiter?.resolve();
  }

  /** One of them will say nothing any more. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#waiter?.reject(error);
  }

  /** What was said so far is of no round: they have been told something since. */
  renew(): void {
    for (const name of this.#all) this.#missing.add(name);
  }

  /** What each said last, once all have been heard since there was a round. One waits at a time. */
  async round(): Promise<ReadonlyMap<string, Said>> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#missing.size > 0)
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    this.#waiter = null;
    // What has come while nobody read is newer: a proof takes its time, and messages wait behind it.
    await new Promise((turn) => setImmediate(turn));
    if (this.#failure !== null) throw this.#failure;
    this.renew();
    return new Map(this.#newest);
  }
}
