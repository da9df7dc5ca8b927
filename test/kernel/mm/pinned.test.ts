import { describe, expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { asPfn } from "#base/units.ts";
import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_HIGHUSER_MOVABLE } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { pinScattered } from "#kernel/mm/pinned.ts";
import { type AllocatorFixture, allocator, expectConserved, THREE_ZONES } from "./fixture.ts";

const largeBlocks = ({ pages }: AllocatorFixture, order: number): number =>
  pages.zones.reduce(
    (sum, zone) =>
      sum +
      pages
        .freeBlocks(zone)
        .slice(order)
        .reduce((all, each) => all + each, 0),
    0,
  );

describe.each(["2.6.12", "3.x", "6.1"] as const)("%s", (era) => {
  const broken = (order = 2): AllocatorFixture => {
    const machine = allocator({ era, zones: THREE_ZONES });
    pinScattered(machine.pages, order, new Random(7));
    return machine;
  };

  test("no block of the order is left, and one page in each run is in use", () => {
    const machine = broken();
    expect(largeBlocks(machine, 2)).toBe(0);
    expect(largeBlocks(machine, 1)).toBeGreaterThan(1000);
    const used = machine.frames.pagesOf("kernel");
    expect(machine.pages.freePages).toBe(3 * used);
    expectConserved(machine);
  });

  test("a block of the order cannot be had by any right, though pages are free above min", () => {
    const { pages } = broken();
    expect(pages.freePages).toBeGreaterThan(pages.totalWatermark.minPages);
    expect(pages.alloc(2, GFP_ATOMIC | __GFP_MEMALLOC, PAGE_KIND.skb)).toBeNull();
    expect(pages.lastRefusal.rule).toBe("NO_BLOCK");
    expect(pages.alloc(0, GFP_ATOMIC, PAGE_KIND.skb)).not.toBeNull();
  });

  test("whatever is taken and freed, in whatever order, none comes to be", () => {
    const machine = broken();
    const { pages } = machine;
    const random = new Random(3);
    const taken: number[] = [];
    for (let page = pages.alloc(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.buffer); page !== null; ) {
      taken.push(page);
      page = pages.alloc(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.buffer);
    }
    while (taken.length > 0) {
      const [page] = taken.splice(random.below(taken.length), 1);
      if (page !== undefined) pages.free(asPfn(page));
    }
    pages.drainPerCpu();
    expect(largeBlocks(machine, 2)).toBe(0);
  });

  test("what was in use stays whole, and can be had again", () => {
    const machine = allocator({ era });
    const block = machine.pages.alloc(2, GFP_ATOMIC, PAGE_KIND.skb);
    pinScattered(machine.pages, 2, new Random(7));
    if (block !== null) machine.pages.free(block);
    machine.pages.drainPerCpu();
    // Before 6.1 only by right: what is free in smaller blocks does not count there.
    expect(machine.pages.alloc(2, GFP_ATOMIC, PAGE_KIND.skb)).toBe(era === "6.1" ? block : null);
    if (era !== "6.1")
      expect(machine.pages.alloc(2, GFP_ATOMIC | __GFP_MEMALLOC, PAGE_KIND.skb)).toBe(block);
  });
});
