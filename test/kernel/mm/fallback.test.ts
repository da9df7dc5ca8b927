import { describe, expect, test } from "vitest";
import { asPfn } from "#base/units.ts";
import {
  __GFP_MEMALLOC,
  GFP_ATOMIC,
  GFP_HIGHUSER_MOVABLE,
  GFP_KERNEL,
  GFP_NOIO,
} from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { type AllocatorFixture, allocator, expectConserved } from "./fixture.ts";

const { anon, skb } = PAGE_KIND;

/** Fill memory with movable pages but for the reserve, then free every second of the first `count`. */
function fragment(machine: AllocatorFixture, count: number): void {
  const { pages } = machine;
  const taken: number[] = [];
  for (;;) {
    const pfn = pages.alloc(0, GFP_HIGHUSER_MOVABLE, anon);
    if (pfn === null) break;
    taken.push(pfn);
  }
  for (let i = 0; i < 2 * count; i += 2) pages.free(asPfn(taken[i] ?? 0));
  pages.drainPerCpu();
}

describe("boost", () => {
  test("taking movable pages for the kernel raises all marks by a pageblock, and kswapd hears of it", () => {
    const machine = allocator({ boostFactor: 15_000, minFreeKiB: 4 * 100 });
    const [zone] = machine.pages.zones;
    fragment(machine, 1000);
    let woken = 0;
    machine.pages.onWakeKswapd = () => {
      woken++;
    };
    expect(zone?.boostPages).toBe(0);
    machine.pages.alloc(0, GFP_KERNEL, skb);
    expect(zone?.boostPages).toBe(512);
    expect(zone?.minPages).toBe(612);
    expect(woken).toBe(1);
  });

  test("does not stop an atomic page at the min mark", () => {
    const machine = allocator({ boostFactor: 15_000, minFreeKiB: 4 * 100 });
    const [zone] = machine.pages.zones;
    fragment(machine, 100);
    zone?.boost(5000, false);
    expect(machine.pages.alloc(0, GFP_KERNEL, skb)).toBeNull();
    expect(machine.pages.alloc(0, GFP_ATOMIC, skb)).not.toBeNull();
  });

  test.each(["2.6.12", "3.x"] as const)("there is none in %s", (era) => {
    const machine = allocator({ era, boostFactor: 15_000, minFreeKiB: 4 * 100 });
    fragment(machine, 1000);
    machine.pages.alloc(0, GFP_KERNEL, skb);
    expect(machine.pages.zones[0]?.boostPages).toBe(0);
  });
});

describe("HIGHATOMIC blocks", () => {
  /** A machine below its low mark that has served an atomic request of order 2. */
  function reserved(highatomic = true): AllocatorFixture {
    const machine = allocator({ minFreeKiB: 4 * 400, highatomic });
    const { pages } = machine;
    while (pages.freePages > 520) pages.alloc(0, GFP_HIGHUSER_MOVABLE, anon);
    pages.drainPerCpu();
    while (pages.allocAt("low", 0, GFP_HIGHUSER_MOVABLE, anon) !== null);
    pages.drainPerCpu();
    expect(pages.alloc(2, GFP_ATOMIC, skb)).not.toBeNull();
    return machine;
  }

  test("are set aside by an atomic request of order > 0 that the low mark refused", () => {
    const machine = reserved();
    expect(machine.pages.zones[0]?.highatomicPages).toBe(512);
    expect(machine.pages.freeHighatomicPages()).toBeGreaterThan(0);
    expectConserved(machine);
  });

  test("are not, where they are switched off", () => {
    expect(reserved(false).pages.zones[0]?.highatomicPages).toBe(0);
  });

  test("count as free and are out of reach even for those who may ignore the marks", () => {
    const machine = reserved();
    const { pages } = machine;
    while (pages.alloc(0, GFP_NOIO | __GFP_MEMALLOC, skb) !== null);
    expect(pages.freePages).toBeGreaterThan(0);
    expect(pages.freePages).toBe(pages.freeHighatomicPages());
    expect(pages.lastRefusal.rule).toBe("HIGHATOMIC");
  });

  test("go back to everyone by force, the last one not without it", () => {
    const machine = reserved();
    const { pages } = machine;
    expect(pages.unreserveHighatomic(false)).toBe(false);
    expect(pages.unreserveHighatomic(true)).toBe(true);
    expect(pages.zones[0]?.highatomicPages).toBe(0);
    expect(pages.freeHighatomicPages()).toBe(0);
    expectConserved(machine);
  });

  test("are never more than a hundredth of the zone and one block", () => {
    const machine = reserved();
    for (let i = 0; i < 100; i++) machine.pages.alloc(1, GFP_ATOMIC, skb);
    expect(machine.pages.zones[0]?.highatomicPages).toBeLessThanOrEqual(81 + 512 + 511);
  });
});

test("3.x keeps a block for order-n requests, and gives it to anyone at the very end", () => {
  const machine = allocator({ era: "3.x", minFreeKiB: 4 * 100 });
  // One pageblock is marked; the free block of 4 MiB that it is half of moves as a whole.
  expect(machine.pages.freeHighatomicPages()).toBe(1024);
  while (machine.pages.alloc(0, GFP_NOIO | __GFP_MEMALLOC, skb) !== null);
  expect(machine.pages.freePages).toBe(0);
});
