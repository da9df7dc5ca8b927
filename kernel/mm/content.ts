// What a page holds: 4 KiB of bytes that follow from whose page it is, which one, and how often it was written.
//
// A machine keeps a page's version, not its bytes; the bytes are made when the page is sent out and compared when it comes
// back. A swap server that returns another page, an older one or a torn one is found out at once. The first three words
// say in clear whose page it is, so that a person who looks at the wire can read them.
//
// Not modelled: partial pages, compression, pages that happen to be equal.

import { PAGE_BYTES } from "#base/units.ts";

const WORDS = PAGE_BYTES / 4;

/** What a page is a page of. */
export interface PageIdentity {
  /** Address space or file. */
  readonly owner: number;
  /** Which page of it. */
  readonly index: number;
  /** How often it was written; 0 is a page of zeros that nobody wrote. */
  readonly version: number;
}

function seedOf(owner: number, index: number, version: number): number {
  let h = Math.imul(owner + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae3d) ^ Math.imul(version + 1, 0x27d4eb2f);
  return h ^ (h >>> 13);
}

/** The bytes of a page, fresh. */
export function bytesOf(owner: number, index: number, version: number): Uint8Array {
  const words = new Uint32Array(WORDS);
  let x = seedOf(owner, index, version);
  words[0] = owner;
  words[1] = index;
  words[2] = version;
  for (let i = 3; i < WORDS; i++) {
    x = (x + 0x9e3779b9) | 0;
    words[i] = x ^ (x >>> 16);
  }
  return new Uint8Array(words.buffer);
}

/** Whether `bytes`, one page at any alignment, is what this page should hold. */
export function isContentOf(
  bytes: Uint8Array,
  owner: number,
  index: number,
  version: number,
): boolean {
  if (bytes.length !== PAGE_BYTES) return false;
  const words = aligned(bytes);
  if (words[0] !== owner || words[1] !== index || words[2] !== version) return false;
  let x = seedOf(owner, index, version);
  for (let i = 3; i < WORDS; i++) {
    x = (x + 0x9e3779b9) | 0;
    if (words[i] !== (x ^ (x >>> 16)) >>> 0) return false;
  }
  return true;
}

/** Whose page these bytes claim to be. */
export function identityIn(bytes: Uint8Array): PageIdentity {
  const words = aligned(bytes);
  return { owner: words[0] ?? 0, index: words[1] ?? 0, version: words[2] ?? 0 };
}

function aligned(bytes: Uint8Array): Uint32Array {
  const here = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(here.buffer, here.byteOffset, WORDS);
}
