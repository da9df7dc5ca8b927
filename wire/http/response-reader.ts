// HTTP/1.1 responses out of a stream of bytes: the client's side of request-reader.ts.
//
// What a response's body is depends on the request it answers, so the reader is told each request as it is sent.
// Follows: RFC 9112 §4 (status line), §6.3 (body length), §9.3; RFC 9110 §15.2 (interim responses).
// Bound: 1024 requests may be outstanding; ask `next` until it answers null after each `push`.
//
// Not modelled: 101 Switching Protocols and CONNECT (faults: nobody asked for a tunnel).

import { assert } from "#base/assert.ts";
import type { ByteQueueState } from "../bytes.ts";
import { ByteQueue } from "../bytes.ts";
import type { HttpBodyEvent, HttpBodyReaderState } from "./body-reader.ts";
import { HttpBodyReader } from "./body-reader.ts";
import type { HttpBody, HttpField } from "./fields.ts";
import { bodyOf, mayKeepAlive } from "./fields.ts";
import type { HttpHeadLines, HttpHeadReaderState } from "./head-reader.ts";
import { HttpHeadReader } from "./head-reader.ts";
import type { HttpFault } from "./limits.ts";
import { httpFault } from "./limits.ts";
import { HttpLineReader } from "./lines.ts";

/** A response's head. Interim ones (1xx) have no body and no end, and another head follows. */
export interface HttpResponseHead {
  readonly type: "head" | "interim";
  readonly status: number;
  readonly minorVersion: number;
  readonly fields: readonly HttpField[];
  readonly body: HttpBody;
  /** False: no further response comes on this connection. */
  readonly keepAlive: boolean;
}

/** What comes out of a connection; of a fault only the reason matters to a client. */
export type HttpResponseEvent = HttpResponseHead | HttpBodyEvent | HttpFault;

type Phase = "head" | "body" | "done";

/** Plain state of an HttpResponseReader. */
export interface HttpResponseReaderState {
  readonly queue: ByteQueueState;
  readonly searchedBytes: number;
  readonly head: HttpHeadReaderState;
  readonly body: HttpBodyReaderState;
  readonly phase: Phase;
  readonly keepAlive: boolean;
  readonly outstanding: readonly string[];
}

const OUTSTANDING_MAX = 1024;
const STATUS_LINE = /^HTTP\/1\.([0-9]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;

export class HttpResponseReader {
  readonly #queue = new ByteQueue();
  readonly #lines = new HttpLineReader(this.#queue);
  readonly #head = new HttpHeadReader(this.#lines);
  readonly #body = new HttpBodyReader(this.#queue, this.#lines);
  #phase: Phase = "head";
  #lifetime: "keep-alive" | "close" = "keep-alive";
  /** Methods of the requests that were sent and not answered, oldest first. */
  #outstanding: string[] = [];

  /** True when nothing more will come. */
  get isDone(): boolean {
    return this.#phase === "done";
  }

  /** A request with this method was sent. */
  sent(method: string): void {
    assert(this.#outstanding.length < OUTSTANDING_MAX, "at most 1024 requests are outstanding");
    this.#outstanding.push(method);
  }

  /** Take in bytes, cut anywhere. They are kept until `next` hands them on. */
  push(bytes: Uint8Array): void {
    if (this.#phase !== "done") this.#queue.push(bytes);
  }

  /** The next event, or null until more bytes come. */
  next(): HttpResponseEvent | null {
    switch (this.#phase) {
      case "head":
        return this.#nextHead();
      case "body":
        return this.#nextBody();
      case "done":
        return null;
    }
  }

  /** The peer closed the connection; ask `next` until null before. Answers the end of a body that closing ends, a
   * fault when something is cut short or owed, null when all is well. */
  close(): HttpResponseEvent | null {
    if (this.#phase === "done") return null;
    if (this.#phase === "body" && this.#body.endsWithClose) {
      this.#body.close();
      return this.#nextBody();
    }
    const isBetween = this.#phase === "head" && !this.#head.hasBegun && this.#queue.lenBytes === 0;
    if (isBetween && this.#outstanding.length === 0) {
      this.#phase = "done";
      return null;
    }
    return this.#stop(httpFault(502, "the connection closed before the response ended"));
  }

  /** Plain state. */
  save(): HttpResponseReaderState {
    return {
      queue: this.#queue.save(),
      searchedBytes: this.#lines.save(),
      head: this.#head.save(),
      body: this.#body.save(),
      phase: this.#phase,
      keepAlive: this.#lifetime === "keep-alive",
      outstanding: [...this.#outstanding],
    };
  }

  /** Continue from `state`. */
  load(state: HttpResponseReaderState): void {
    this.#queue.load(state.queue);
    this.#lines.load(state.searchedBytes);
    this.#head.load(state.head);
    this.#body.load(state.body);
    this.#phase = state.phase;
    this.#lifetime = state.keepAlive ? "keep-alive" : "close";
    this.#outstanding = [...state.outstanding];
  }

  #nextHead(): HttpResponseEvent | null {
    const lines = this.#head.next();
    if (lines === null) return null;
    if (lines.type === "fault") return this.#stop(lines);
    const [method] = this.#outstanding;
    if (method === undefined) return this.#stop(httpFault(502, "a response nobody asked for"));
    const head = parseHead(lines, method);
    if (head.type === "fault") return this.#stop(head);
    if (head.type === "head") this.#begin(head);
    return head;
  }

  #begin(head: HttpResponseHead): void {
    this.#outstanding.shift();
    this.#lifetime = head.keepAlive ? "keep-alive" : "close";
    this.#body.start(head.body);
    this.#phase = "body";
  }

  #nextBody(): HttpResponseEvent | null {
    const event = this.#body.next();
    if (event?.type === "fault") return this.#stop(event);
    if (event?.type !== "end") return event;
    this.#phase = "head";
    return this.#lifetime === "close" ? this.#stop(event) : event;
  }

  #stop(last: HttpResponseEvent): HttpResponseEvent {
    this.#phase = "done";
    this.#queue.clear();
    return last;
  }
}

function parseHead(lines: HttpHeadLines, method: string): HttpResponseHead | HttpFault {
  const parts = STATUS_LINE.exec(lines.startLine);
  if (parts === null) return httpFault(502, "a status line is version, status and reason");
  const { fields } = lines;
  const minorVersion = Number(parts[1]);
  const status = Number(parts[2]);
  if (status === 101) return httpFault(502, "nobody asked to switch protocols");
  const type = status < 200 ? "interim" : "head";
  const hasNoBody = type === "interim" || status === 204 || status === 304 || method === "HEAD";
  const body: HttpBody | HttpFault = hasNoBody
    ? { type: "none" }
    : bodyToRead(fields, minorVersion);
  if (body.type === "fault") return body;
  const keepAlive = body.type !== "close" && mayKeepAlive(fields, minorVersion);
  return { type, status, minorVersion, fields, body, keepAlive };
}

/** A response that does not say how long it is ends with the connection; one that says 0 does not. */
function bodyToRead(fields: readonly HttpField[], minorVersion: number): HttpBody | HttpFault {
  const body = bodyOf(fields, minorVersion);
  const isSilent = !fields.some((field) => field.name === "content-length");
  return body.type === "none" && isSilent ? { type: "close" } : body;
}
