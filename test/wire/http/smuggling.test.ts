// Requests that two readers could understand differently: one sees a body where the other sees a second request.
// Each must be refused, or be read the one way the RFC allows. The marker is a request that must never come out.

import { expect, test } from "vitest";
import { requestsOf } from "./support.ts";

const evil = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
const post = (fields: string, rest: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n${rest}`;

const refused: readonly (readonly [string, number, string])[] = [
  [
    "length and chunked",
    400,
    post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
  ],
  [
    "chunked and length",
    400,
    post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\n"),
  ],
  ["two lengths that differ", 400, post("Content-Length: 0\r\nContent-Length: 9\r\n", "")],
  ["two lengths that agree", 400, post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")],
  ["a list of lengths", 400, post("Content-Length: 3, 3\r\n", "abc")],
  ["a length with a sign", 400, post("Content-Length: +3\r\n", "abc")],
  ["a negative length", 400, post("Content-Length: -3\r\n", "abc")],
  ["a hexadecimal length", 400, post("Content-Length: 0x3\r\n", "abc")],
  ["a length with a fraction", 400, post("Content-Length: 3.0\r\n", "abc")],
  ["a length with an exponent", 400, post("Content-Length: 1e1\r\n", "abc")],
  ["an empty length", 400, post("Content-Length:\r\n", "")],
  ["a space before the colon", 400, post("Content-Length : 3\r\n", "abc")],
  [
    "a coding with a space before the colon",
    400,
    post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
  ],
  ["a folded coding", 400, post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")],
  [
    "a vertical tab before the coding",
    400,
    post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"),
  ],
  ["a coding in quotes", 400, post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n")],
  ["an unknown coding", 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
  ["identity", 400, post("Transfer-Encoding: identity\r\n", "")],
  ["an empty coding", 400, post("Transfer-Encoding:\r\n", "")],
  ["a comma before the coding", 400, post("Transfer-Encoding: , chunked\r\n", "0\r\n\r\n")],
  ["chunked twice", 400, post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")],
  [
    "chunked in two fields",
    400,
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""),
  ],
  ["chunked that is not last", 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")],
  ["gzip before chunked", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")],
  ["chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["a bare LF after the request line", 400, "POST / HTTP/1.1\nHost: a\r\n\r\n"],
  ["a bare LF after a field", 400, "POST / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"],
  ["a bare CR in a value", 400, post("X: a\rContent-Length: 3\r\n", "abc")],
  ["a bare CR as line end", 400, "POST / HTTP/1.1\rHost: a\r\n\r\n"],
  ["a NUL in a field's name", 400, post("Content\0-Length: 3\r\n", "abc")],
  ["a field without a name", 400, post(": 3\r\n", "abc")],
  ["a field without a colon", 400, post("Content-Length\r\n", "abc")],
  ["a space before the first field", 400, "POST / HTTP/1.1\r\n Host: a\r\n\r\n"],
];

test.each(refused)(
  "%s is refused with %i and what follows is not a request",
  (_name, status, stream) => {
    for (const pieceBytesMax of [1, 5, 10_000]) {
      const events = requestsOf(stream + evil, { seed: 2, pieceBytesMax });
      expect(events).toEqual([`fault ${status}`]);
    }
  },
);

const coded = (chunks: string): string => post("Transfer-Encoding: chunked\r\n", chunks);

const badChunks: readonly (readonly [string, string])[] = [
  ["a size with a sign", "+3\r\nabc\r\n0\r\n\r\n"],
  ["a negative size", "-3\r\nabc\r\n0\r\n\r\n"],
  ["a size with 0x", "0x3\r\nabc\r\n0\r\n\r\n"],
  ["a size with an underscore", "1_0\r\nabc\r\n0\r\n\r\n"],
  ["a size with a space before it", " 3\r\nabc\r\n0\r\n\r\n"],
  ["a size with a space after it", "3 \r\nabc\r\n0\r\n\r\n"],
  ["no size", "\r\nabc\r\n0\r\n\r\n"],
  ["a size of 13 digits", "0000000000003\r\nabc\r\n0\r\n\r\n"],
  ["a bare LF after the size", "3\nabc\r\n0\r\n\r\n"],
  ["a bare CR in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n"],
  ["a bare LF in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"],
  ["an endless extension", `3;${"a".repeat(300)}\r\nabc\r\n0\r\n\r\n`],
  ["a chunk longer than its size", "3\r\nabcd\r\n0\r\n\r\n"],
  ["a chunk that ends with LF", "3\r\nabc\n0\r\n\r\n"],
  ["a trailer with a space before the colon", "0\r\nX : y\r\n\r\n"],
  ["a trailer that ends with LF", "0\r\nX: y\n\r\n"],
];

test.each(badChunks)("%s is refused and what follows is not a request", (_name, chunks) => {
  for (const pieceBytesMax of [1, 5, 10_000]) {
    const events = requestsOf(coded(chunks) + evil, { seed: 2, pieceBytesMax });
    expect(events[0]).toBe("POST /");
    expect(events.at(-1)).toBe("fault 400");
    expect(events.join()).not.toContain("evil");
  }
});

test("a request inside a body of known length is body", () => {
  const stream = post(`Content-Length: ${evil.length}\r\n`, evil);
  expect(requestsOf(stream)).toEqual(["POST /", `body ${evil}`, `end ${evil.length}`]);
});

test("a request inside a chunk is body", () => {
  const stream = coded(`${evil.length.toString(16)}\r\n${evil}\r\n0\r\n\r\n`);
  expect(requestsOf(stream)).toEqual(["POST /", `body ${evil}`, `end ${evil.length}`]);
});

test("a coding in capitals is the coding, a length with zeroes before it the length", () => {
  expect(requestsOf(post("Transfer-Encoding: CHUNKED\r\n", "1\r\na\r\n0\r\n\r\n"))).toContain(
    "body a",
  );
  expect(requestsOf(post("Content-Length: 0003\r\n", "abc"))).toContain("body abc");
});
