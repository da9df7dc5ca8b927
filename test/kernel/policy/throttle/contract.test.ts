import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { throttlePolicies } from "#kernel/index.ts";
import type { ThrottleZone } from "#kernel/policy/throttle/index.ts";

// What every throttle must keep: it answers for any zones, and more free memory never makes it stricter.

const anyZone = fc.record({
  managedPages: fc.integer({ min: 1, max: 1 << 20 }),
  freePages: fc.nat(5000),
  minPages: fc.nat(5000),
  reclaimablePages: fc.nat(5000),
});
const anyView = fc.record({
  zones: fc.array(anyZone, { minLength: 1, maxLength: 3 }),
  kswapdFailures: fc.nat(20),
});

describe.each(Object.entries(throttlePolicies))("%s", (name, policy) => {
  test("is registered under its own name", () => {
    expect(policy.name).toBe(name);
  });

  test("lets reclaimers in that it would let in with less free memory", async () => {
    const property = fc.property(anyView, fc.nat(5000), (view, more) => {
      const roomier = view.zones.map((zone) => ({ ...zone, freePages: zone.freePages + more }));
      return (
        !policy.allowDirectReclaim(view) || policy.allowDirectReclaim({ ...view, zones: roomier })
      );
    });
    await fc.assert(property, { seed: 1 });
  });

  test("holds nobody while nothing is in flight", () => {
    expect(policy.holdWriteout({ writebackPages: 0, dirtyThresholdPages: 100 })).toBe(false);
  });
});

const zone = (freePages: number, minPages: number, reclaimablePages = 100): ThrottleZone => ({
  managedPages: 10_000,
  freePages,
  minPages,
  reclaimablePages,
});

test("half-reserve lets in from one page above half of the sum of the min marks", () => {
  const allow = (freePages: number): boolean =>
    throttlePolicies["half-reserve"].allowDirectReclaim({
      zones: [zone(0, 58), zone(freePages, 204)],
      kswapdFailures: 0,
    });
  expect([allow(131), allow(132)]).toEqual([false, true]);
});

test("half-reserve-reclaimable leaves a zone out that reclaim can get nothing from", () => {
  const allow = (dmaReclaimable: number): boolean =>
    throttlePolicies["half-reserve-reclaimable"].allowDirectReclaim({
      zones: [zone(500, 58, dmaReclaimable), zone(100, 204)],
      kswapdFailures: 0,
    });
  expect([allow(1), allow(0)]).toEqual([true, false]);
});

test("half-reserve-reclaimable gives up when kswapd has", () => {
  const view = { zones: [zone(0, 204)], kswapdFailures: 16 };
  expect(throttlePolicies["half-reserve-reclaimable"].allowDirectReclaim(view)).toBe(true);
});

test("writeout is held above 1.1 times the dirty limit where it is held at all", () => {
  const holds = (writebackPages: number): boolean[] =>
    Object.values(throttlePolicies).map((policy) =>
      policy.holdWriteout({ writebackPages, dirtyThresholdPages: 100 }),
    );
  expect(holds(110).some(Boolean)).toBe(false);
  expect(Object.keys(throttlePolicies).filter((_, i) => holds(111)[i])).toEqual([
    "half-reserve",
    "writeout-only",
  ]);
});
