import { describe, expect, test } from "vitest";
import { receivePolicies } from "#kernel/policy/receive/index.ts";

// What every receive policy must keep, whoever wrote it.

describe.each(Object.entries(receivePolicies))("%s", (name, policy) => {
  test("is registered under its own name and says what it does in a line", () => {
    expect(policy.name).toBe(name);
    expect(policy.summary.length).toBeGreaterThan(10);
    expect(policy.summary.length).toBeLessThan(120);
  });

  test("never tosses what is for a socket the VM depends on", () => {
    for (const pfmemalloc of [true, false])
      expect(policy.tossAtDemux({ pfmemalloc, memallocSocket: true })).toBe(false);
  });

  test("never tosses a packet out of ordinary memory", () => {
    expect(policy.tossAtDemux({ pfmemalloc: false, memallocSocket: false })).toBe(false);
  });

  test("opens the reserve only while some socket is marked", () => {
    expect(policy.mayReceiveFromReserve({ memallocSockets: 0 })).toBe(false);
  });

  test("who receives from the reserve also tosses, or the reserve would fill with anybody's packets", () => {
    const mayReceive = policy.mayReceiveFromReserve({ memallocSockets: 1 });
    const tosses = policy.tossAtDemux({ pfmemalloc: true, memallocSocket: false });
    expect(mayReceive && !tosses).toBe(false);
  });
});

test("plain-atomic never opens the reserve, toss-pfmemalloc does as soon as one socket is marked", () => {
  const view = { memallocSockets: 1 };
  expect(receivePolicies["plain-atomic"].mayReceiveFromReserve(view)).toBe(false);
  expect(receivePolicies["toss-pfmemalloc"].mayReceiveFromReserve(view)).toBe(true);
});
