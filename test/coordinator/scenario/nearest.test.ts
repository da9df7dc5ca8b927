import { expect, test } from "vitest";
import { nearest, typingErrors } from "#coordinator/scenario/nearest.ts";

test.each([
  ["kitten", "sitting", 3],
  ["recieve", "receive", 1],
  ["", "abc", 3],
  ["same", "same", 0],
])("from %j to %j are %i typing errors", (from, to, errors) => {
  expect(typingErrors(from, to)).toBe(errors);
  expect(typingErrors(to, from)).toBe(errors);
});

test("the nearest is the one with the fewest errors, the first on a tie", () => {
  expect(nearest("swap.stal", ["swap.slow", "swap.stall"])).toBe("swap.stall");
  expect(nearest("ab", ["aa", "bb"])).toBe("aa");
});

test("what is far off suggests nothing", () => {
  expect(nearest("elephant", ["swap.slow", "swap.stall"])).toBeNull();
});

test("half a name suggests the whole one", () => {
  expect(nearest("vanilla", ["swapnbd-v9", "vanilla-2007"])).toBe("vanilla-2007");
});
