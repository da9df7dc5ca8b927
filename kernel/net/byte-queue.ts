// The bytes of one direction of a stream, from the first that its reader has not taken to the last that was handed over.
//
// Segments and socket queues speak of sequence numbers only; a byte is looked at when it is read. So nothing is copied on
// the way, and a retransmission costs the host nothing.

import { assert } from "#base/assert.ts";
import { Fifo } from "./fifo.ts";

export class ByteQueue {
  /** Sequence number of the first byte that is kept. */
  startSeq = 0;
  /** Sequence number after the last byte. */
  endSeq = 0;
  readonly #chunks = new Fifo<Uint8Array>();

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.endSeq += chunk.length;
  }

  /** Take the first `countBytes`, as slices. */
  take(countBytes: number): Uint8Array[] {
    assert(countBytes <= this.endSeq - this.startSeq, "only bytes that are there can be taken");
    const slices: Uint8Array[] = [];
    let restBytes = countBytes;
    while (restBytes > 0) {
      const chunk = this.#chunks.shift();
      assert(chunk !== undefined, "the chunks add up to the bytes");
      if (chunk.length > restBytes) {
        this.#chunks.unshift(chunk.subarray(restBytes));
        slices.push(chunk.subarray(0, restBytes));
        restBytes = 0;
      } else {
        slices.push(chunk);
        restBytes -= chunk.length;
      }
    }
    this.startSeq += countBytes;
    return slices;
  }

  /** Up to `countBytes` from `seq` on, as slices; they stay. None where its first byte is not kept any more. */
  peek(seq: number, countBytes: number): Uint8Array[] {
    const slices: Uint8Array[] = [];
    let atSeq = this.startSeq;
    for (let i = 0; i < this.#chunks.length && seq >= this.startSeq; i++) {
      const chunk = this.#chunks.at(i);
      if (chunk === undefined || atSeq >= seq + countBytes) break;
      const slice = chunk.subarray(Math.max(0, seq - atSeq), seq + countBytes - atSeq);
      if (slice.length > 0) slices.push(slice);
      atSeq += chunk.length;
    }
    return slices;
  }

  /** Forget the bytes from `seq` on. */
  truncate(seq: number): void {
    if (seq >= this.endSeq) return;
    const kept = this.take(Math.max(0, seq - this.startSeq));
    this.#chunks.clear();
    this.#chunks.fill(kept);
    this.startSeq = seq - kept.reduce((sum, chunk) => sum + chunk.length, 0);
    this.endSeq = seq;
  }

  save(): { readonly startSeq: number; readonly chunks: readonly Uint8Array[] } {
    return {
      startSeq: this.startSeq,
      // Nobody writes to bytes that were handed over, so they need no copy.
      chunks: this.#chunks.toArray(),
    };
  }

  load(state: ReturnType<ByteQueue["save"]>): void {
    this.startSeq = state.startSeq;
    this.endSeq = state.startSeq;
    this.#chunks.clear();
    for (const chunk of state.chunks) this.push(chunk);
  }
}
