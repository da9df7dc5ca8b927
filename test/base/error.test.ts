import { expect, test } from "vitest";
import { EXIT, UnwedgeError, worstExit } from "#base/error.ts";

test("an error knows what to exit with", () => {
  const error = new UnwedgeError("invalidScenario", "no", { cause: "x" });
  expect(error).toMatchObject({ exitCode: 65, code: "invalidScenario", cause: "x", message: "no" });
});

test.each([
  [[0, 0], 0],
  [[0, EXIT.inconclusive], 2],
  [[EXIT.inconclusive, EXIT.failed, 0], 1],
  [[EXIT.failed, EXIT.nondeterministic], 3],
  [[EXIT.nondeterministic, EXIT.internal], 70],
  [[EXIT.skipped, 0], 4],
  [[EXIT.skipped, EXIT.inconclusive], 2],
  [[0, EXIT.wallLimit], 124],
  [[], 0],
])("of %j the worst is %i", (codes, worst) => {
  expect(worstExit(codes)).toBe(worst);
});
