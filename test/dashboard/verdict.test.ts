import { expect, test } from "vitest";
import { judged, verdictText } from "#dashboard/model/verdict.ts";

test("a verdict has a sign, and how sure it is", () => {
  expect([verdictText("recovers", null), verdictText("wedged", "certain")]).toEqual([
    "✓ recovers",
    "✕ wedged (certain)",
  ]);
});

test("a verdict that nobody knows is shown, and not taken for a good one", () => {
  expect(verdictText("constructor", null)).toBe("· constructor");
  expect(judged("constructor", null).tone).toBe("warn");
});
