import { describe, expect, test } from "vitest";
import { type LimitsView, limitsPolicies } from "#kernel/policy/limits/index.ts";

// What every policy on the global limit must keep, and the table of who passes which.

const nobody: LimitsView = { pfmemalloc: false, memallocSocket: false, receiveQueueEmpty: false };

describe.each(Object.entries(limitsPolicies))("%s", (name, policy) => {
  test("is registered under its own name and says what it does in a line", () => {
    expect(policy.name).toBe(name);
    expect(policy.summary.length).toBeGreaterThan(10);
    expect(policy.summary.length).toBeLessThan(120);
  });

  test("holds the limit for an ordinary packet behind others", () => {
    expect(policy.mayPassLimit(nobody)).toBe(false);
  });
});

test.each([
  ["none", false, false, false],
  ["emergency-skb", true, false, false],
  ["memalloc-socket", false, true, false],
  ["first-skb-forced", false, false, true],
  ["emergency-or-first-skb", true, false, true],
] as const)(
  "%s lets pass: reserve skb %s, marked socket %s, first skb %s",
  (name, skb, socket, first) => {
    const policy = limitsPolicies[name];
    expect(policy.mayPassLimit({ ...nobody, pfmemalloc: true })).toBe(skb);
    expect(policy.mayPassLimit({ ...nobody, memallocSocket: true })).toBe(socket);
    expect(policy.mayPassLimit({ ...nobody, receiveQueueEmpty: true })).toBe(first);
  },
);
