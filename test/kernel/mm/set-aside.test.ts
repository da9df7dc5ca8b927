// Pages kept above every mark: on top of whatever part of a mark a request may use, and for nobody but who may ignore them.

import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, GFP_ATOMIC, GFP_KERNEL, type Gfp } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { type AllocatorFixture, allocator, THREE_ZONES } from "./fixture.ts";

const SET_ASIDE = 500;

function machine(): AllocatorFixture {
  return allocator({ era: "2.6.12", reserve: "reserve-tree", minFreeKiB: 4 * 400 });
}

/** Free pages, those on per-CPU lists too, once a request of this kind gets no more. */
function left({ pages, frames }: AllocatorFixture, gfp: Gfp): number {
  while (pages.alloc(0, gfp, PAGE_KIND.kernel) !== null);
  return pages.freePages + frames.pagesOf("perCpu");
}

describe.each([
  ["GFP_KERNEL", GFP_KERNEL],
  ["GFP_ATOMIC", GFP_ATOMIC],
] as const)("%s", (_, gfp) => {
  test("stops as many pages earlier as are set aside, no fraction of them", () => {
    const without = machine();
    const withThem = machine();
    withThem.pages.setEmergencyPages(SET_ASIDE);
    expect(left(withThem, gfp) - left(without, gfp)).toBe(SET_ASIDE);
    expect(withThem.pages.lastRefusal.rule).toBe("EMERGENCY_RESERVE");
    expect(withThem.pages.lastRefusal.neededPages - without.pages.lastRefusal.neededPages).toBe(
      SET_ASIDE,
    );
  });

  test("goes on when they are no longer", () => {
    const fixture = machine();
    fixture.pages.setEmergencyPages(SET_ASIDE);
    const before = left(fixture, gfp);
    fixture.pages.setEmergencyPages(0);
    expect(before - left(fixture, gfp)).toBe(SET_ASIDE);
  });
});

test("a page on a CPU's own list is no way around them", () => {
  const fixture = machine();
  const { pages } = fixture;
  pages.setEmergencyPages(SET_ASIDE);
  // As many as a list may keep, and more than the few that 2.6.12 leaves on it.
  const some = Array.from({ length: 5 }, () => pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel));
  left(fixture, GFP_KERNEL);
  for (const page of some) if (page !== null) pages.free(page);
  expect(fixture.frames.pagesOf("perCpu")).toBe(some.length);
  expect(pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel)).toBeNull();
});

test("who may ignore the marks takes them to the last", () => {
  const fixture = machine();
  fixture.pages.setEmergencyPages(SET_ASIDE);
  expect(left(fixture, GFP_ATOMIC | __GFP_MEMALLOC)).toBe(0);
});

test("kswapd is woken when they are set aside, and is not done until there are so many more", () => {
  const { pages } = machine();
  let woken = 0;
  pages.onWakeKswapd = () => woken++;
  const [zone] = pages.zones;
  if (zone === undefined) throw new Error("a machine has a zone");
  while (zone.freePages > zone.highPages + SET_ASIDE) pages.alloc(0, GFP_KERNEL, PAGE_KIND.kernel);
  expect([pages.isBalanced(zone), woken]).toEqual([true, 0]);
  pages.setEmergencyPages(SET_ASIDE);
  expect([pages.isBalanced(zone), woken]).toEqual([false, 1]);
});

test("each zone keeps its share, and remembers it", () => {
  const { pages } = allocator({ zones: THREE_ZONES, minFreeKiB: 4 * 100, reserve: "reserve-tree" });
  pages.setEmergencyPages(SET_ASIDE);
  const shares = pages.zones.map(({ emergencyPages }) => emergencyPages);
  const wanted = pages.zones.map((zone) =>
    Math.floor((SET_ASIDE * zone.managedPages) / pages.managedPages),
  );
  expect(shares).toEqual(wanted);
  const other = allocator({ zones: THREE_ZONES, minFreeKiB: 4 * 100, reserve: "reserve-tree" });
  other.pages.load(structuredClone(pages.save()));
  expect(other.pages.zones.map(({ emergencyPages }) => emergencyPages)).toEqual(shares);
});
