import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { ByteQueue, encodeUtf8, equalBytes, lenBytesOf } from "#wire/bytes.ts";
import { cut, hex, join, pattern } from "./support.ts";

function queueOf(...slices: readonly Uint8Array[]): ByteQueue {
  const queue = new ByteQueue();
  for (const slice of slices) queue.push(slice);
  return queue;
}

test("a payload inside one slice is a view of that slice, not a copy", () => {
  const chunk = pattern(100);
  const [taken] = queueOf(chunk).takeSlices(50);
  expect(taken?.buffer).toBe(chunk.buffer);
});

test("a payload across slices is the slices themselves", () => {
  const chunks = [pattern(1448, 1), pattern(1448, 2), pattern(1448, 3)];
  const taken = queueOf(...chunks).takeSlices(4096);
  expect(taken.map((slice) => slice.length)).toEqual([1448, 1448, 1200]);
  expect(taken.map((slice) => slice.buffer)).toEqual(chunks.map((chunk) => chunk.buffer));
});

test("a header across slices reads as one, and what follows it is still there", () => {
  const bytes = hex("00112233 44556677 8899aabb");
  const queue = queueOf(bytes.subarray(0, 3), bytes.subarray(3, 7), bytes.subarray(7));
  expect(queue.gather(8)).toBe(true);
  expect([queue.u32At(0), queue.u32At(4), queue.u16At(3)]).toEqual([
    0x00112233, 0x44556677, 0x3344,
  ]);
  expect(join(queue.takeSlices(12))).toEqual(bytes);
});

test("slices that are detached no longer change with the buffer they came in", () => {
  const buffer = pattern(1000);
  const queue = queueOf(buffer);
  queue.skip(10);
  queue.detach();
  queue.push(pattern(1000, 9));
  queue.detach();
  buffer.fill(0);
  expect(join(queue.takeSlices(1990))).toEqual(
    join([pattern(1000).subarray(10), pattern(1000, 9)]),
  );
});

test("a peer who sends byte by byte costs one slice for hundreds of bytes, not one each", () => {
  const queue = new ByteQueue();
  for (const byte of pattern(10_000)) queue.push(Uint8Array.of(byte));
  const slices = queue.takeSlices(10_000);
  expect(slices.length).toBeLessThan(10_000 / 200);
  expect(join(slices)).toEqual(pattern(10_000));
});

test("taking more than is held is a programmer's error", () => {
  expect(() => queueOf(pattern(4)).take(5)).toThrow("no more is taken");
  expect(() => queueOf(pattern(4)).skip(5)).toThrow("no more is skipped");
});

type Step = readonly [
  (
    | "push"
    | "skip"
    | "take"
    | "takeSlices"
    | "takeFront"
    | "gather"
    | "indexOf"
    | "detach"
    | "reload"
  ),
  number,
];

/** The queue beside the obvious one: an array of all bytes. */
function agreesWithArray(steps: readonly Step[], random: Random): void {
  let queue = new ByteQueue();
  let held: Uint8Array = new Uint8Array(0);
  for (const [what, size] of steps) {
    const lenBytes = Math.min(size, held.length);
    switch (what) {
      case "push": {
        const bytes = pattern(size, random.below(256));
        queue.push(bytes);
        held = join([held, bytes]);
        break;
      }
      case "skip":
        queue.skip(lenBytes);
        held = held.slice(lenBytes);
        break;
      case "take":
        expect(queue.take(lenBytes)).toEqual(held.slice(0, lenBytes));
        held = held.slice(lenBytes);
        break;
      case "takeSlices":
        expect(join(queue.takeSlices(lenBytes))).toEqual(held.slice(0, lenBytes));
        held = held.slice(lenBytes);
        break;
      case "takeFront": {
        if (lenBytes === 0) break;
        const front = queue.takeFront(lenBytes);
        expect(front).toEqual(held.slice(0, front.length));
        held = held.slice(front.length);
        break;
      }
      case "gather":
        expect(queue.gather(size)).toBe(size <= held.length);
        if (4 <= size && size <= held.length) {
          const view = new DataView(held.buffer, held.byteOffset, held.byteLength);
          expect(queue.u32At(size - 4)).toBe(view.getUint32(size - 4));
          expect(queue.u16At(size - 2)).toBe(view.getUint16(size - 2));
        }
        break;
      case "indexOf":
        expect(queue.indexOf(held[size] ?? 7, lenBytes)).toBe(
          held.indexOf(held[size] ?? 7, lenBytes),
        );
        break;
      case "detach":
        queue.detach();
        break;
      case "reload": {
        const state = queue.save();
        queue = new ByteQueue();
        queue.load(state);
        break;
      }
    }
    expect(queue.lenBytes).toBe(held.length);
  }
}

describe("a queue of slices", () => {
  test("holds exactly what an array of the same bytes holds, whatever is done to it", async () => {
    const step = fc.tuple(
      fc.constantFrom<Step[0]>(
        "push",
        "push",
        "push",
        "skip",
        "take",
        "takeSlices",
        "takeFront",
        "gather",
        "indexOf",
        "detach",
        "reload",
      ),
      fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 700 })),
    );
    const property = fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), (steps, seed) =>
      agreesWithArray(steps, new Random(seed)),
    );
    await fc.assert(property, { seed: 1, numRuns: 400 });
  });

  test("gives back a long stream whole, in whatever sizes it came and went", () => {
    const random = new Random(7);
    const stream = pattern(60_000);
    const queue = new ByteQueue();
    const out: Uint8Array[] = [];
    for (const piece of cut(stream, random, 900)) {
      queue.push(piece);
      const lenBytes = random.below(queue.lenBytes + 1);
      out.push(...queue.takeSlices(lenBytes));
    }
    out.push(...queue.takeSlices(queue.lenBytes));
    expect(join(out)).toEqual(stream);
  });
});

test("UTF-8 is what TextEncoder writes, lone surrogates included", async () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const broken = fc.array(fc.nat({ max: 0xffff }), { maxLength: 20 });
  const anyText = fc.oneof(
    text,
    broken.map((units) => String.fromCharCode(...units)),
  );
  const property = fc.property(anyText, (value) =>
    equalBytes(encodeUtf8(value), new TextEncoder().encode(value)),
  );
  await fc.assert(property, { seed: 1, numRuns: 500 });
});

test("lengths are summed", () => {
  expect(lenBytesOf([pattern(3), pattern(0), pattern(4)])).toBe(7);
});

test("detaching copies a Node Buffer, whose own slice would be a view", () => {
  const queue = new ByteQueue();
  const buffer = Buffer.from([1, 2, 3, 4]);
  queue.push(buffer);
  queue.skip(1);
  queue.detach();
  const saved = queue.save();
  buffer.fill(9);
  expect([...queue.take(3)]).toEqual([2, 3, 4]);
  expect([...(saved[0] ?? [])]).toEqual([2, 3, 4]);
});
