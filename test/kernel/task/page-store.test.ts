import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf } from "#kernel/mm/content.ts";
import { PageStore } from "#kernel/task/page-store.ts";

const joined = (slices: readonly Uint8Array[]): number[] => slices.flatMap((slice) => [...slice]);

test("what was never written is zero", () => {
  expect(joined(new PageStore().read(4096, 8192)).every((byte) => byte === 0)).toBe(true);
});

test("a page that is a stamp's pattern is kept as the stamp, and comes back byte for byte", () => {
  const store = new PageStore();
  const page = bytesOf(4, 17, 2);
  store.write(8192, [page.subarray(0, 1000), page.subarray(1000)]);
  expect(store.save().raw).toEqual([]);
  expect(joined(store.read(8192, 4096))).toEqual([...page]);
});

test("writes and reads of any cut agree with a plain array", async () => {
  const size = 4 * 4096;
  const writes = fc.array(
    fc.record({
      at: fc.nat(size - 1),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 5000 }),
      cut: fc.nat(5000),
    }),
    {
      maxLength: 12,
    },
  );
  const property = fc.property(writes, fc.nat(size - 1), fc.nat(6000), (list, from, len) => {
    const store = new PageStore();
    const plain = new Uint8Array(size);
    for (const { at, bytes, cut } of list) {
      const whole = bytes.subarray(0, size - at);
      store.write(at, [whole.subarray(0, cut), whole.subarray(cut)]);
      plain.set(whole, at);
    }
    const lenBytes = Math.min(len, size - from);
    expect(joined(store.read(from, lenBytes))).toEqual([...plain.subarray(from, from + lenBytes)]);
  });
  await fc.assert(property, { seed: 1, numRuns: 60 });
});

test("a later write of other bytes replaces a stamp", () => {
  const store = new PageStore();
  store.write(0, [bytesOf(1, 1, 1)]);
  const other = new Uint8Array(4096).fill(7);
  store.write(0, [other]);
  expect(joined(store.read(0, 4096))).toEqual([...other]);
});

test("clearing makes whole and part pages zero, and nothing else", () => {
  const store = new PageStore();
  store.write(0, [new Uint8Array(12_288).fill(9)]);
  store.clear(4000, 4200);
  const bytes = joined(store.read(0, 12_288));
  expect(bytes.slice(0, 4000).every((byte) => byte === 9)).toBe(true);
  expect(bytes.slice(4000, 8200).every((byte) => byte === 0)).toBe(true);
  expect(bytes.slice(8200).every((byte) => byte === 9)).toBe(true);
});

test("a saved store goes on as it was", () => {
  const store = new PageStore();
  store.write(4096, [bytesOf(1, 2, 3)]);
  store.write(0, [new Uint8Array(100).fill(5)]);
  const copy = new PageStore();
  copy.load(store.save());
  expect(joined(copy.read(0, 8192))).toEqual(joined(store.read(0, 8192)));
});
