// A store in memory, sparse: pieces of a MiB, made when first written to. The host gives a piece its pages as they are touched,
// so random pages of swap cost what they hold.
//
// Not modelled: a limit. Whoever offers an export larger than memory will see the host's answer.

import { MIB } from "#base/units.ts";
import { NBD_STATE_HOLE, NBD_STATE_ZERO } from "#wire/nbd/constants.ts";
import type { NbdExtent } from "#wire/nbd/frame.ts";
import type { ExtentsAsked, Store } from "./store.ts";

const PIECE_BYTES = MIB;
const HOLE = NBD_STATE_HOLE | NBD_STATE_ZERO;

/** What a piece that was never written reads as. Shared, and never written to. */
const ZEROES = new Uint8Array(PIECE_BYTES);

export class MemoryStore implements Store {
  readonly sizeBytes: number;
  #pieces: (Uint8Array | undefined)[] = [];

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
  }

  read(offsetBytes: number, lenBytes: number): readonly Uint8Array[] {
    const inPiece = offsetBytes % PIECE_BYTES;
    const index = (offsetBytes - inPiece) / PIECE_BYTES;
    if (inPiece + lenBytes <= PIECE_BYTES)
      return [(this.#pieces[index] ?? ZEROES).subarray(inPiece, inPiece + lenBytes)];
    return this.#readAcross(offsetBytes, lenBytes);
  }

  write(offsetBytes: number, data: readonly Uint8Array[]): void {
    let atBytes = offsetBytes;
    for (const slice of data) {
      this.#writeSlice(atBytes, slice);
      atBytes += slice.length;
    }
  }

  zero(offsetBytes: number, lenBytes: number): null {
    this.#eachPiece(offsetBytes, lenBytes, (index, from, to) => {
      if (from === 0 && to === PIECE_BYTES) this.#pieces[index] = undefined;
      else this.#pieces[index]?.fill(0, from, to);
    });
    return null;
  }

  trim(offsetBytes: number, lenBytes: number): void {
    this.zero(offsetBytes, lenBytes);
  }

  flush(): null {
    return null;
  }

  extents({ offsetBytes, lenBytes, extentsMax }: ExtentsAsked): readonly NbdExtent[] {
    const extents: { lenBytes: number; flags: number }[] = [];
    this.#eachPiece(offsetBytes, lenBytes, (index, from, to) => {
      const flags = this.#pieces[index] === undefined ? HOLE : 0;
      const last = extents.at(-1);
      if (last?.flags === flags) last.lenBytes += to - from;
      else if (extents.length <= extentsMax) extents.push({ lenBytes: to - from, flags });
    });
    return extents.slice(0, extentsMax);
  }

  forget(): void {
    this.#pieces = [];
  }

  close(): void {
    this.forget();
  }

  #readAcross(offsetBytes: number, lenBytes: number): readonly Uint8Array[] {
    const slices: Uint8Array[] = [];
    this.#eachPiece(offsetBytes, lenBytes, (index, from, to) => {
      slices.push((this.#pieces[index] ?? ZEROES).subarray(from, to));
    });
    return slices;
  }

  #writeSlice(offsetBytes: number, slice: Uint8Array): void {
    const inPiece = offsetBytes % PIECE_BYTES;
    if (inPiece + slice.length <= PIECE_BYTES) {
      this.#piece((offsetBytes - inPiece) / PIECE_BYTES).set(slice, inPiece);
      return;
    }
    const firstBytes = PIECE_BYTES - inPiece;
    this.#writeSlice(offsetBytes, slice.subarray(0, firstBytes));
    this.#writeSlice(offsetBytes + firstBytes, slice.subarray(firstBytes));
  }

  #piece(index: number): Uint8Array {
    this.#pieces[index] ??= new Uint8Array(PIECE_BYTES);
    return this.#pieces[index];
  }

  #eachPiece(
    offsetBytes: number,
    lenBytes: number,
    visit: (index: number, from: number, to: number) => void,
  ): void {
    const endBytes = offsetBytes + lenBytes;
    for (let atBytes = offsetBytes; atBytes < endBytes; ) {
      const from = atBytes % PIECE_BYTES;
      const to = Math.min(PIECE_BYTES, from + endBytes - atBytes);
      visit((atBytes - from) / PIECE_BYTES, from, to);
      atBytes += to - from;
    }
  }
}
