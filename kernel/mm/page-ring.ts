// A short list of pages with two ends: the newest is taken first, the oldest given back first.
//
// A ring of numbers instead of links through the frames: taking and putting a page touch one word each.

import { assert } from "#base/assert.ts";

export class PageRing {
  #slots = new Int32Array(16);
  /** Entries it has room for, less 1. */
  mask = 15;
  /** Where the next newest entry goes, and where the oldest is; 0 ≤ top − bottom ≤ mask + 1. */
  top = 0;
  bottom = 0;

  get length(): number {
    return this.top - this.bottom;
  }

  pushNewest(entry: number): void {
    if (this.top - this.bottom > this.mask) this.#grow();
    this.#slots[this.top++ & this.mask] = entry;
  }

  pushOldest(entry: number): void {
    if (this.top - this.bottom > this.mask) this.#grow();
    this.#slots[--this.bottom & this.mask] = entry;
  }

  /** The newest entry; the ring must not be empty. */
  popNewest(): number {
    return this.#slots[--this.top & this.mask] ?? 0;
  }

  /** The oldest entry; the ring must not be empty. */
  popOldest(): number {
    return this.#slots[this.bottom++ & this.mask] ?? 0;
  }

  /** Entries, oldest first. */
  save(): Int32Array {
    const entries = new Int32Array(this.length);
    for (let i = 0; i < entries.length; i++)
      entries[i] = this.#slots[(this.bottom + i) & this.mask] ?? 0;
    return entries;
  }

  load(entries: Int32Array): void {
    this.top = 0;
    this.bottom = 0;
    for (const entry of entries) this.pushNewest(entry);
    assert(this.length === entries.length, "all entries are loaded");
  }

  #grow(): void {
    const entries = this.save();
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#slots.set(entries);
    this.mask = this.#slots.length - 1;
    this.bottom = 0;
    this.top = entries.length;
  }
}
