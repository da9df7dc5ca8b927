// Header fields of HTTP/1.1, and what they say about the body and the connection.
//
// Everything two readers could understand differently is refused: that is how requests are smuggled.
// Follows: RFC 9112 §5 (field syntax), §6 (message body length), §9.3 (persistence); RFC 9110 §5.6.2 (tokens).

import type { HttpFault } from "./limits.ts";
import { HTTP_BODY_BYTES_MAX, httpFault } from "./limits.ts";

/** A field as it came; names in lower case, values without the white space around them. */
export interface HttpField {
  readonly name: string;
  readonly value: string;
}

/** How long a body is. */
export type HttpBody =
  | { readonly type: "none" }
  | { readonly type: "length"; readonly lenBytes: number }
  | { readonly type: "chunked" }
  /** Responses only: until the connection closes. */
  | { readonly type: "close" };

export const HTTP_TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Visible characters, obs-text, space and tab. NUL, CR and the other controls are refused.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const DIGITS = /^[0-9]+$/;
const EDGE_SPACE = /^[\t ]+|[\t ]+$/g;

/** A field line. No space before the colon, no folding: RFC 9112 §5.1 and §5.2 tell a server to refuse both. */
export function parseField(line: string): HttpField | HttpFault {
  const colonAt = line.indexOf(":");
  const name = line.slice(0, Math.max(colonAt, 0));
  if (!HTTP_TOKEN.test(name)) return httpFault(400, "a field starts with a name and a colon");
  const value = line.slice(colonAt + 1).replace(EDGE_SPACE, "");
  if (!FIELD_VALUE.test(value)) return httpFault(400, "a field's value has no control characters");
  return { name: name.toLowerCase(), value };
}

/** All values of a field, in order. */
export function valuesOf(fields: readonly HttpField[], name: string): readonly string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value);
}

/** The members of a comma-separated list, in lower case. */
export function listOf(fields: readonly HttpField[], name: string): readonly string[] {
  const members = valuesOf(fields, name).flatMap((value) => value.toLowerCase().split(","));
  return members.map((member) => member.replace(EDGE_SPACE, "")).filter((member) => member !== "");
}

/** How long the body is that follows these fields; "none" when they do not say. */
export function bodyOf(fields: readonly HttpField[], minorVersion: number): HttpBody | HttpFault {
  const lengths = valuesOf(fields, "content-length");
  const hasCodings = fields.some((field) => field.name === "transfer-encoding");
  if (hasCodings && lengths.length > 0) {
    return httpFault(400, "Content-Length and Transfer-Encoding exclude each other");
  }
  if (hasCodings) return bodyOfCodings(fields, minorVersion);
  const [length] = lengths;
  if (length === undefined) return { type: "none" };
  if (lengths.length > 1) return httpFault(400, "one Content-Length is enough");
  return bodyOfLength(length);
}

function bodyOfCodings(fields: readonly HttpField[], minorVersion: number): HttpBody | HttpFault {
  if (minorVersion === 0) return httpFault(400, "HTTP/1.0 has no Transfer-Encoding");
  const [value, ...others] = valuesOf(fields, "transfer-encoding");
  if (value?.toLowerCase() === "chunked" && others.length === 0) return { type: "chunked" };
  const codings = listOf(fields, "transfer-encoding");
  const isChunkedLast = codings.indexOf("chunked") === codings.length - 1 && codings.length > 1;
  if (isChunkedLast) return httpFault(501, "only the chunked coding is known");
  return httpFault(400, "chunked is the last coding, once, and plainly written");
}

function bodyOfLength(length: string): HttpBody | HttpFault {
  if (!DIGITS.test(length)) return httpFault(400, "Content-Length is a decimal number");
  const lenBytes = Number(length);
  if (lenBytes > HTTP_BODY_BYTES_MAX) return httpFault(413, "the body is too large");
  return lenBytes === 0 ? { type: "none" } : { type: "length", lenBytes };
}

/** Whether the connection outlives this message. */
export function mayKeepAlive(fields: readonly HttpField[], minorVersion: number): boolean {
  const options = listOf(fields, "connection");
  if (options.includes("close")) return false;
  return minorVersion >= 1 || options.includes("keep-alive");
}
