// Bytes as a stream gave them: a first-in first-out queue of slices, taken again at the sizes a protocol wants.
//
// It exists so that a payload is never copied: a page of swap that arrived in three segments leaves as three
// slices of them. Copies happen in two places only: a header that straddles slices is gathered (a few bytes), and
// tiny slices are merged, so that a peer who sends byte by byte cannot make bookkeeping outweigh its data.
//
// Not modelled: a limit of its own. Who pushes knows what is too much (a head, a payload) and says so.

import { assert } from "#base/assert.ts";

/** Two neighbours of at most this many bytes become one slice: an object of V8 costs about as much. */
const MERGED_BYTES_MAX = 256;

/** Consumed entries at the front of the array are dropped once there are this many of them. */
const CONSUMED_SLICES_MAX = 64;

const NO_SLICES: readonly Uint8Array[] = [];
const NO_BYTES = new Uint8Array(0);

/** Plain state of a ByteQueue: what it still holds, with the slice boundaries. */
export type ByteQueueState = readonly Uint8Array[];

export class ByteQueue {
  /** Entries before `#first` are consumed; none is empty. */
  #slices: Uint8Array[] = [];
  #first = 0;
  /** Bytes of the head slice that are consumed; less than its length. */
  #headAtBytes = 0;
  #lenBytes = 0;
  /** Entries before this index belong to the queue; later ones are borrowed from whoever pushed them. */
  #ownedUntil = 0;

  /** Bytes held. */
  get lenBytes(): number {
    return this.#lenBytes;
  }

  /** Append `bytes`. They are kept, not copied: do not write to them before they are taken, or `detach` first. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#lenBytes += bytes.length;
    const lastIndex = this.#slices.length - 1;
    if (lastIndex >= this.#first && bytes.length <= MERGED_BYTES_MAX) {
      if (this.#mergeInto(lastIndex, bytes)) return;
    }
    this.#slices.push(bytes);
  }

  /** True when `lenBytes` bytes are held; they then lie in one slice, for the `u..At` readers. */
  gather(lenBytes: number): boolean {
    if (this.#lenBytes < lenBytes) return false;
    if (lenBytes === 0 || this.#slice(this.#first).length - this.#headAtBytes >= lenBytes) {
      return true;
    }
    this.#gatherSlow(lenBytes);
    return true;
  }

  /** The 16-bit big-endian number `atBytes` from the front; only inside what `gather` promised. */
  u16At(atBytes: number): number {
    const head = this.#slice(this.#first);
    const i = this.#headAtBytes + atBytes;
    return ((head[i] ?? 0) << 8) | (head[i + 1] ?? 0);
  }

  /** The 32-bit big-endian number `atBytes` from the front; only inside what `gather` promised. */
  u32At(atBytes: number): number {
    // A DataView would have to be made for each slice: in a request by itself that costs more than its reading.
    const head = this.#slice(this.#first);
    const i = this.#headAtBytes + atBytes;
    const high = ((head[i] ?? 0) << 8) | (head[i + 1] ?? 0);
    const low = ((head[i + 2] ?? 0) << 8) | (head[i + 3] ?? 0);
    return high * 0x1_0000 + low;
  }

  /** Remove `lenBytes` bytes; they must be there. */
  skip(lenBytes: number): void {
    assert(lenBytes <= this.#lenBytes, "no more is skipped than is held");
    this.#lenBytes -= lenBytes;
    let leftBytes = lenBytes;
    while (leftBytes > 0) {
      const roomBytes = this.#slice(this.#first).length - this.#headAtBytes;
      if (leftBytes < roomBytes) {
        this.#headAtBytes += leftBytes;
        return;
      }
      leftBytes -= roomBytes;
      this.#dropHead();
    }
  }

  /** Take exactly `lenBytes` bytes as the slices they came in. */
  takeSlices(lenBytes: number): readonly Uint8Array[] {
    assert(lenBytes <= this.#lenBytes, "no more is taken than is held");
    if (lenBytes === 0) return NO_SLICES;
    const slices: Uint8Array[] = [];
    let leftBytes = lenBytes;
    while (leftBytes > 0) {
      const part = this.takeFront(leftBytes);
      slices.push(part);
      leftBytes -= part.length;
    }
    return slices;
  }

  /** Take what the head slice has, at most `lenBytesMax` bytes; at least one byte must be held. */
  takeFront(lenBytesMax: number): Uint8Array {
    const head = this.#slice(this.#first);
    const fromBytes = this.#headAtBytes;
    const lenBytes = Math.min(lenBytesMax, head.length - fromBytes);
    this.skip(lenBytes);
    return head.subarray(fromBytes, fromBytes + lenBytes);
  }

  /** Take exactly `lenBytes` bytes as one slice; they must be there. */
  take(lenBytes: number): Uint8Array {
    assert(this.gather(lenBytes), "no more is taken than is held");
    return lenBytes === 0 ? NO_BYTES : this.takeFront(lenBytes);
  }

  /** Where `byte` is, counted from the front, at `fromBytes` (≥ 0) or later; −1 when it is not held. */
  indexOf(byte: number, fromBytes: number): number {
    let passedBytes = -this.#headAtBytes;
    for (let i = this.#first; i < this.#slices.length; i++) {
      const slice = this.#slice(i);
      const found = slice.indexOf(byte, Math.max(0, fromBytes - passedBytes));
      if (found >= 0) return passedBytes + found;
      passedBytes += slice.length;
    }
    return -1;
  }

  /** Forget everything held. */
  clear(): void {
    this.skip(this.#lenBytes);
  }

  /** Copy what is still borrowed, so that the caller may read into the same buffer again. */
  detach(): void {
    for (let i = Math.max(this.#first, this.#ownedUntil); i < this.#slices.length; i++) {
      const isHead = i === this.#first;
      this.#slices[i] = copyOf(this.#slice(i), isHead ? this.#headAtBytes : 0);
      if (isHead) this.#headAtBytes = 0;
    }
    this.#ownedUntil = this.#slices.length;
  }

  /** A copy of what is held. */
  save(): ByteQueueState {
    const held = this.#slices.slice(this.#first);
    return held.map((slice, i) => copyOf(slice, i === 0 ? this.#headAtBytes : 0));
  }

  /** Continue from `state`; only on a queue that was never pushed to. */
  load(state: ByteQueueState): void {
    assert(this.#slices.length === 0, "a queue is loaded while empty");
    this.#slices = state.map((slice) => copyOf(slice));
    this.#lenBytes = state.reduce((sumBytes, slice) => sumBytes + slice.length, 0);
    this.#ownedUntil = this.#slices.length;
  }

  #slice(index: number): Uint8Array {
    const slice = this.#slices[index];
    assert(slice !== undefined, "a held byte lies in a slice");
    return slice;
  }

  #dropHead(): void {
    // Not held on to: the host's read buffer would live on with it.
    this.#slices[this.#first] = NO_BYTES;
    this.#first++;
    this.#headAtBytes = 0;
    if (this.#first < Math.min(this.#slices.length, CONSUMED_SLICES_MAX)) return;
    // The usual case is one slice, taken whole: `pop` keeps the array's room, where a length of 0 would give it up.
    if (this.#slices.length === 1) this.#slices.pop();
    else this.#slices.splice(0, this.#first);
    this.#ownedUntil = Math.max(0, this.#ownedUntil - this.#first);
    this.#first = 0;
  }

  #mergeInto(index: number, bytes: Uint8Array): boolean {
    const fromBytes = index === this.#first ? this.#headAtBytes : 0;
    const last = this.#slice(index);
    if (last.length - fromBytes > MERGED_BYTES_MAX) return false;
    this.#slices[index] = concat(last.subarray(fromBytes), bytes);
    if (index === this.#first) this.#headAtBytes = 0;
    return true;
  }

  /** Put the front `lenBytes` bytes, which straddle slices, into a slice of their own. */
  #gatherSlow(lenBytes: number): void {
    const merged = new Uint8Array(lenBytes);
    let filledBytes = 0;
    while (filledBytes < lenBytes) {
      const head = this.#slice(this.#first);
      const part = head.subarray(this.#headAtBytes, this.#headAtBytes + lenBytes - filledBytes);
      merged.set(part, filledBytes);
      filledBytes += part.length;
      this.#headAtBytes += part.length;
      if (this.#headAtBytes < head.length) break;
      this.#first++;
      this.#headAtBytes = 0;
    }
    this.#putFront(merged);
  }

  /** At least one slice was used up whole, so there is a place before the head. */
  #putFront(merged: Uint8Array): void {
    if (this.#headAtBytes > 0) {
      this.#slices[this.#first] = this.#slice(this.#first).subarray(this.#headAtBytes);
    }
    assert(this.#first > 0, "gathering used up a slice");
    this.#first--;
    this.#slices[this.#first] = merged;
    this.#headAtBytes = 0;
  }
}

/** A big-endian window on `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Sum of the lengths, in bytes. */
export function lenBytesOf(slices: readonly Uint8Array[]): number {
  let sumBytes = 0;
  for (const slice of slices) sumBytes += slice.length;
  return sumBytes;
}

/** The slices as one. Pieces of one page lie one behind the other in its memory still: those are not copied. */
export function joined(slices: readonly Uint8Array[]): Uint8Array {
  const [first] = slices;
  if (first === undefined) return NO_BYTES;
  if (slices.length === 1) return first;
  const lenBytes = lenBytesOf(slices);
  if (areNeighbours(slices)) return new Uint8Array(first.buffer, first.byteOffset, lenBytes);
  const whole = new Uint8Array(lenBytes);
  let atBytes = 0;
  for (const slice of slices) {
    whole.set(slice, atBytes);
    atBytes += slice.length;
  }
  return whole;
}

/** Whether each slice begins where the one before it ends. */
function areNeighbours(slices: readonly Uint8Array[]): boolean {
  const buffer = slices[0]?.buffer;
  let atBytes = slices[0]?.byteOffset ?? 0;
  for (const slice of slices) {
    if (slice.buffer !== buffer || slice.byteOffset !== atBytes) return false;
    atBytes += slice.length;
  }
  return true;
}

/** The bytes from `fromBytes` on, in new memory. Not `slice`: Node's Buffer is a Uint8Array whose slice is a view. */
export function copyOf(bytes: Uint8Array, fromBytes = 0): Uint8Array {
  return new Uint8Array(bytes.subarray(fromBytes));
}

/** Both, one after the other, in new memory. */
export function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

/** The same bytes in the same order. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

/** UTF-8; a lone surrogate becomes U+FFFD, as TextEncoder (which pure code has not) would do. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    pushUtf8(bytes, 0xd800 <= codePoint && codePoint <= 0xdfff ? 0xfffd : codePoint);
  }
  return Uint8Array.from(bytes);
}

function pushUtf8(bytes: number[], codePoint: number): void {
  const tail = 0x80 | (codePoint & 0x3f);
  if (codePoint < 0x80) bytes.push(codePoint);
  else if (codePoint < 0x800) bytes.push(0xc0 | (codePoint >> 6), tail);
  else if (codePoint < 0x10000) {
    bytes.push(0xe0 | (codePoint >> 12), 0x80 | ((codePoint >> 6) & 0x3f), tail);
  } else {
    const second = 0x80 | ((codePoint >> 12) & 0x3f);
    bytes.push(0xf0 | (codePoint >> 18), second, 0x80 | ((codePoint >> 6) & 0x3f), tail);
  }
}
