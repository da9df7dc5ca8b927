// The head of an HTTP/1.1 message, line by line: start line, then fields, then an empty line.
//
// It is the part that requests and responses share; what the start line means is theirs. Follows: RFC 9112 §2.1.
// Bound: 16 KiB and 100 fields, then 431.

import type { HttpField } from "./fields.ts";
import { parseField } from "./fields.ts";
import type { HttpFault } from "./limits.ts";
import { HTTP_BLANK_LINES_MAX, HTTP_FIELDS_MAX, HTTP_HEAD_BYTES_MAX, httpFault } from "./limits.ts";
import type { HttpLineReader } from "./lines.ts";

/** A head whose lines were read. */
export interface HttpHeadLines {
  readonly type: "head";
  readonly startLine: string;
  readonly fields: readonly HttpField[];
}

/** Plain state of an HttpHeadReader. */
export interface HttpHeadReaderState {
  readonly startLine: string | null;
  readonly fields: readonly HttpField[];
  readonly headBytes: number;
  readonly blankLines: number;
}

export class HttpHeadReader {
  readonly #lines: HttpLineReader;
  #startLine: string | null = null;
  #fields: HttpField[] = [];
  /** Bytes of this head that were taken; at most HTTP_HEAD_BYTES_MAX. */
  #headBytes = 0;
  #blankLines = 0;

  constructor(lines: HttpLineReader) {
    this.#lines = lines;
  }

  /** True when a start line was read and its head is not whole. */
  get hasBegun(): boolean {
    return this.#startLine !== null;
  }

  /** The next whole head, or null until it is there. */
  next(): HttpHeadLines | HttpFault | null {
    for (;;) {
      const line = this.#lines.next(HTTP_HEAD_BYTES_MAX - this.#headBytes);
      switch (line.type) {
        case "hungry":
          return null;
        case "too-long":
          return httpFault(431, "the head is at most 16 KiB");
        case "bare-lf":
          return httpFault(400, "lines end with CR LF");
        case "line": {
          this.#headBytes += line.lenBytes;
          const head = this.#take(line.text);
          if (head !== null) return head;
        }
      }
    }
  }

  /** Plain state. */
  save(): HttpHeadReaderState {
    return {
      startLine: this.#startLine,
      fields: [...this.#fields],
      headBytes: this.#headBytes,
      blankLines: this.#blankLines,
    };
  }

  /** Continue from `state`. */
  load(state: HttpHeadReaderState): void {
    this.#startLine = state.startLine;
    this.#fields = [...state.fields];
    this.#headBytes = state.headBytes;
    this.#blankLines = state.blankLines;
  }

  #take(text: string): HttpHeadLines | HttpFault | null {
    if (this.#startLine === null) return this.#takeStartLine(text);
    if (text === "") return this.#finish(this.#startLine);
    if (this.#fields.length === HTTP_FIELDS_MAX) return httpFault(431, "at most 100 fields");
    const field = parseField(text);
    if ("type" in field) return field;
    this.#fields.push(field);
    return null;
  }

  #takeStartLine(text: string): HttpFault | null {
    if (text !== "") {
      this.#startLine = text;
      return null;
    }
    this.#blankLines++;
    if (this.#blankLines <= HTTP_BLANK_LINES_MAX) return null;
    return httpFault(400, "a message starts with a start line");
  }

  #finish(startLine: string): HttpHeadLines {
    const head: HttpHeadLines = { type: "head", startLine, fields: this.#fields };
    this.load({ startLine: null, fields: [], headBytes: 0, blankLines: 0 });
    return head;
  }
}
