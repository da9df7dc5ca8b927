import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ByteQueue, viewOf } from "#wire/bytes.ts";
import { cookieOf, toCookie } from "#wire/nbd/cookie.ts";
import type { NbdRequestHeader } from "#wire/nbd/frame.ts";
import {
  encodeRequest,
  encodeSimpleReply,
  takeChunkHeader,
  takeRequest,
  takeSimpleReply,
  writeChunkHeader,
} from "#wire/nbd/frame.ts";
import { decodeInfoRequest, encodeInfoRequest } from "#wire/nbd/haggling.ts";

const u16 = fc.nat({ max: 0xffff });
const u32 = fc.nat({ max: 0xffff_ffff });
const cookie = { cookieHi: u32, cookieLo: u32 };
const offsetBytes = fc.nat({ max: Number.MAX_SAFE_INTEGER });

function queueOf(bytes: Uint8Array, atBytes: number): ByteQueue {
  const queue = new ByteQueue();
  queue.push(bytes.subarray(0, atBytes));
  queue.push(bytes.subarray(atBytes));
  queue.gather(bytes.length);
  return queue;
}

test("a request that is encoded and decoded is the same request", async () => {
  const request = fc.record<NbdRequestHeader>({
    ...cookie,
    type: u16,
    flags: u16,
    offsetBytes,
    lenBytes: u32,
  });
  const property = fc.property(request, fc.nat({ max: 28 }), (sent, atBytes) => {
    const bytes = encodeRequest(sent);
    expect(bytes.length).toBe(28);
    expect(takeRequest(queueOf(bytes, atBytes))).toEqual(sent);
  });
  await fc.assert(property, { seed: 1 });
});

test("a simple reply that is encoded and decoded is the same reply", async () => {
  const property = fc.property(
    fc.record({ ...cookie, errno: u32 }),
    fc.nat({ max: 16 }),
    (sent, atBytes) => {
      const bytes = encodeSimpleReply(sent);
      expect(bytes.length).toBe(16);
      expect(takeSimpleReply(queueOf(bytes, atBytes))).toEqual(sent);
    },
  );
  await fc.assert(property, { seed: 1 });
});

test("a chunk header that is encoded and decoded is the same header", async () => {
  const property = fc.property(
    fc.record({ ...cookie, flags: u16, type: u16, lenBytes: u32 }),
    (sent) => {
      const bytes = new Uint8Array(20);
      writeChunkHeader(viewOf(bytes), 0, sent);
      expect(takeChunkHeader(queueOf(bytes, 7))).toEqual(sent);
    },
  );
  await fc.assert(property, { seed: 1 });
});

test("an information request that is encoded and decoded is the same request", async () => {
  const property = fc.property(
    fc.record({
      name: fc.uint8Array({ maxLength: 300 }),
      infoTypes: fc.array(u16, { maxLength: 20 }),
    }),
    (sent) => {
      expect(decodeInfoRequest(encodeInfoRequest(sent))).toEqual(sent);
    },
  );
  await fc.assert(property, { seed: 1 });
});

test("an information request whose lengths disagree is none", () => {
  const bytes = encodeInfoRequest({ name: Uint8Array.of(1, 2, 3), infoTypes: [3] });
  expect(decodeInfoRequest(bytes)).not.toBeNull();
  expect(decodeInfoRequest(bytes.subarray(0, bytes.length - 1))).toBeNull();
  expect(decodeInfoRequest(new Uint8Array([...bytes, 0]))).toBeNull();
  expect(decodeInfoRequest(bytes.subarray(0, 5))).toBeNull();
});

test("a cookie is the same number in halves and whole", async () => {
  const property = fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (whole) => {
    expect(cookieOf(toCookie(whole))).toBe(whole);
  });
  await fc.assert(property, { seed: 1 });
});

test("the wrong magic is no header, and the bytes stay", () => {
  const queue = queueOf(new Uint8Array(28), 0);
  expect(takeRequest(queue)).toBeNull();
  expect(takeSimpleReply(queue)).toBeNull();
  expect(takeChunkHeader(queue)).toBeNull();
  expect(queue.lenBytes).toBe(28);
});
