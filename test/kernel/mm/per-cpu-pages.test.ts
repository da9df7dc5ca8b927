import { describe, expect, test } from "vitest";
import type { Pfn } from "#base/units.ts";
import { GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { type AllocatorFixture, allocator } from "./fixture.ts";

function take({ pages }: AllocatorFixture, count: number): Pfn[] {
  return Array.from({ length: count }, () => pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel)).filter(
    (pfn) => pfn !== null,
  );
}

/** Pages that a CPU keeps of 3000 that it frees in a row. */
function kept(machine: AllocatorFixture): number {
  for (const pfn of take(machine, 3000)) machine.pages.free(pfn);
  return machine.frames.pagesOf("perCpu");
}

describe("what a CPU keeps of the pages it frees", () => {
  test("stays below its share of the low mark in 6.1", () => {
    const most = kept(allocator({ minFreeKiB: 4 * 400, cpuCount: 1 }));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(500);
  });

  test("is four batches at most while kswapd is at work", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    for (const zone of machine.pages.zones) zone.isReclaimActive = true;
    expect(kept(machine)).toBeLessThan(4);
  });

  test("is six batches in 3.x and 2.6.12", () => {
    expect(kept(allocator({ era: "3.x", minFreeKiB: 400 }))).toBeLessThanOrEqual(6);
    expect(kept(allocator({ era: "2.6.12", minFreeKiB: 400 }))).toBeLessThanOrEqual(7);
  });
});

test("the page freed last is given first", () => {
  const machine = allocator();
  const [first, second] = take(machine, 2);
  if (first === undefined || second === undefined) throw new Error("a new machine has pages");
  machine.pages.free(first);
  machine.pages.free(second);
  expect(take(machine, 2)).toEqual([second, first]);
});

test("in 6.1 blocks up to order 3 wait on the CPU too, larger ones do not", () => {
  const { pages, frames } = allocator();
  const small = pages.alloc(3, GFP_KERNEL, PAGE_KIND.kernel);
  const held = frames.pagesOf("perCpu");
  if (small !== null) pages.free(small);
  expect(frames.pagesOf("perCpu")).toBe(held + 8);
  const large = pages.alloc(4, GFP_KERNEL, PAGE_KIND.kernel);
  if (large !== null) pages.free(large);
  expect(frames.pagesOf("perCpu")).toBe(held + 8);
});
