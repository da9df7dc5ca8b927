// The host that runs are given: what reads its clock or throws its dice is caught, and nothing of it is left behind.

import { expect, test } from "vitest";
import { withoutHost } from "../support/poison.ts";

test.each<[string, () => unknown]>([
  ["Date.now()", () => Date.now()],
  ["new Date()", () => new Date()],
  ["performance.now()", () => performance.now()],
  ["process.hrtime()", () => process.hrtime()],
  ["Math.random()", () => Math.random()],
  ["crypto.randomUUID()", () => crypto.randomUUID()],
  ["crypto.getRandomValues()", () => crypto.getRandomValues(new Uint8Array(1))],
])("%s is refused while a run goes on, and answers again afterwards", (_what, ask) => {
  expect(() => withoutHost(ask)).toThrow();
  expect(ask).not.toThrow();
});

test("what asks nothing of the host gets its answer through", () => {
  expect(withoutHost(() => 6 * 7)).toBe(42);
});
