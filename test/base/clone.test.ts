import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clone } from "#base/clone.ts";

/** Every object, array and buffer within a value. */
function partsOf(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  if (ArrayBuffer.isView(value)) return [value, value.buffer];
  return [value, ...Object.values(value).flatMap(partsOf)];
}

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.bigInt(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array(),
    fc.uint32Array(),
    fc.float64Array({ noNaN: true }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe("clone", () => {
  test("is equal and shares nothing", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const copy = clone(value);
        expect(copy).toEqual(value);
        const own = new Set(partsOf(value));
        expect(partsOf(copy).filter((part) => own.has(part))).toEqual([]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("writing to a copied array leaves the original alone", () => {
    const state = { lanes: [new Int32Array([1, 2])], marks: { min: [3] } };
    const copy = clone(state);
    copy.lanes[0]?.fill(9);
    copy.marks.min.push(9);
    expect(state).toEqual({ lanes: [new Int32Array([1, 2])], marks: { min: [3] } });
  });

  test("a view of a part of a buffer is copied as that part", () => {
    const whole = new Uint8Array([1, 2, 3, 4]);
    const copy = clone(whole.subarray(1, 3));
    expect([...copy]).toEqual([2, 3]);
    expect(copy.buffer.byteLength).toBe(2);
  });

  test("typed arrays keep their type", () => {
    const arrays = [
      new Uint8Array(1),
      new Uint16Array(1),
      new Int32Array(1),
      new Uint32Array(1),
      new Float64Array(1),
    ];
    expect(clone(arrays).map((array) => array.constructor)).toEqual(
      arrays.map((array) => array.constructor),
    );
  });
});
