// The body of an HTTP/1.1 message: counted, and handed on as the slices it came in. Never stored.
//
// Follows: RFC 9112 §6 (length), §7.1 (chunked coding). Chunk extensions and trailers are read and dropped, as §7.1.1
// and §7.1.2 allow. Bound: a chunk's line 256 bytes, all trailers together 16 KiB.

import { assert } from "#base/assert.ts";
import type { ByteQueue } from "../bytes.ts";
import type { HttpBody } from "./fields.ts";
import { parseField } from "./fields.ts";
import type { HttpFault } from "./limits.ts";
import { HTTP_CHUNK_LINE_BYTES_MAX, HTTP_HEAD_BYTES_MAX, httpFault } from "./limits.ts";
import type { HttpLine, HttpLineReader } from "./lines.ts";

/** A piece of body, or its end. */
export type HttpBodyEvent =
  | { readonly type: "body"; readonly bytes: Uint8Array }
  | { readonly type: "end"; readonly bodyBytes: number };

/** A chunk's size: up to twelve hexadecimal digits, then perhaps extensions without control characters. */
const CHUNK_LINE = /^([0-9A-Fa-f]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/;

type Phase = "length" | "close" | "chunk-line" | "chunk" | "chunk-end" | "trailers" | "done";

/** Plain state of an HttpBodyReader. */
export interface HttpBodyReaderState {
  readonly phase: Phase;
  readonly leftBytes: number;
  readonly bodyBytes: number;
  readonly trailerBytes: number;
}

const END_OF_LINE_BYTES = 2;

export class HttpBodyReader {
  readonly #queue: ByteQueue;
  readonly #lines: HttpLineReader;
  #phase: Phase = "done";
  /** Bytes still to come of the body or of the chunk. */
  #leftBytes = 0;
  #bodyBytes = 0;
  #trailerBytes = 0;

  constructor(queue: ByteQueue, lines: HttpLineReader) {
    this.#queue = queue;
    this.#lines = lines;
  }

  /** True when this body ends with the connection. */
  get endsWithClose(): boolean {
    return this.#phase === "close";
  }

  /** Bytes of body handed on so far. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Begin a body; the one before it has ended. */
  start(body: HttpBody): void {
    this.#leftBytes = body.type === "length" ? body.lenBytes : 0;
    this.#bodyBytes = 0;
    this.#trailerBytes = 0;
    this.#phase = phaseOf(body);
  }

  /** The next piece, the end, a fault, or null until there is more. */
  next(): HttpBodyEvent | HttpFault | null {
    for (;;) {
      switch (this.#phase) {
        case "done":
          return { type: "end", bodyBytes: this.#bodyBytes };
        case "length":
        case "chunk":
          return this.#takeCounted();
        case "close":
          return this.#queue.lenBytes === 0 ? null : this.#take(this.#queue.lenBytes);
        case "chunk-line":
        case "chunk-end":
        case "trailers": {
          const outcome = this.#stepLine();
          if (outcome !== "stepped") return outcome;
        }
      }
    }
  }

  /** The connection was closed, which ends a body of type "close". */
  close(): void {
    assert(this.#phase === "close", "only such a body ends with the connection");
    this.#phase = "done";
  }

  /** Plain state. */
  save(): HttpBodyReaderState {
    return {
      phase: this.#phase,
      leftBytes: this.#leftBytes,
      bodyBytes: this.#bodyBytes,
      trailerBytes: this.#trailerBytes,
    };
  }

  /** Continue from `state`. */
  load(state: HttpBodyReaderState): void {
    this.#phase = state.phase;
    this.#leftBytes = state.leftBytes;
    this.#bodyBytes = state.bodyBytes;
    this.#trailerBytes = state.trailerBytes;
  }

  #takeCounted(): HttpBodyEvent | null {
    if (this.#queue.lenBytes === 0) return null;
    const event = this.#take(this.#leftBytes);
    this.#leftBytes -= event.bytes.length;
    if (this.#leftBytes === 0) this.#phase = this.#phase === "chunk" ? "chunk-end" : "done";
    return event;
  }

  #take(lenBytesMax: number): { readonly type: "body"; readonly bytes: Uint8Array } {
    const bytes = this.#queue.takeFront(lenBytesMax);
    this.#bodyBytes += bytes.length;
    return { type: "body", bytes };
  }

  #stepLine(): "stepped" | HttpFault | null {
    const line = this.#lines.next(this.#lineBytesMax());
    switch (line.type) {
      case "hungry":
        return null;
      case "too-long":
        return this.#tooLong();
      case "bare-lf":
        return httpFault(400, "lines end with CR LF");
      case "line":
        return this.#takeLine(line);
    }
  }

  #lineBytesMax(): number {
    if (this.#phase === "chunk-end") return END_OF_LINE_BYTES;
    if (this.#phase === "chunk-line") return HTTP_CHUNK_LINE_BYTES_MAX;
    return HTTP_HEAD_BYTES_MAX - this.#trailerBytes;
  }

  #tooLong(): HttpFault {
    if (this.#phase === "trailers") return httpFault(431, "trailers are at most 16 KiB");
    return httpFault(400, "a chunk has its size, its bytes and an empty line end");
  }

  #takeLine(line: HttpLine & { readonly type: "line" }): "stepped" | HttpFault {
    if (this.#phase === "chunk-line") return this.#takeChunkLine(line.text);
    if (this.#phase === "chunk-end") {
      this.#phase = "chunk-line";
      return "stepped";
    }
    this.#trailerBytes += line.lenBytes;
    return this.#takeTrailer(line.text);
  }

  #takeChunkLine(text: string): "stepped" | HttpFault {
    const digits = CHUNK_LINE.exec(text)?.[1];
    if (digits === undefined) return httpFault(400, "a chunk starts with its size");
    this.#leftBytes = Number.parseInt(digits, 16);
    this.#phase = this.#leftBytes === 0 ? "trailers" : "chunk";
    return "stepped";
  }

  #takeTrailer(text: string): "stepped" | HttpFault {
    if (text === "") {
      this.#phase = "done";
      return "stepped";
    }
    const field = parseField(text);
    return "type" in field ? field : "stepped";
  }
}

function phaseOf(body: HttpBody): Phase {
  switch (body.type) {
    case "none":
      return "done";
    case "length":
      return "length";
    case "chunked":
      return "chunk-line";
    case "close":
      return "close";
  }
}
