// Waits until every node of a run has said something new, so that each round of samples is looked at once, as one picture.

import { assert } from "#base/assert.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Gathering {
  readonly #all: ReadonlySet<string>;
  readonly #missing: Set<string>;
  #waiter: Waiter | null = null;
  /** Why there is no round any more; null: there is. */
  #failure: Error | null = null;

  constructor(names: readonly string[]) {
    this.#all = new Set(names);
    this.#missing = new Set(names);
  }

  hear(name: string): void {
    assert(this.#all.has(name), "who is heard is of the run");
    this.#missing.delete(name);
    if (this.#missing.size === 0) this.#waiter?.resolve();
  }

  /** One of them will say nothing any more. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#waiter?.reject(error);
  }

  /** Resolves when all have been heard since it last did. One waits at a time. */
  async round(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#missing.size > 0)
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    this.#waiter = null;
    for (const name of this.#all) this.#missing.add(name);
  }
}
