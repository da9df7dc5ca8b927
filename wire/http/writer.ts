// HTTP/1.1 heads and chunks as bytes.
//
// Follows: RFC 9112 §3, §4, §7.1; RFC 9110 §15 (status codes). Arguments come from our own code, so a line break in
// one is a programmer's error and stops the run: it would be a second request.

import { assert } from "#base/assert.ts";
import type { HttpBody } from "./fields.ts";
import { HTTP_TOKEN } from "./fields.ts";
import { encodeLatin1 } from "./lines.ts";

/** How long a body is that we send: known, in chunks, or none. */
export type HttpBodySent = Exclude<HttpBody, { readonly type: "close" }>;

const PHRASE_OF: ReadonlyMap<number, string> = new Map([
  [100, "Continue"],
  [200, "OK"],
  [204, "No Content"],
  [304, "Not Modified"],
  [400, "Bad Request"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [408, "Request Timeout"],
  [413, "Content Too Large"],
  [414, "URI Too Long"],
  [417, "Expectation Failed"],
  [431, "Request Header Fields Too Large"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [503, "Service Unavailable"],
  [505, "HTTP Version Not Supported"],
]);

const VISIBLE = /^[\x21-\x7e]+$/;

/** `HTTP/1.1 100 Continue`, for a request that expects it. */
export function encodeContinue(): Uint8Array {
  return encodeLatin1("HTTP/1.1 100 Continue\r\n\r\n");
}

/** A response's head. Statuses 204 and 304 have no body and carry no length. */
export function encodeResponseHead(response: {
  readonly status: number;
  readonly body: HttpBodySent;
  readonly keepAlive: boolean;
}): Uint8Array {
  const { status, body, keepAlive } = response;
  assert(200 <= status && status <= 599, "a final status has three digits from 200 on");
  const isBodiless = status === 204 || status === 304;
  assert(!isBodiless || body.type === "none", "204 and 304 have no body");
  const phrase = PHRASE_OF.get(status) ?? "";
  const length = isBodiless ? "" : bodyField(body);
  const connection = keepAlive ? "keep-alive" : "close";
  return encodeLatin1(`HTTP/1.1 ${status} ${phrase}\r\n${length}Connection: ${connection}\r\n\r\n`);
}

/** A request's head. */
export function encodeRequestHead(request: {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly body: HttpBodySent;
  readonly keepAlive: boolean;
  readonly expectsContinue?: boolean;
}): Uint8Array {
  const { method, target, host, body, keepAlive } = request;
  assert(HTTP_TOKEN.test(method), "a method is a token");
  assert(VISIBLE.test(target), "a target is visible ASCII");
  assert(VISIBLE.test(host), "a host is visible ASCII");
  const length = body.type === "none" ? "" : bodyField(body);
  const expect = request.expectsContinue === true ? "Expect: 100-continue\r\n" : "";
  const close = keepAlive ? "" : "Connection: close\r\n";
  return encodeLatin1(
    `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${length}${expect}${close}\r\n`,
  );
}

/** What goes before `lenBytes` bytes of a chunk. */
export function encodeChunkHead(lenBytes: number): Uint8Array {
  assert(Number.isSafeInteger(lenBytes) && lenBytes > 0, "an empty chunk would end the body");
  return encodeLatin1(`${lenBytes.toString(16)}\r\n`);
}

/** What goes after a chunk's bytes. */
export function encodeChunkEnd(): Uint8Array {
  return encodeLatin1("\r\n");
}

/** What goes after the last chunk. */
export function encodeLastChunk(): Uint8Array {
  return encodeLatin1("0\r\n\r\n");
}

function bodyField(body: HttpBodySent): string {
  switch (body.type) {
    case "none":
      return "Content-Length: 0\r\n";
    case "length":
      return `Content-Length: ${body.lenBytes}\r\n`;
    case "chunked":
      return "Transfer-Encoding: chunked\r\n";
  }
}
