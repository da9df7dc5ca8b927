// What a page holds: 4 KiB of bytes that follow from whose page it is, which one, and how often it was written.
//
// A machine keeps a page's version, not its bytes; the bytes are made when the page is sent out and compared when it comes
// back. A swap server that returns another page, an older one or a torn one is found out at once. The first three words
// say in clear whose page it is, so that a person who looks at the wire can read them.
//
// A page that goes from machine to machine in one process stays in the memory it was made in, which nobody writes to again.
// Three words then say what it holds; every SAMPLE-th page is looked at in full all the same, and so is all that comes from
// anywhere else.
//
// Not modelled: partial pages, compression, pages that happen to be equal.

import { PAGE_BYTES } from "#base/units.ts";

const WORDS = PAGE_BYTES / 4;

/** What a word's state is more than that of the word before: 2^32 divided by the golden ratio, as in splitmix. */
export const CONTENT_STEP = 0x9e3779b9;

/** Of pages that are still in the memory they were made in, one in so many is compared byte by byte. */
const SAMPLE = 64;

/** Memory that `bytesOf` has filled, for as long as anybody has it. Only speeds up what is true without it. */
const made = new WeakSet<ArrayBufferLike>();

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
    x = (x + CONTENT_STEP) | 0;
    words[i] = x ^ (x >>> 16);
  }
  made.add(words.buffer);
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
  if (index % SAMPLE !== 0 && isUntouched(bytes)) return true;
  return followsFrom(words, seedOf(owner, index, version));
}

/** Whether these are all the bytes of a page, in the memory it was made in. */
const isUntouched = ({ buffer, byteLength }: Uint8Array): boolean =>
  buffer.byteLength === byteLength && made.has(buffer);

function followsFrom(words: Uint32Array, seed: number): boolean {
  let x = seed;
  for (let i = 3; i < WORDS; i++) {
    x = (x + CONTENT_STEP) | 0;
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
  // Not slice(): of a Buffer, which is what sockets give, that is the same memory at the same odd place.
  const here = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(here.buffer, here.byteOffset, WORDS);
}
