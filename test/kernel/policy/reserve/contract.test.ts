import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, __GFP_NOMEMALLOC, GFP_ATOMIC, GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { type ReservePart, reservePolicies } from "#kernel/policy/reserve/index.ts";
import { PF_MEMALLOC } from "#kernel/sched/task.ts";

// What every reserve policy must keep, whoever wrote it.

const anyView = fc.record({
  gfp: fc.nat({ max: 0xf_ffff }),
  processFlags: fc.nat({ max: 0xff }),
  inSoftirq: fc.boolean(),
});

describe.each(Object.entries(reservePolicies))("%s", (name, policy) => {
  test("is registered under its own name", () => {
    expect(policy.name).toBe(name);
  });

  test("lets nobody past __GFP_NOMEMALLOC", async () => {
    const property = fc.property(
      anyView,
      (view) => !policy.mayIgnoreWatermarks({ ...view, gfp: view.gfp | __GFP_NOMEMALLOC }),
    );
    await fc.assert(property, { seed: 1 });
  });

  test("lets a task that reclaims take the last page", () => {
    const view = { gfp: GFP_KERNEL, processFlags: PF_MEMALLOC, inSoftirq: false };
    expect(policy.mayIgnoreWatermarks(view)).toBe(true);
  });

  test("lets nobody in who claims no right", () => {
    const view = { gfp: GFP_ATOMIC, processFlags: 0, inSoftirq: true };
    expect(policy.mayIgnoreWatermarks(view)).toBe(false);
  });
});

test("a packet can have the right since Phillips by its mask, since Zijlstra and 3.6 also by who takes it up", () => {
  const softirq = { inSoftirq: true };
  const byFlag = { ...softirq, gfp: GFP_ATOMIC, processFlags: PF_MEMALLOC };
  const byMask = { ...softirq, gfp: GFP_ATOMIC | __GFP_MEMALLOC, processFlags: 0 };
  const answers = Object.values(reservePolicies).map((policy) => [
    policy.name,
    policy.mayIgnoreWatermarks(byFlag),
    policy.mayIgnoreWatermarks(byMask),
  ]);
  expect(answers).toEqual([
    ["critical-pool", false, false],
    ["critical-pool-sleeping", false, false],
    ["device-estimate", false, true],
    ["gfp-memalloc", true, true],
    ["process-memalloc", false, false],
    ["reserve-tree", true, true],
  ]);
});

test.each([
  ["critical-pool", "none"],
  ["device-estimate", "none"],
  ["gfp-memalloc", "by-slab"],
  ["process-memalloc", "none"],
  ["reserve-tree", "by-cache"],
] as const)("%s guards slabs of reserve pages: %s", (name, guard) => {
  expect(reservePolicies[name].slabGuard).toBe(guard);
});

test("only reserve-tree sets anything aside: senders by socket, routes, and packets by what reassembly may hold", () => {
  const facts = { routeEntriesMax: 8192, packetBytes: 262_144 };
  const { "reserve-tree": tree, ...others } = reservePolicies;
  expect(Object.values(others).every(({ setAside }) => setAside === null)).toBe(true);
  const part = tree.setAside?.(facts) ?? { name: "nothing" };
  const named = new Map(flat(part).map((each) => [each.name, each]));
  expect([...named.keys()]).toEqual([
    "total network reserve",
    "network TX reserve",
    "protocol TX pages",
    "network RX reserve",
    "IPv4 route cache",
    "SKB data reserve",
    "IPv4 fragment cache",
  ]);
  expect(named.get("protocol TX pages")).toMatchObject({
    demand: { type: "pages", pages: 32 },
    role: "each-socket",
  });
  expect(named.get("IPv4 route cache")?.demand).toMatchObject({ type: "objects", count: 8192 });
  expect(named.get("SKB data reserve")?.role).toBe("packets");
  expect(named.get("IPv4 fragment cache")?.demand).toEqual({ type: "kmalloc", bytes: 262_144 });
});

function flat(part: ReservePart): ReservePart[] {
  return [part, ...(part.parts ?? []).flatMap(flat)];
}

test("only device-estimate adds to min_free_kbytes: for fifty packets 4 pages of sk_buffs and 50 of data", () => {
  const { "device-estimate": estimate, ...others } = reservePolicies;
  expect(Object.values(others).every(({ pagesOfDevice }) => pagesOfDevice === null)).toBe(true);
  expect([1, 15, 16, 50].map((packets) => estimate.pagesOfDevice?.(packets))).toEqual([
    2, 16, 18, 54,
  ]);
});

test("only critical pools keep single pages, for marked requests that do not forgo them, or sleep instead", () => {
  const { "critical-pool": pool, "critical-pool-sleeping": sleeping, ...others } = reservePolicies;
  expect(Object.values(others).every(({ mayTakeKept }) => mayTakeKept === null)).toBe(true);
  const may = (gfp: number) => pool.mayTakeKept?.({ gfp, processFlags: 0, inSoftirq: true });
  const marked = GFP_ATOMIC | __GFP_MEMALLOC;
  expect([may(GFP_ATOMIC), may(marked), may(marked | __GFP_NOMEMALLOC)]).toEqual([
    false,
    true,
    false,
  ]);
  const views = [marked, GFP_KERNEL | __GFP_MEMALLOC].map((gfp) => ({
    gfp,
    processFlags: 0,
    inSoftirq: false,
  }));
  expect(views.map((view) => pool.mayTakeKept?.(view))).toEqual([true, true]);
  expect(views.map((view) => sleeping.mayTakeKept?.(view))).toEqual([true, false]);
});
