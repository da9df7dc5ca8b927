import { describe, expect, test } from "vitest";
import { criticalityPolicies } from "#kernel/index.ts";

describe.each(Object.entries(criticalityPolicies))("%s", (name, policy) => {
  test("is registered under its own name and says what it does", () => {
    expect(policy.name).toBe(name);
    expect(policy.summary).toMatch(/\.$/);
  });
});

test("every combination of marked socket and marked driver is there for a thread of the driver", () => {
  const threads = Object.values(criticalityPolicies).filter(({ sender }) => sender === "thread");
  const marks = threads.map(
    ({ marksSwapSocket, driverMemalloc }) => `${marksSwapSocket}/${driverMemalloc}`,
  );
  expect(marks.sort()).toEqual(["false/false", "false/true", "true/false", "true/true"]);
});
