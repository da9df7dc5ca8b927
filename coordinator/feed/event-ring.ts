// Numbered news, the latest of them kept: who comes back with the number of the last one it has is told the rest.

import type { FeedEvent, FeedNews } from "#sim/index.ts";

/** A page that missed more is told everything anew. */
const KEPT = 500;

export class EventRing {
  readonly #kept: FeedEvent[] = [];
  #n = 0;

  /** Number of the last one; 0: there was none. */
  get n(): number {
    return this.#n;
  }

  add(news: FeedNews): FeedEvent {
    const event = { ...news, n: ++this.#n };
    this.#kept.push(event);
    if (this.#kept.length > KEPT) this.#kept.shift();
    return event;
  }

  /** All after a number, in order; null: some of them are not kept, or it is none of ours. */
  after(n: number): readonly FeedEvent[] | null {
    if (n > this.#n || n < this.#n - this.#kept.length) return null;
    return this.#kept.filter((event) => event.n > n);
  }
}
