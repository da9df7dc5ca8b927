import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf, identityIn, isContentOf } from "#kernel/mm/content.ts";

const identity = fc.record({
  owner: fc.nat(1000),
  index: fc.nat(1 << 20),
  version: fc.nat(1 << 20),
});

test("a page's bytes are its own and nobody else's", async () => {
  const property = fc.property(identity, identity, (one, other) => {
    const bytes = bytesOf(one.owner, one.index, one.version);
    const isSame =
      one.owner === other.owner && one.index === other.index && one.version === other.version;
    return isContentOf(bytes, other.owner, other.index, other.version) === isSame;
  });
  await fc.assert(property, { seed: 1 });
});

test("one wrong byte anywhere is seen", async () => {
  const property = fc.property(
    identity,
    fc.nat(4095),
    fc.integer({ min: 1, max: 255 }),
    (one, at, flip) => {
      const bytes = bytesOf(one.owner, one.index, one.version).slice();
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      return !isContentOf(bytes, one.owner, one.index, one.version);
    },
  );
  await fc.assert(property, { seed: 1 });
});

test("also of a page in the memory it was made in: of every 64th all bytes are looked at, of others the first words", () => {
  const isRight = (index: number, at: number): boolean => {
    const bytes = bytesOf(1, index, 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return isContentOf(bytes, 1, index, 2);
  };
  expect([isRight(128, 4095), isRight(129, 8), isRight(129, 4095)]).toEqual([false, false, true]);
});

test("a page says in clear whose it is, at any alignment", () => {
  const shifted = new Uint8Array(4099);
  shifted.set(bytesOf(3, 70, 9), 3);
  expect(identityIn(shifted.subarray(3))).toEqual({ owner: 3, index: 70, version: 9 });
  expect(isContentOf(shifted.subarray(3), 3, 70, 9)).toBe(true);
});

test("a page of another length is no page", () => {
  expect(isContentOf(bytesOf(1, 2, 3).subarray(0, 4095), 1, 2, 3)).toBe(false);
});

test("a page is known wherever it lies in a Buffer, as sockets give it", () => {
  const page = bytesOf(3, 5, 7);
  for (const at of [0, 1, 2, 3, 28]) {
    const all = Buffer.alloc(page.length + at);
    all.set(page, at);
    expect(identityIn(all.subarray(at))).toEqual({ owner: 3, index: 5, version: 7 });
  }
});
