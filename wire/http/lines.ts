// Lines of HTTP/1.1, taken off a queue of bytes as they become whole.
//
// Lines end with CR LF and nothing else. RFC 9112 §2.2 would allow a bare LF; a proxy that disagrees about where a
// line ends is how requests are smuggled, so we refuse it. Bytes are Latin-1 characters here, checked by the caller.

import type { ByteQueue } from "../bytes.ts";

const LF = 0x0a;
const CR = 0x0d;

/** A line without its end; or why there is none. */
export type HttpLine =
  | { readonly type: "line"; readonly text: string; readonly lenBytes: number }
  | { readonly type: "hungry" }
  | { readonly type: "too-long" }
  | { readonly type: "bare-lf" };

const HUNGRY: HttpLine = { type: "hungry" };

export class HttpLineReader {
  readonly #queue: ByteQueue;
  /** Bytes at the front of the queue that are known to hold no LF, so that they are not searched again. */
  #searchedBytes = 0;

  constructor(queue: ByteQueue) {
    this.#queue = queue;
  }

  /** The next line of at most `lenBytesMax` bytes, its end included. */
  next(lenBytesMax: number): HttpLine {
    const atBytes = this.#queue.indexOf(LF, this.#searchedBytes);
    if (atBytes < 0) {
      this.#searchedBytes = this.#queue.lenBytes;
      return this.#searchedBytes >= lenBytesMax ? { type: "too-long" } : HUNGRY;
    }
    this.#searchedBytes = 0;
    if (atBytes >= lenBytesMax) return { type: "too-long" };
    const line = this.#queue.take(atBytes + 1);
    if (line[atBytes - 1] !== CR) return { type: "bare-lf" };
    return {
      type: "line",
      text: decodeLatin1(line.subarray(0, atBytes - 1)),
      lenBytes: line.length,
    };
  }

  /** The bytes already searched; the queue is saved by its owner. */
  save(): number {
    return this.#searchedBytes;
  }

  /** Continue from `searchedBytes`. */
  load(searchedBytes: number): void {
    this.#searchedBytes = searchedBytes;
  }
}

/** One character per byte. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** One byte per character; characters beyond Latin-1 are the caller's to refuse. */
export function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
