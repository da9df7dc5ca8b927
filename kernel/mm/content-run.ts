// Stretches of page content in bytes of any cut: what a whole buffer of them can be made from again.
//
// Pages on their way between machines are cut into segments at any byte. Their words still follow from one another, so a
// stretch of them is one word and a length; a saved cluster in the middle of swapping is half as large for it.

import { CONTENT_STEP } from "./content.ts";

/** `words` words of content, from `offsetBytes` on; the first one's state is `state`. */
export interface ContentRun {
  readonly offsetBytes: number;
  readonly words: number;
  readonly state: number;
}

/** Shorter ones are not worth the telling. */
const WORDS_MIN = 16;

/** The first stretch of content at or behind `fromBytes`; null: there is none. */
export function contentRunAt(bytes: Uint8Array, fromBytes: number): ContentRun | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = fromBytes; at + WORDS_MIN * 4 <= bytes.length; at++) {
    // Most bytes are ruled out by two words.
    const state = stateOf(view.getInt32(at, true));
    if (stateOf(view.getInt32(at + 4, true)) !== ((state + CONTENT_STEP) | 0)) continue;
    const words = wordsFrom(view, at, state);
    if (words >= WORDS_MIN) return { offsetBytes: at, words, state };
  }
  return null;
}

function wordsFrom(view: DataView, at: number, first: number): number {
  let words = 0;
  let state = first;
  while (at + words * 4 + 4 <= view.byteLength) {
    if (stateOf(view.getInt32(at + words * 4, true)) !== state) break;
    words++;
    state = (state + CONTENT_STEP) | 0;
  }
  return words;
}

/** A word is x ^ (x >>> 16), which is its own inverse. */
const stateOf = (word: number): number => word ^ (word >>> 16);

/** The bytes of such a stretch. */
export function contentOfRun({ words, state }: Pick<ContentRun, "words" | "state">): Uint8Array {
  const bytes = new Uint8Array(words * 4);
  const view = new DataView(bytes.buffer);
  let x = state;
  for (let i = 0; i < words; i++) {
    view.setInt32(i * 4, stateOf(x), true);
    x = (x + CONTENT_STEP) | 0;
  }
  return bytes;
}
