// The values of an axis, and the smallest of them that does.

import { describe, expect, test } from "vitest";
import { type Axis, axisValues, Bisection } from "#coordinator/scenario/index.ts";

const valuesOf = (axis: Omit<Axis, "path">): readonly unknown[] | string => {
  const values = axisValues({ path: "p", ...axis });
  return values.ok ? values.value : values.message;
};

describe("an axis", () => {
  test("has the values it lists", () => {
    expect(valuesOf({ values: ["1 s", 2] })).toEqual(["1 s", 2]);
  });

  test("is spaced evenly, sizes of memory in whole pages", () => {
    expect(valuesOf({ from: "1 MiB", to: "2 MiB", steps: 4 })).toEqual([
      "1 MiB",
      "1364 KiB",
      "1708 KiB",
      "2 MiB",
    ]);
    expect(valuesOf({ from: 1, to: 9, steps: 3 })).toEqual([1, 5, 9]);
  });

  test("doubles", () => {
    expect(valuesOf({ from: "1 s", to: "8 s", scale: "log2" })).toEqual([
      "1 s",
      "2 s",
      "4 s",
      "8 s",
    ]);
  });

  test("of two kinds, or of one end, is refused", () => {
    expect(valuesOf({ from: "1 s", to: "1 MiB" })).toBe(
      "p: from and to are no quantities of one kind",
    );
    expect(valuesOf({ from: "1 s" })).toBe("p: expected values, or from and to");
    expect(valuesOf({ from: 0, to: 8, scale: "log2" })).toBe(
      "p: what begins at nothing cannot double",
    );
  });
});

/** All that is asked, and what is found, of values that do from `least` on. */
function bisect(count: number, does: (at: number) => boolean, checksOrder = false) {
  const bisection = new Bisection({ count, checksOrder });
  const asked: number[] = [];
  for (let at = bisection.next(); at !== null; at = bisection.next()) {
    asked.push(at);
    bisection.tell(at, does(at));
  }
  return { bisection, asked };
}

describe("halving", () => {
  test.each([0, 1, 7, 30, 31])("finds %i of 32 in six questions at most", (least) => {
    const { bisection, asked } = bisect(32, (at) => at >= least);
    expect(bisection.smallest).toBe(least);
    expect(bisection.largestFailing).toBe(least - 1);
    expect(asked.length).toBeLessThanOrEqual(6);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test("asks once when not even the largest does", () => {
    const { bisection, asked } = bisect(32, () => false);
    expect([bisection.smallest, asked]).toEqual([null, [31]]);
  });

  test("names what contradicts the order, where it is asked to look", () => {
    const isOdd = (at: number): boolean => at >= 20 || at === 0;
    expect(bisect(32, isOdd).bisection.contradictions).toEqual([]);
    const { bisection } = bisect(32, isOdd, true);
    expect([bisection.smallest, bisection.contradictions]).toEqual([20, [0]]);
  });
});
