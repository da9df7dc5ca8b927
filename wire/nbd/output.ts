// Bytes a session wants sent: headers in slabs, payloads as the slices they came in.
//
// A slice of its own for each 16-byte header would cost more than the header. Headers are cut from a slab, and
// headers with no payload between them leave as one slice, so that a burst of replies is one buffer to the host.
// A slab's bytes are written once and never again: what was taken stays what it was.

import { assert } from "#base/assert.ts";
import { copyOf, viewOf } from "../bytes.ts";

/** Longest single piece: the answer that carries an export name of 4096 bytes; and half a thousand replies. */
const SLAB_BYTES = 8192;

/** Plain state of an NbdOutput: whole slices, the open run of headers, and how far the slab was used. */
export interface NbdOutputState {
  readonly slices: readonly Uint8Array[];
  readonly run: Uint8Array;
  readonly usedBytes: number;
}

export class NbdOutput {
  #slices: Uint8Array[] = [];
  #slab = new Uint8Array(SLAB_BYTES);
  #view = viewOf(this.#slab);
  /** Bytes of the slab that are written; `#runStartBytes` of them lie in slices already. */
  #usedBytes = 0;
  #runStartBytes = 0;

  /** The window that `reserve` places into. It changes with each `reserve`: ask after it. */
  get view(): DataView {
    return this.#view;
  }

  /** Room for `lenBytes` zero bytes at the end of the output; answers where in `view` they lie. */
  reserve(lenBytes: number): number {
    assert(lenBytes <= SLAB_BYTES, "a header fits a slab");
    if (this.#usedBytes + lenBytes > SLAB_BYTES) {
      this.#closeRun();
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#view = viewOf(this.#slab);
      this.#usedBytes = 0;
      this.#runStartBytes = 0;
    }
    const atBytes = this.#usedBytes;
    this.#usedBytes += lenBytes;
    return atBytes;
  }

  /** Append a copy of a few bytes. */
  write(bytes: Uint8Array): void {
    const atBytes = this.reserve(bytes.length);
    this.#slab.set(bytes, atBytes);
  }

  /** Append payload slices as they are. */
  append(slices: readonly Uint8Array[]): void {
    this.#closeRun();
    for (const slice of slices) {
      if (slice.length > 0) this.#slices.push(slice);
    }
  }

  /** Everything appended since the last call, in order. */
  take(): Uint8Array[] {
    this.#closeRun();
    const slices = this.#slices;
    this.#slices = [];
    return slices;
  }

  /** A copy of what was not taken. */
  save(): NbdOutputState {
    return {
      slices: this.#slices.map((slice) => copyOf(slice)),
      run: this.#slab.slice(this.#runStartBytes, this.#usedBytes),
      usedBytes: this.#usedBytes,
    };
  }

  /** Continue from `state`; slab boundaries fall where they would have fallen. */
  load(state: NbdOutputState): void {
    this.#slices = state.slices.map((slice) => copyOf(slice));
    this.#usedBytes = state.usedBytes;
    this.#runStartBytes = state.usedBytes - state.run.length;
    this.#slab = new Uint8Array(SLAB_BYTES);
    this.#slab.set(state.run, this.#runStartBytes);
    this.#view = viewOf(this.#slab);
  }

  #closeRun(): void {
    if (this.#usedBytes === this.#runStartBytes) return;
    this.#slices.push(this.#slab.subarray(this.#runStartBytes, this.#usedBytes));
    this.#runStartBytes = this.#usedBytes;
  }
}
