import { expect, test } from "vitest";
import { HttpRequestReader } from "#wire/http/request-reader.ts";
import { ascii, pattern } from "../support.ts";
import { headOf, requestsOf } from "./support.ts";

const get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const post = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
const chunked =
  "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
  "3\r\nabc\r\nA;note=1\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";

test.each([1, 2, 3, 7, 50, 1000])(
  "pipelined requests come out whole in pieces of up to %i",
  (pieceBytesMax) => {
    for (let seed = 0; seed < 10; seed++) {
      expect(requestsOf(get + post + chunked + get, { seed, pieceBytesMax })).toEqual([
        ...["GET /a", "end 0"],
        ...["POST /b", "body hello", "end 5"],
        ...["PUT /c", "body abc0123456789", "end 13"],
        ...["GET /a", "end 0"],
      ]);
    }
  },
);

test("a head says what came", () => {
  expect(
    headOf(
      "POST /x?y=1 HTTP/1.1\r\nHost: a:80\r\nX-Odd:  two words \t\r\nContent-Length: 3\r\n\r\n",
    ),
  ).toEqual({
    type: "head",
    method: "POST",
    target: "/x?y=1",
    minorVersion: 1,
    fields: [
      { name: "host", value: "a:80" },
      { name: "x-odd", value: "two words" },
      { name: "content-length", value: "3" },
    ],
    body: { type: "length", lenBytes: 3 },
    keepAlive: true,
    expectsContinue: false,
  });
});

test("a body is handed on as slices of what came, and nothing of it is kept", () => {
  const reader = new HttpRequestReader();
  reader.push(ascii("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000\r\n\r\n"));
  expect(reader.next()?.type).toBe("head");
  const slice = pattern(4000);
  reader.push(slice);
  const event = reader.next();
  expect(event?.type === "body" && event.bytes.buffer === slice.buffer).toBe(true);
  expect(reader.next()).toBeNull();
  expect(reader.save().queue).toEqual([]);
});

test.each([
  ["HTTP/1.1 stays", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true],
  [
    "HTTP/1.1 leaves on close",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n",
    false,
  ],
  ["HTTP/1.0 leaves", "GET / HTTP/1.0\r\n\r\n", false],
  ["HTTP/1.0 stays on keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true],
  [
    "close outweighs keep-alive",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n",
    false,
  ],
])("%s", (_name, stream, keepAlive) => {
  expect(headOf(stream)).toMatchObject({ keepAlive });
});

test("after a request that closes nothing more is read", () => {
  const reader = new HttpRequestReader();
  reader.push(ascii(`GET / HTTP/1.0\r\n\r\n${get}`));
  expect([reader.next()?.type, reader.next()?.type, reader.next()]).toEqual(["head", "end", null]);
  reader.push(ascii(get));
  expect([reader.next(), reader.isDone, reader.save().queue]).toEqual([null, true, []]);
});

test("a connection is idle between requests only", () => {
  const reader = new HttpRequestReader();
  expect(reader.isIdle).toBe(true);
  reader.push(ascii("GET"));
  expect([reader.next(), reader.isIdle]).toEqual([null, false]);
  reader.push(ascii(" / HTTP/1.1\r\n"));
  expect([reader.next(), reader.isIdle]).toEqual([null, false]);
  reader.push(ascii("Host: a\r\n\r\n"));
  reader.next();
  expect(reader.isIdle).toBe(false);
  reader.next();
  expect(reader.isIdle).toBe(true);
});

test.each([
  [
    "is waited for with a body",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
    true,
  ],
  ["is moot without a body", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", false],
  [
    "is ignored from HTTP/1.0",
    "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
    false,
  ],
])("100-continue %s", (_name, stream, expectsContinue) => {
  expect(headOf(stream)).toMatchObject({ expectsContinue });
});

const head = (fields: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

test.each([
  ["an empty request line", 400, "\r\n\r\n\r\n"],
  ["two spaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["no version", 400, "GET /\r\n\r\n"],
  ["a version in small letters", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"],
  ["HTTP/2", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"],
  ["a method that is no token", 400, "G(T / HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["an endless method", 501, `${"G".repeat(33)} / HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["a target beyond ASCII", 400, "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a target of 9 KiB", 414, `GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ["no Host", 400, "GET / HTTP/1.1\r\n\r\n"],
  ["two Hosts", 400, head("Host: b\r\n")],
  ["a Host with a slash", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"],
  ["a control character in a value", 400, head("X: a\x00b\r\n")],
  ["another expectation", 417, head("Expect: miracles\r\n")],
  ["a head of 17 KiB", 431, head(`X: ${"a".repeat(17_000)}\r\n`)],
  ["a head of many small fields", 431, head("X: a\r\n".repeat(100))],
  ["a line without end", 431, "G".repeat(16_384)],
  ["a body beyond counting", 413, head("Content-Length: 99999999999999999999\r\n")],
  [
    "trailers of 17 KiB",
    431,
    `${head("Transfer-Encoding: chunked\r\n")}0\r\n${"X: a\r\n".repeat(3000)}`,
  ],
])("%s is answered %i", (_name, status, stream) => {
  for (const pieceBytesMax of [1, 13, 100_000]) {
    expect(requestsOf(stream, { seed: 1, pieceBytesMax }).at(-1)).toBe(`fault ${status}`);
  }
});

test("a head of just under 16 KiB and 100 fields is taken", () => {
  const fields = `X: ${"a".repeat(150)}\r\n`.repeat(99);
  expect(headOf(head(fields))).toMatchObject({ type: "head" });
});

test("after a fault nothing more is read", () => {
  const reader = new HttpRequestReader();
  reader.push(ascii(`nonsense\r\n\r\n${get}`));
  expect([reader.next()?.type, reader.next(), reader.isDone]).toEqual(["fault", null, true]);
});
