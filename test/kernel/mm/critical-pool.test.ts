// Single pages kept apart for critical requests: who gets them, and what fills the pool again.

import { expect, test } from "vitest";
import type { Pfn } from "#base/units.ts";
import { __GFP_MEMALLOC, GFP_ATOMIC, type Gfp } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { type AllocatorFixture, allocator } from "./fixture.ts";

const KEPT = 20;
const CRITICAL = GFP_ATOMIC | __GFP_MEMALLOC;

const machine = (criticalPages = KEPT): AllocatorFixture =>
  allocator({ era: "2.6.12", reserve: "critical-pool", minFreeKiB: 4 * 400, criticalPages });

/** All that a request of this kind gets, until it gets no more. */
function take({ pages }: AllocatorFixture, gfp: Gfp, order = 0): Pfn[] {
  const taken: Pfn[] = [];
  for (let pfn = pages.alloc(order, gfp, PAGE_KIND.skb); pfn !== null; ) {
    taken.push(pfn);
    pfn = pages.alloc(order, gfp, PAGE_KIND.skb);
  }
  return taken;
}

test("the pool is filled at boot, out of what others could have had", () => {
  const [without, withPool] = [machine(0), machine()];
  expect(withPool.pages.pool.pages).toBe(KEPT);
  expect(take(without, GFP_ATOMIC).length - take(withPool, GFP_ATOMIC).length).toBe(KEPT);
  expect(withPool.pages.pool.pages).toBe(KEPT);
});

test("a critical request has them when nothing else is left, and only single pages", () => {
  const fixture = machine();
  take(fixture, GFP_ATOMIC);
  expect(take(fixture, CRITICAL, 1)).toEqual([]);
  expect(take(fixture, CRITICAL)).toHaveLength(KEPT);
  expect(fixture.pages.pool.pages).toBe(0);
});

test("whatever single page is freed next goes to a pool that is short, before anybody else", () => {
  const fixture = machine();
  const ordinary = take(fixture, GFP_ATOMIC);
  take(fixture, CRITICAL);
  fixture.pages.drainPerCpu();
  const freeBefore = fixture.pages.freePages;
  for (const pfn of ordinary.slice(0, KEPT)) fixture.pages.free(pfn);
  expect([fixture.pages.pool.pages, fixture.pages.freePages]).toEqual([KEPT, freeBefore]);
  expect(take(fixture, GFP_ATOMIC)).toEqual([]);
  for (const pfn of ordinary.slice(KEPT, 2 * KEPT)) fixture.pages.free(pfn);
  expect(fixture.pages.freePages + fixture.frames.pagesOf("perCpu")).toBe(freeBefore + KEPT);
});

test("every frame is counted once, in the pool or out of it, and a copy goes on alike", () => {
  const fixture = machine();
  const counted = ({ frames }: AllocatorFixture): number =>
    [...frames.pagesByKind].reduce((sum, pages) => sum + pages, 0);
  const before = counted(fixture);
  take(fixture, GFP_ATOMIC);
  const [first] = take(fixture, CRITICAL);
  if (first === undefined) throw new Error("the pool gave a page");
  fixture.pages.free(first);
  expect(counted(fixture)).toBe(before);
  const copy = machine();
  copy.frames.load(fixture.frames.save());
  copy.pages.load(fixture.pages.save());
  expect(copy.pages.pool.pages).toBe(1);
  expect(take(copy, CRITICAL)).toEqual([first]);
});
