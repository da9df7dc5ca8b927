// HTTP/1.1 requests out of a stream of bytes: told bytes, asked for heads, pieces of body and ends.
//
// It exists because node:http cannot read an emulated socket. Requests may be pipelined; bodies are handed on, not
// kept. After a fault, or after a request that closes the connection, it reads no more: answer and close.
// Follows: RFC 9112 §3 (request line), §3.2 (Host), §6, §9; RFC 9110 §10.1.1 (Expect).
// Bound: ask `next` until it answers null after each `push`; then less than one head is held.
//
// Not modelled: HTTP/2, Upgrade, trailers (read and dropped), CONNECT tunnels (a request without a body).

import type { ByteQueueState } from "../bytes.ts";
import { ByteQueue } from "../bytes.ts";
import type { HttpBodyEvent, HttpBodyReaderState } from "./body-reader.ts";
import { HttpBodyReader } from "./body-reader.ts";
import type { HttpBody, HttpField } from "./fields.ts";
import { bodyOf, HTTP_TOKEN, listOf, mayKeepAlive, valuesOf } from "./fields.ts";
import type { HttpHeadLines, HttpHeadReaderState } from "./head-reader.ts";
import { HttpHeadReader } from "./head-reader.ts";
import type { HttpFault } from "./limits.ts";
import { HTTP_METHOD_BYTES_MAX, HTTP_TARGET_BYTES_MAX, httpFault } from "./limits.ts";
import { HttpLineReader } from "./lines.ts";

/** A request's head. */
export interface HttpRequestHead {
  readonly type: "head";
  readonly method: string;
  readonly target: string;
  /** 0 or more; HTTP/1.1 is 1. */
  readonly minorVersion: number;
  readonly fields: readonly HttpField[];
  readonly body: HttpBody;
  /** False: close the connection after the response. */
  readonly keepAlive: boolean;
  /** True: the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
}

/** What comes out of a connection, in order: head, pieces of body, end; or a fault, the last thing to come. */
export type HttpRequestEvent = HttpRequestHead | HttpBodyEvent | HttpFault;

type Phase = "head" | "body" | "done";

/** Plain state of an HttpRequestReader. */
export interface HttpRequestReaderState {
  readonly queue: ByteQueueState;
  readonly searchedBytes: number;
  readonly head: HttpHeadReaderState;
  readonly body: HttpBodyReaderState;
  readonly phase: Phase;
  readonly keepAlive: boolean;
}

const VERSION = /^HTTP\/([0-9])\.([0-9])$/;
const TARGET = /^[\x21-\x7e]+$/;
// A name or an address, perhaps with a port; empty is allowed (RFC 9110 §7.2).
const HOST = /^[A-Za-z0-9\-._~%!$&'()*+,;=:[\]]*$/;

export class HttpRequestReader {
  readonly #queue = new ByteQueue();
  readonly #lines = new HttpLineReader(this.#queue);
  readonly #head = new HttpHeadReader(this.#lines);
  readonly #body = new HttpBodyReader(this.#queue, this.#lines);
  #phase: Phase = "head";
  /** What the request at hand said of the connection. */
  #lifetime: "keep-alive" | "close" = "keep-alive";

  /** True when nothing more will come: answer what came, then close. */
  get isDone(): boolean {
    return this.#phase === "done";
  }

  /** True between requests, with nothing begun: the connection may be closed without loss. */
  get isIdle(): boolean {
    return this.#phase === "head" && !this.#head.hasBegun && this.#queue.lenBytes === 0;
  }

  /** Take in bytes, cut anywhere. They are kept until `next` hands them on. */
  push(bytes: Uint8Array): void {
    if (this.#phase !== "done") this.#queue.push(bytes);
  }

  /** The next event, or null until more bytes come. */
  next(): HttpRequestEvent | null {
    switch (this.#phase) {
      case "head":
        return this.#nextHead();
      case "body":
        return this.#nextBody();
      case "done":
        return null;
    }
  }

  /** Copy what is held, so that the caller may read into the same buffer again. */
  detach(): void {
    this.#queue.detach();
  }

  /** Plain state. */
  save(): HttpRequestReaderState {
    return {
      queue: this.#queue.save(),
      searchedBytes: this.#lines.save(),
      head: this.#head.save(),
      body: this.#body.save(),
      phase: this.#phase,
      keepAlive: this.#lifetime === "keep-alive",
    };
  }

  /** Continue from `state`. */
  load(state: HttpRequestReaderState): void {
    this.#queue.load(state.queue);
    this.#lines.load(state.searchedBytes);
    this.#head.load(state.head);
    this.#body.load(state.body);
    this.#phase = state.phase;
    this.#lifetime = state.keepAlive ? "keep-alive" : "close";
  }

  #nextHead(): HttpRequestEvent | null {
    const lines = this.#head.next();
    if (lines === null) return null;
    const head = lines.type === "fault" ? lines : parseHead(lines);
    if (head.type === "fault") return this.#stop(head);
    this.#lifetime = head.keepAlive ? "keep-alive" : "close";
    this.#body.start(head.body);
    this.#phase = "body";
    return head;
  }

  #nextBody(): HttpRequestEvent | null {
    const event = this.#body.next();
    if (event?.type === "fault") return this.#stop(event);
    if (event?.type !== "end") return event;
    this.#phase = "head";
    return this.#lifetime === "close" ? this.#stop(event) : event;
  }

  #stop(last: HttpRequestEvent): HttpRequestEvent {
    this.#phase = "done";
    this.#queue.clear();
    return last;
  }
}

interface RequestLine {
  readonly type: "request-line";
  readonly method: string;
  readonly target: string;
  readonly minorVersion: number;
}

function parseHead(lines: HttpHeadLines): HttpRequestHead | HttpFault {
  const line = parseRequestLine(lines.startLine);
  if (line.type === "fault") return line;
  const { fields } = lines;
  const { method, target, minorVersion } = line;
  const fault = faultOfHost(fields, minorVersion) ?? faultOfExpect(fields, minorVersion);
  if (fault !== null) return fault;
  const body = bodyOf(fields, minorVersion);
  if (body.type === "fault") return body;
  const keepAlive = mayKeepAlive(fields, minorVersion);
  const isWaiting = minorVersion > 0 && listOf(fields, "expect").length > 0;
  const expectsContinue = isWaiting && body.type !== "none";
  return { type: "head", method, target, minorVersion, fields, body, keepAlive, expectsContinue };
}

function parseRequestLine(text: string): RequestLine | HttpFault {
  const [method = "", target = "", version = "", ...rest] = text.split(" ");
  const digits = VERSION.exec(version);
  if (rest.length > 0 || digits === null) {
    return httpFault(400, "a request line is method, target and version with single spaces");
  }
  if (!HTTP_TOKEN.test(method)) return httpFault(400, "a method is a token");
  if (method.length > HTTP_METHOD_BYTES_MAX) return httpFault(501, "no method is that long");
  if (!TARGET.test(target)) return httpFault(400, "a target is visible ASCII");
  if (target.length > HTTP_TARGET_BYTES_MAX) return httpFault(414, "a target is at most 8 KiB");
  if (digits[1] !== "1") return httpFault(505, "only HTTP/1 is spoken");
  return { type: "request-line", method, target, minorVersion: Number(digits[2]) };
}

function faultOfHost(fields: readonly HttpField[], minorVersion: number): HttpFault | null {
  const hosts = valuesOf(fields, "host");
  const [host] = hosts;
  if (hosts.length > 1) return httpFault(400, "one Host is enough");
  if (host === undefined) return minorVersion === 0 ? null : httpFault(400, "Host is missing");
  return HOST.test(host) ? null : httpFault(400, "Host is a name with a port");
}

function faultOfExpect(fields: readonly HttpField[], minorVersion: number): HttpFault | null {
  if (minorVersion === 0) return null;
  const isKnown = listOf(fields, "expect").every((expectation) => expectation === "100-continue");
  return isKnown ? null : httpFault(417, "100-continue is the only expectation");
}
