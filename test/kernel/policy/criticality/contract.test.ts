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

test("who submits sends with his own rights, or with those of a marked socket's driver", () => {
  const { "reclaimer-sends": plain, "marked-submitter": marked } = criticalityPolicies;
  expect([plain.sender, plain.marksSwapSocket, plain.driverMemalloc]).toEqual([
    "submitter",
    false,
    false,
  ]);
  expect([marked.sender, marked.marksSwapSocket, marked.driverMemalloc]).toEqual([
    "submitter",
    true,
    true,
  ]);
});

test("only kept-skb has a packet in advance, and else it is reclaimer-sends", () => {
  const { "kept-skb": kept, ...others } = criticalityPolicies;
  expect(Object.values(others).some(({ keepsSendSkb }) => keepsSendSkb)).toBe(false);
  const { name: _, summary: __, ...rules } = kept;
  expect(criticalityPolicies["reclaimer-sends"]).toMatchObject({ ...rules, keepsSendSkb: false });
});
