// Pieces of saved state, each kept once however often it occurs: between two keyframes most of a machine's memory map has
// not changed. Of numbers wider than a byte all lowest bytes are given first, for the upper ones are mostly zero and then
// compress to nothing.

import { assert } from "#base/assert.ts";

interface Entry {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly hash: number;
  uses: number;
}

export class BlobPool {
  readonly #entries = new Map<number, Entry>();
  readonly #idsByHash = new Map<number, number[]>();
  #nextId = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** The number of these bytes, which are numbers of `width` bytes each. They are copied only when they are new. */
  put(bytes: Uint8Array, width: number): number {
    const hash = hashOf(bytes);
    const alike = this.#idsByHash.get(hash) ?? [];
    for (const id of alike) {
      const entry = this.#entries.get(id);
      if (entry?.width !== width || !isEqual(entry.bytes, bytes)) continue;
      entry.uses++;
      return id;
    }
    const id = this.#nextId++;
    this.#entries.set(id, { bytes: bytes.slice(), width, hash, uses: 1 });
    this.#idsByHash.set(hash, [...alike, id]);
    return id;
  }

  /** As they compress best: all lowest bytes of the numbers, then all next ones. */
  planesOf(id: number): Uint8Array {
    const entry = this.#entries.get(id);
    assert(entry !== undefined, "a piece is asked for while it is used");
    return apart(entry.bytes, entry.width);
  }

  /** One use less; without any it is forgotten. */
  release(id: number): void {
    const entry = this.#entries.get(id);
    assert(entry !== undefined, "a piece is released as often as it was put");
    if (--entry.uses > 0) return;
    this.#entries.delete(id);
    const alike = (this.#idsByHash.get(entry.hash) ?? []).filter((other) => other !== id);
    if (alike.length === 0) this.#idsByHash.delete(entry.hash);
    else this.#idsByHash.set(entry.hash, alike);
  }
}

function apart(bytes: Uint8Array, width: number): Uint8Array {
  if (width === 1) return bytes;
  const count = bytes.length / width;
  const planes = new Uint8Array(bytes.length);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < width; k++) planes[k * count + i] = bytes[i * width + k] ?? 0;
  return planes;
}

/** What was taken apart. */
export function together(planes: Uint8Array, width: number): Uint8Array {
  if (width === 1) return planes;
  const count = planes.length / width;
  const bytes = new Uint8Array(planes.length);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < width; k++) bytes[i * width + k] = planes[k * count + i] ?? 0;
  return bytes;
}

/** Word by word, for there are millions of them. */
function hashOf(bytes: Uint8Array): number {
  const words = bytes.length >>> 2;
  const whole =
    bytes.byteOffset % 4 === 0
      ? new Int32Array(bytes.buffer, bytes.byteOffset, words)
      : new Int32Array(bytes.slice(0, words * 4).buffer);
  let hash = 0x811c9dc5 ^ bytes.length;
  for (let i = 0; i < words; i++) {
    hash = Math.imul(hash ^ (whole[i] ?? 0), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  for (let i = words * 4; i < bytes.length; i++)
    hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
