// A first-in first-out queue on a growing ring: what lanes, rings and socket queues are made of.
//
// Array.shift moves every element that is left; with hundreds of segments in a queue that would be most of the work.

import { assert } from "#base/assert.ts";

export class Fifo<T> {
  #items: (T | undefined)[] = new Array<T | undefined>(8).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  /** Put `item` before all others. */
  unshift(item: T): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#length++;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  pop(): T | undefined {
    if (this.#length === 0) return undefined;
    const at = (this.#head + --this.#length) & (this.#items.length - 1);
    const item = this.#items[at];
    this.#items[at] = undefined;
    return item;
  }

  /** The `index`th from the head. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#items[(this.#head + index) & (this.#items.length - 1)];
  }

  get first(): T | undefined {
    return this.at(0);
  }

  get last(): T | undefined {
    return this.at(this.#length - 1);
  }

  clear(): void {
    while (this.#length > 0) this.pop();
  }

  toArray(): T[] {
    const items: T[] = [];
    for (let i = 0; i < this.#length; i++) {
      const item = this.at(i);
      assert(item !== undefined, "a queue has no holes");
      items.push(item);
    }
    return items;
  }

  /** Become a queue of exactly these. */
  fill(items: readonly T[]): void {
    this.clear();
    for (const item of items) this.push(item);
  }

  #grow(): void {
    const items = this.#items;
    const grown: (T | undefined)[] = new Array<T | undefined>(items.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) grown[i] = items[(this.#head + i) & (items.length - 1)];
    this.#items = grown;
    this.#head = 0;
  }
}
