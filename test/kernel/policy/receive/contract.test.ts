import { describe, expect, test } from "vitest";
import { receivePolicies } from "#kernel/policy/receive/index.ts";

// What every receive policy must keep, whoever wrote it.

const device = { usedPackets: 0, maxPackets: 50, dropAbovePackets: 0 };
const calm = { isEmergency: false };
/** Somebody receives from the reserve. */
const inUse = { ...device, usedPackets: 1 };

describe.each(Object.entries(receivePolicies))("%s", (name, policy) => {
  test("is registered under its own name and says what it does in a line", () => {
    expect(policy.name).toBe(name);
    expect(policy.summary.length).toBeGreaterThan(10);
    expect(policy.summary.length).toBeLessThan(120);
  });

  test("never tosses what is for a socket the VM depends on", () => {
    for (const pfmemalloc of [true, false])
      for (const used of [device, inUse])
        for (const isEmergency of [true, false])
          expect(
            policy.tossAtDemux({ pfmemalloc, memallocSocket: true, device: used, isEmergency }),
          ).toBe(false);
  });

  test("never tosses a packet out of ordinary memory while nothing of the reserve is in use", () => {
    expect(policy.tossAtDemux({ pfmemalloc: false, memallocSocket: false, device, ...calm })).toBe(
      false,
    );
  });

  test("opens the reserve only while some socket is marked, for so many packets of a card, or a pool that others' leave in emergency", () => {
    if (policy.emergency === "ordered") return;
    const full = { ...device, usedPackets: 50 };
    const closed = policy.countsByDevice
      ? { memallocSockets: 1, device: full }
      : { memallocSockets: 0, device };
    expect(policy.mayReceiveFromReserve(closed)).toBe(false);
  });

  test("who tosses can tell packets of the reserve from others, counts them, or is told of an emergency", () => {
    const view = { pfmemalloc: true, memallocSocket: false, device: inUse, isEmergency: true };
    const { marksPackets, countsByDevice, emergency } = policy;
    expect(marksPackets || countsByDevice || emergency !== "never").toBe(policy.tossAtDemux(view));
  });

  test("who receives from the reserve also tosses, or the reserve would fill with anybody's packets", () => {
    // The counter-example itself.
    if (name === "reserve-for-all") return;
    const mayReceive = policy.mayReceiveFromReserve({ memallocSockets: 1, device });
    const view = { pfmemalloc: true, memallocSocket: false, device: inUse, isEmergency: true };
    const tosses = policy.tossAtDemux(view);
    expect(mayReceive && !tosses).toBe(false);
  });
});

test("plain-atomic never opens the reserve, toss-pfmemalloc does as soon as one socket is marked", () => {
  const view = { memallocSockets: 1, device };
  expect(receivePolicies["plain-atomic"].mayReceiveFromReserve(view)).toBe(false);
  expect(receivePolicies["toss-pfmemalloc"].mayReceiveFromReserve(view)).toBe(true);
});

test("reserve-for-all receives like toss-pfmemalloc and tosses nobody", () => {
  const policy = receivePolicies["reserve-for-all"];
  expect(policy.mayReceiveFromReserve({ memallocSockets: 1, device })).toBe(true);
  expect(policy.tossAtDemux({ pfmemalloc: true, memallocSocket: false, device, ...calm })).toBe(
    false,
  );
});

test("device-credit: fifty packets and no more, and others' are dropped from the set count on", () => {
  const policy = receivePolicies["device-credit"];
  const at = (usedPackets: number) => ({ ...device, usedPackets, dropAbovePackets: 20 });
  const mayReceive = [0, 49, 50].map((used) =>
    policy.mayReceiveFromReserve({ memallocSockets: 0, device: at(used) }),
  );
  expect(mayReceive).toEqual([true, true, false]);
  const tosses = [0, 20, 21].map((used) =>
    policy.tossAtDemux({ pfmemalloc: false, memallocSocket: false, device: at(used), ...calm }),
  );
  expect(tosses).toEqual([false, false, true]);
});

test("critical sockets alone are let in, in an emergency that is ordered or below a threshold", () => {
  for (const name of ["critical-in-emergency", "critical-below-threshold"] as const) {
    const policy = receivePolicies[name];
    const tosses = (isEmergency: boolean, memallocSocket: boolean) =>
      policy.tossAtDemux({ pfmemalloc: false, memallocSocket, device, isEmergency });
    expect([tosses(false, false), tosses(true, false), tosses(true, true)]).toEqual([
      false,
      true,
      false,
    ]);
  }
  const pool = receivePolicies["critical-in-emergency"];
  expect(pool.mayReceiveFromReserve({ memallocSockets: 0, device })).toBe(true);
});
