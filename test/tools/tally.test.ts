import { expect, test } from "vitest";
import { tally } from "#tools/tally.mjs";

const report = (...statuses: string[]) => ({
  testResults: [
    {
      name: "a.test.ts",
      status: statuses.every((status) => status !== "failed") ? "passed" : "failed",
      assertionResults: statuses.map((status, i) => ({ fullName: `test ${i}`, status })),
    },
  ],
});

test("passed tests and stages are counted", () => {
  const { passed, failures } = tally(report("passed", "passed"), ["npm test=0", "containers=0"]);
  expect({ passed, failures }).toEqual({ passed: 3, failures: [] });
});

test("a stage with nothing to do is not counted", () => {
  expect(tally(report("passed"), ["npm test=0", "containers=none"])).toEqual({
    passed: 1,
    failures: [],
  });
});

test.each([
  ["a failed test", report("passed", "failed"), ["npm test=1"]],
  ["a skipped test", report("passed", "skipped"), ["npm test=0"]],
  ["a test still to be written", report("passed", "todo"), ["npm test=0"]],
  ["an exit code that no test explains", report("passed"), ["npm test=1"]],
  ["a failed stage", report("passed"), ["npm test=0", "containers=1"]],
  [
    "a file that does not load",
    {
      testResults: [
        ...report("passed").testResults,
        { name: "b", status: "failed", assertionResults: [] },
      ],
    },
    ["npm test=1"],
  ],
])("%s is one failure", (_case, given, stages) => {
  const { passed, failures } = tally(given, stages);
  expect({ passed, failed: failures.length }).toEqual({ passed: 1, failed: 1 });
});

test.each([
  ["no report", null],
  ["a report without tests", { testResults: [] }],
])("%s is a failure", (_case, given) => {
  expect(tally(given, ["npm test=0"]).failures).toHaveLength(1);
});
