import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { HttpBodySent } from "#wire/http/writer.ts";
import {
  encodeChunkEnd,
  encodeChunkHead,
  encodeContinue,
  encodeLastChunk,
  encodeRequestHead,
  encodeResponseHead,
} from "#wire/http/writer.ts";
import { textOf } from "../support.ts";
import { requestsOf, responsesOf } from "./support.ts";

const aRequest = {
  method: "GET",
  target: "/",
  host: "a",
  body: { type: "none" },
  keepAlive: true,
} as const;

test("heads are these bytes", () => {
  const body = { type: "length", lenBytes: 4096 } as const;
  expect(textOf(encodeResponseHead({ status: 200, body, keepAlive: true }))).toBe(
    "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\nConnection: keep-alive\r\n\r\n",
  );
  expect(
    textOf(encodeResponseHead({ status: 503, body: { type: "none" }, keepAlive: false })),
  ).toBe("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  expect(textOf(encodeResponseHead({ status: 204, body: { type: "none" }, keepAlive: true }))).toBe(
    "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n",
  );
  expect(textOf(encodeRequestHead(aRequest))).toBe("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const post = { ...aRequest, method: "POST", body, keepAlive: false, expectsContinue: true };
  expect(textOf(encodeRequestHead(post))).toBe(
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
  );
  expect(textOf(encodeContinue())).toBe("HTTP/1.1 100 Continue\r\n\r\n");
});

/** `text` as a body sent in the way that `body` says, in chunks of three. */
function bodyText(body: HttpBodySent, text: string): string {
  if (body.type !== "chunked") return body.type === "none" ? "" : text;
  const chunks = text.match(/.{1,3}/gs) ?? [];
  const sent = chunks.map(
    (chunk) => textOf(encodeChunkHead(chunk.length)) + chunk + textOf(encodeChunkEnd()),
  );
  return sent.join("") + textOf(encodeLastChunk());
}

const anyBody = fc.tuple(
  fc.constantFrom("none", "length", "chunked"),
  fc.stringMatching(/^[a-z\r\n]{1,40}$/),
);

test("what is written is what is read, in requests and in responses", async () => {
  const property = fc.property(
    anyBody,
    fc.record({ seed: fc.nat(), pieceBytesMax: fc.integer({ min: 1, max: 60 }) }),
    ([type, text], pieces) => {
      const body: HttpBodySent =
        type === "length"
          ? { type, lenBytes: text.length }
          : { type: type === "none" ? "none" : "chunked" };
      const sent = bodyText(body, text);
      const events = body.type === "none" ? ["end 0"] : [`body ${text}`, `end ${text.length}`];
      const request = textOf(encodeRequestHead({ ...aRequest, method: "POST", body })) + sent;
      expect(requestsOf(request + request, pieces)).toEqual([
        "POST /",
        ...events,
        "POST /",
        ...events,
      ]);
      const response = textOf(encodeResponseHead({ status: 200, body, keepAlive: true })) + sent;
      expect(responsesOf(response, ["GET"], pieces)).toEqual(["head 200", ...events]);
    },
  );
  await fc.assert(property, { seed: 1, numRuns: 300 });
});

test("a line break in an argument stops the run: it would be a second request", () => {
  expect(() => encodeRequestHead({ ...aRequest, target: "/\r\nX: y" })).toThrow("target");
  expect(() => encodeRequestHead({ ...aRequest, host: "a\r\nX: y" })).toThrow("host");
  expect(() => encodeRequestHead({ ...aRequest, method: "GET /evil" })).toThrow("method");
  const body = { type: "length", lenBytes: 1 } as const;
  expect(() => encodeResponseHead({ status: 204, body, keepAlive: true })).toThrow("no body");
  expect(() => encodeResponseHead({ status: 100, body, keepAlive: true })).toThrow("final status");
  expect(() => encodeChunkHead(0)).toThrow("empty chunk");
});
