import { describe, expect, test } from "vitest";
import { interleaved, quantile, summaryOf } from "../../bench/statistics.ts";

describe("summary", () => {
  test("the median of an odd number of values is the middle one, in whatever order they came", () => {
    expect(summaryOf([5, 1, 9]).median).toBe(5);
  });

  test("the median of an even number lies half way between the middle two", () => {
    expect(summaryOf([4, 1, 2, 100]).median).toBe(3);
  });

  test("one disturbed sample moves neither median nor quartiles far", () => {
    const calm = summaryOf([10, 11, 12, 13, 14, 15, 16]);
    const disturbed = summaryOf([10, 11, 12, 13, 14, 15, 1_000]);
    expect(disturbed).toEqual(calm);
  });

  test("quartiles enclose the middle half", () => {
    const { lowerQuartile, upperQuartile } = summaryOf([1, 2, 3, 4, 5]);
    expect([lowerQuartile, upperQuartile]).toEqual([2, 4]);
  });

  test("values are compared as numbers, not as text", () => {
    expect(summaryOf([9, 10, 100]).median).toBe(10);
  });

  test("one value is its own summary", () => {
    expect(summaryOf([7])).toEqual({ count: 1, median: 7, lowerQuartile: 7, upperQuartile: 7 });
  });

  test("the values given are not reordered", () => {
    const values = [3, 1, 2];
    quantile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  test("of nothing there is no median", () => {
    expect(() => summaryOf([])).toThrow("something to summarise");
  });
});

describe("interleaved", () => {
  test("the two sides run by turns, and the pairs are what ran together", () => {
    const log: string[] = [];
    const run = (side: string) => () => log.push(side);
    const pairs = interleaved(3, run("a"), run("b"));
    expect(log).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(pairs).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
});
