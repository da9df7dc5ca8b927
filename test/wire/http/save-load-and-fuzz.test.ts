import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { lenBytesOf } from "#wire/bytes.ts";
import { HttpRequestReader } from "#wire/http/request-reader.ts";
import { HttpResponseReader } from "#wire/http/response-reader.ts";
import { ascii, cut, join, pattern } from "../support.ts";

const requests =
  "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n" +
  "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" +
  "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n\r\n" +
  "GET /d HTTP/1.0\r\n\r\n";
const responses =
  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" +
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
  "HTTP/1.1 200 OK\r\n\r\nuntil the end";

interface Reader<State> {
  push(bytes: Uint8Array): void;
  next(): unknown;
  save(): State;
  load(state: State): void;
}

/** JSON that knows typed arrays. */
function flat(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? { bytes: [...item] } : item,
  );
}

/** Every event of `stream`, byte by byte, moving into a fresh reader where `movesAt` says so. */
function events<State>(
  stream: string,
  create: () => Reader<State>,
  movesAt: (step: number) => boolean,
): string[] {
  const got: string[] = [];
  let reader = create();
  [...ascii(stream)].forEach((byte, step) => {
    reader.push(Uint8Array.of(byte));
    if (movesAt(step)) {
      const state = reader.save();
      reader = create();
      reader.load(state);
      expect(flat(reader.save())).toBe(flat(state));
    }
    for (let event = reader.next(); event !== null; event = reader.next()) got.push(flat(event));
  });
  return got;
}

function expectingReader(): HttpResponseReader {
  const reader = new HttpResponseReader();
  for (let i = 0; i < 3; i++) reader.sent("GET");
  return reader;
}

test("a request reader that is saved and loaded at any byte goes on as if nothing had been", () => {
  const create = (): HttpRequestReader => new HttpRequestReader();
  const plain = events(requests, create, () => false);
  expect(plain.length).toBeGreaterThan(12);
  expect(events(requests, create, () => true)).toEqual(plain);
  for (let seed = 0; seed < 50; seed++) {
    const random = new Random(seed);
    expect(events(requests, create, () => random.chance(1, 4))).toEqual(plain);
  }
});

test("a response reader that is saved and loaded at any byte goes on as if nothing had been", () => {
  const plain = events(responses, expectingReader, () => false);
  expect(plain.length).toBeGreaterThan(12);
  let isFirst = true;
  const create = (): HttpResponseReader => {
    const reader = isFirst ? expectingReader() : new HttpResponseReader();
    isFirst = false;
    return reader;
  };
  expect(events(responses, create, () => true)).toEqual(plain);
});

function damaged(stream: Uint8Array, random: Random): Uint8Array {
  const bytes = stream.slice();
  for (let i = random.below(6); i > 0; i--) {
    const atBytes = random.below(bytes.length);
    bytes.fill(random.below(256), atBytes, atBytes + 1);
  }
  const fromBytes = random.below(bytes.length);
  if (random.chance(1, 3)) return join([bytes.subarray(fromBytes), bytes]);
  if (random.chance(1, 3)) return join([bytes.subarray(0, fromBytes), pattern(random.below(40))]);
  return bytes;
}

test("20,000 damaged streams throw nothing, and no more is held of each than a line", () => {
  const outcomes = new Set<string>();
  let heldBytesMax = 0;
  for (let seed = 0; seed < 20_000; seed++) {
    const random = new Random(seed);
    const isRequest = random.chance(1, 2);
    const reader = isRequest ? new HttpRequestReader() : expectingReader();
    const stream = damaged(ascii(isRequest ? requests : responses), random);
    for (const piece of cut(stream, random, 1 + random.below(100))) {
      reader.push(piece);
      for (let event = reader.next(); event !== null; event = reader.next())
        outcomes.add(event.type);
      heldBytesMax = Math.max(heldBytesMax, lenBytesOf(reader.save().queue));
    }
  }
  expect(heldBytesMax).toBeLessThan(1000);
  expect(outcomes).toEqual(new Set(["body", "end", "fault", "head", "interim"]));
});
