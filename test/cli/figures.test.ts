import { expect, test } from "vitest";
import { columnsOf, counted, countText, timeText, wrapped } from "#cli/figures.ts";
import { wilson } from "#cli/tally.ts";

test.each([
  [0, "0 s"],
  [1_500, "2 us"],
  [12_000_000, "12 ms"],
  [3_020_000_000, "3.02 s"],
  [7_000_000_000, "7 s"],
  [246_500_000_000, "246.5 s"],
])("%i ns reads %s", (ns, text) => {
  expect(timeText(ns)).toBe(text);
});

test("numbers have a comma every three digits, and nouns agree with them", () => {
  expect([0, 999, 1_000, 1_234_567].map(countText)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([counted(1, "page"), counted(2, "page")]).toEqual(["1 page", "2 pages"]);
});

test("no line is longer than asked, and nothing is lost", () => {
  const text = "To free memory A must hear from C; to hear from C it needs memory.";
  const lines = wrapped(text, 20, "  ", "    ");
  expect(lines.every((line) => line.length <= 20)).toBe(true);
  expect(lines[0]?.startsWith("  To")).toBe(true);
  expect(lines.map((line) => line.trim()).join(" ")).toBe(text);
});

test("a word longer than a line stands alone in it", () => {
  expect(wrapped("a incomprehensible b", 8)).toEqual(["a", "incomprehensible", "b"]);
});

test("columns begin below each other, without blanks at the end", () => {
  expect(
    columnsOf([
      ["a", "bb"],
      ["ccc", ""],
    ]),
  ).toEqual(["a    bb", "ccc"]);
});

test.each([
  // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])("Wilson's interval of %i in %i", (count, of, low, high) => {
  const interval = wilson(count, of);
  expect(interval.low).toBeCloseTo(low, 4);
  expect(interval.high).toBeCloseTo(high, 4);
});

test("where all runs agree the interval touches the end, and nothing is known of no runs", () => {
  expect(wilson(20, 20).high).toBe(1);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});
