// How much of HTTP is accepted, and what is answered beyond it.
//
// Follows: RFC 9110 and 9112; the sizes are those of common servers (nginx large_client_header_buffers 4 × 8 KiB,
// Node --max-http-header-size 16 KiB, Apache LimitRequestFields 100).

/** Start line and fields, with their line ends. */
export const HTTP_HEAD_BYTES_MAX = 16_384;
export const HTTP_TARGET_BYTES_MAX = 8192;
export const HTTP_METHOD_BYTES_MAX = 32;
export const HTTP_FIELDS_MAX = 100;
/** A chunk's size in hexadecimal digits and its extensions. */
export const HTTP_CHUNK_LINE_BYTES_MAX = 256;
/** 2^48 bytes: twelve digits of a chunk size, and a number we can count exactly. */
export const HTTP_BODY_BYTES_MAX = 281_474_976_710_656;
/** Empty lines tolerated before a request (RFC 9112 §2.2: at least one). */
export const HTTP_BLANK_LINES_MAX = 2;

/** Why a message is refused: the status a server answers with, and the rule in words. */
export interface HttpFault {
  readonly type: "fault";
  readonly status: number;
  readonly reason: string;
}

/** A refusal as a value. */
export function httpFault(status: number, reason: string): HttpFault {
  return { type: "fault", status, reason };
}
