import { expect, test } from "vitest";
import { HttpResponseReader } from "#wire/http/response-reader.ts";
import { ascii } from "../support.ts";
import { responsesOf } from "./support.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
const empty = "HTTP/1.1 204 No Content\r\n\r\n";

test.each([1, 2, 9, 1000])("responses come out in turn in pieces of up to %i", (pieceBytesMax) => {
  for (let seed = 0; seed < 10; seed++) {
    const stream = ok + chunked + empty + ok;
    const events = responsesOf(stream, ["GET", "GET", "PUT", "GET"], { seed, pieceBytesMax });
    expect(events).toEqual([
      ...["head 200", "body hello", "end 5"],
      ...["head 200", "body ab", "end 2"],
      ...["head 204", "end 0"],
      ...["head 200", "body hello", "end 5"],
    ]);
  }
});

test("a response to HEAD and a 304 have a length and no body", () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  const unchanged = "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n";
  expect(responsesOf(head + unchanged, ["HEAD", "GET"])).toEqual([
    ...["head 200", "end 0"],
    ...["head 304", "end 0"],
  ]);
});

test("interim responses come before the one that counts", () => {
  const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  expect(responsesOf(interim + ok, ["POST"])).toEqual([
    ...["interim 100", "interim 103"],
    ...["head 200", "body hello", "end 5"],
  ]);
});

test("a body of unknown length ends with the connection", () => {
  const events = responsesOf("HTTP/1.0 200 OK\r\n\r\nall of it", ["GET"]);
  expect(events).toEqual(["head 200", "body all of it", "end 9"]);
});

test("a reason may be missing, a length may be 0", () => {
  expect(responsesOf("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ["GET"])).toEqual([
    ...["head 200", "end 0"],
  ]);
});

test("after a response that closes nothing more is read", () => {
  const last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx";
  expect(responsesOf(last + ok, ["GET", "GET"])).toEqual(["head 200", "body x", "end 1"]);
});

test.each([
  ["a body cut short", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", ["GET"]],
  ["a chunk cut short", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", ["GET"]],
  ["a head cut short", "HTTP/1.1 200 OK\r\nContent-Le", ["GET"]],
  ["no answer at all", "", ["GET"]],
  ["an answer nobody asked for", ok, []],
  ["a second answer", ok + ok, ["GET"]],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", ["GET"]],
  ["a status of letters", "HTTP/1.1 abc OK\r\n\r\n", ["GET"]],
  ["another protocol", "ICY 200 OK\r\n\r\n", ["GET"]],
  ["HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", ["GET"]],
  ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\n\r\n", ["GET"]],
  [
    "length and chunked",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ["GET"],
  ],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", ["GET"]],
])("%s is a fault", (_name, stream, methods) => {
  for (const pieceBytesMax of [1, 10_000]) {
    const events = responsesOf(stream, methods, { seed: 1, pieceBytesMax });
    expect(events.at(-1)).toMatch(/^fault/);
  }
});

test("closing between responses is no fault", () => {
  expect(responsesOf(ok, ["GET"]).at(-1)).toBe("end 5");
});

test("more than 1024 outstanding requests are a programmer's error", () => {
  const reader = new HttpResponseReader();
  for (let i = 0; i < 1024; i++) reader.sent("GET");
  expect(() => reader.sent("GET")).toThrow("outstanding");
});

test("a reader that is done answers null to everything", () => {
  const reader = new HttpResponseReader();
  reader.push(ascii("nonsense\r\n\r\n"));
  expect(reader.next()?.type).toBe("fault");
  expect([reader.isDone, reader.next(), reader.close()]).toEqual([true, null, null]);
});
