import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "#base/random.ts";

const drawn = (random: Random, count = 8): number[] =>
  Array.from({ length: count }, () => random.u32());

describe("fork", () => {
  test("a stream does not depend on what its parent or its siblings have drawn", () => {
    const quiet = new Random(42);
    const busy = new Random(42);
    drawn(busy, 100);
    drawn(busy.fork("fabric"), 100);
    expect(drawn(busy.fork("kswapd"))).toEqual(drawn(quiet.fork("kswapd")));
  });

  test("forking draws nothing from the parent", () => {
    const random = new Random(42);
    random.fork("fabric");
    expect(drawn(random)).toEqual(drawn(new Random(42)));
  });

  test("streams of different names differ, and of different seeds too", () => {
    const random = new Random(42);
    const streams = [
      random,
      random.fork("a"),
      random.fork("b"),
      random.fork("ab"),
      random.fork("ba"),
      new Random(43).fork("a"),
    ];
    expect(new Set(streams.map((stream) => drawn(stream).join())).size).toBe(streams.length);
  });

  test("a fork of a fork is a stream of its own", () => {
    const random = new Random(1);
    const deep = drawn(random.fork("a").fork("b"));
    expect(deep).not.toEqual(drawn(random.fork("a")));
    expect(deep).not.toEqual(drawn(random.fork("b")));
    expect(deep).toEqual(drawn(new Random(1).fork("a").fork("b")));
  });
});

describe("draws", () => {
  test("the first ones of a seed never change: recorded runs depend on them", () => {
    expect(drawn(new Random(1), 3)).toMatchInlineSnapshot(`
      [
        1580013426,
        350525680,
        3524174333,
      ]
    `);
  });

  test("are integers of 32 bits", () => {
    for (const draw of drawn(new Random(7), 1_000)) {
      expect(Number.isInteger(draw)).toBe(true);
      expect(draw).toBeGreaterThanOrEqual(0);
      expect(draw).toBeLessThan(2 ** 32);
    }
  });

  test("below stays below, for every bound", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 32 }), (seed, bound) => {
        const random = new Random(seed);
        for (let i = 0; i < 20; i++) expect(random.below(bound)).toBeLessThan(bound);
      }),
      { seed: 1 },
    );
  });

  test("below has no favourites, even where a remainder would", () => {
    // Of 2^32 draws modulo 3 × 2^30 the lowest third would come twice as often as each other one.
    const bound = 3 * 2 ** 30;
    const random = new Random(5);
    const thirds = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const third = Math.floor(random.below(bound) / 2 ** 30);
      thirds[third] = (thirds[third] ?? 0) + 1;
    }
    for (const count of thirds) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  test("chance of none never comes true, of all always, of a quarter about a quarter", () => {
    const random = new Random(9);
    const hits = (numerator: number): number =>
      Array.from({ length: 8_000 }, () => random.chance(numerator, 4)).filter(Boolean).length;
    expect(hits(0)).toBe(0);
    expect(hits(4)).toBe(8_000);
    expect(Math.abs(hits(1) - 2_000)).toBeLessThan(200);
  });
});

describe("save and load", () => {
  test("a loaded stream goes on where the saved one was", () => {
    const random = new Random(42).fork("nic");
    drawn(random, 5);
    const loaded = new Random(42).fork("nic");
    loaded.load(random.save());
    expect(drawn(loaded)).toEqual(drawn(random));
  });

  test("a state is refused by a stream of another name", () => {
    const state = new Random(42).fork("nic").save();
    expect(() => new Random(42).fork("disk").load(state)).toThrow("of the same name");
  });
});
