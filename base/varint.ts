// Whole numbers in as few bytes as they need, seven bits to a byte, small ones of either sign in one: protocol buffers' sint64.

import { assert } from "./assert.ts";

const FIRST_BYTES = 256;

/** Twice as much is not exact any more. */
const LIMIT = 0x10_0000_0000_0000;

/** Grows as it is written to. */
export class VarintWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #len = 0;

  push(value: number): void {
    const isExact = Number.isInteger(value) && value > -LIMIT && value < LIMIT;
    assert(isExact, "a varint is an exact whole number");
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  #byte(byte: number): void {
    if (this.#len === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#len);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#len++] = byte;
  }

  /** What was written, as a copy. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#len);
  }
}

export class VarintReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** null: there are no more. */
  next(): number | null {
    let value = 0;
    for (let unit = 1; this.#at < this.#bytes.length; unit *= 0x80) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte % 0x80) * unit;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return null;
  }
}
