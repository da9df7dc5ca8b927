import { describe, expect, test } from "vitest";
import type { Pfn } from "#base/units.ts";
import {
  __GFP_COMP,
  __GFP_MEMALLOC,
  __GFP_NOMEMALLOC,
  GFP_ATOMIC,
  GFP_DMA,
  GFP_KERNEL,
  GFP_NOIO,
  type Gfp,
} from "#kernel/mm/gfp.ts";
import { PAGE_KIND, PG_PFMEMALLOC } from "#kernel/mm/page-frames.ts";
import { PF_MEMALLOC } from "#kernel/sched/task.ts";
import { type AllocatorFixture, allocator, expectConserved, THREE_ZONES } from "./fixture.ts";

const { kernel, skb } = PAGE_KIND;

/** Take single pages until the allocator says no. */
function exhaust({ pages }: AllocatorFixture, gfp: Gfp): Pfn[] {
  const taken: Pfn[] = [];
  for (let pfn = pages.alloc(0, gfp, kernel); pfn !== null; pfn = pages.alloc(0, gfp, kernel))
    taken.push(pfn);
  return taken;
}

describe("how deep a request may go", () => {
  test("GFP_KERNEL stops at min, GFP_ATOMIC at three eighths, __GFP_MEMALLOC at nothing", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    const { pages, frames } = machine;
    const left = [GFP_KERNEL, GFP_ATOMIC, GFP_ATOMIC | __GFP_MEMALLOC].map((gfp) => {
      exhaust(machine, gfp);
      return pages.freePages + frames.pagesOf("perCpu");
    });
    expect(left).toEqual([400, 150, 0]);
    expectConserved(machine);
  });

  test("what is refused says by which rule, and what it would have needed", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    exhaust(machine, GFP_KERNEL);
    expect(machine.pages.lastRefusal).toMatchObject({
      rule: "MIN_MARK",
      zone: "Normal",
      neededPages: 401,
    });
    exhaust(machine, GFP_ATOMIC);
    expect(machine.pages.lastRefusal).toMatchObject({ rule: "ATOMIC_FLOOR", neededPages: 151 });
    exhaust(machine, GFP_NOIO | __GFP_MEMALLOC);
    expect(machine.pages.lastRefusal.rule).toBe("EMPTY");
    expect(machine.pages.lastRefusal.count).toBe(3);
  });

  test("only what ignored the marks is pfmemalloc, and freeing it makes it ordinary", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    const { pages, frames } = machine;
    const first = pages.alloc(0, GFP_NOIO | __GFP_MEMALLOC, skb);
    expect(frames.flags[first ?? 0]).toBe(0);
    exhaust(machine, GFP_ATOMIC);
    const reserve = pages.alloc(0, GFP_NOIO | __GFP_MEMALLOC, skb);
    expect(frames.flags[reserve ?? 0]).toBe(PG_PFMEMALLOC);
    if (reserve !== null) pages.free(reserve);
    expect(frames.flags[reserve ?? 0]).toBe(0);
  });

  test("__GFP_NOMEMALLOC beats __GFP_MEMALLOC and PF_MEMALLOC", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    machine.current.processFlags = PF_MEMALLOC;
    exhaust(machine, GFP_NOIO | __GFP_MEMALLOC | __GFP_NOMEMALLOC);
    expect(machine.pages.freePages + machine.frames.pagesOf("perCpu")).toBe(400);
  });

  test("a task's PF_MEMALLOC is nothing to a 2.6.12 softirq, and something to one that set it itself in 6.1", () => {
    const left = (["2.6.12", "6.1"] as const).map((era) => {
      const reserve = era === "2.6.12" ? "process-memalloc" : "gfp-memalloc";
      const machine = allocator({ era, reserve, minFreeKiB: 4 * 400 });
      machine.current.processFlags = PF_MEMALLOC;
      machine.current.inSoftirq = true;
      exhaust(machine, GFP_ATOMIC);
      return machine.pages.freePages + machine.frames.pagesOf("perCpu");
    });
    expect(left[0]).toBeGreaterThan(100);
    expect(left[1]).toBe(0);
  });

  test("lower zones keep their protection from requests that could use a higher one", () => {
    const machine = allocator({ zones: THREE_ZONES, minFreeKiB: 4 * 100 });
    exhaust(machine, GFP_KERNEL);
    const [dma, dma32, normal] = machine.pages.zones.map(
      (zone) => zone.freePages - zone.watermark.minPages,
    );
    expect([dma, dma32, normal]).toEqual([16, 8, 0]);
    exhaust(machine, GFP_KERNEL | GFP_DMA);
    expect(machine.pages.zones[0]?.freePages).toBe(machine.pages.zones[0]?.watermark.minPages);
  });
});

describe("kswapd", () => {
  test("is woken from the low mark on, and not by those who may not wake it", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    let calls = 0;
    machine.pages.onWakeKswapd = () => {
      calls++;
    };
    while (machine.pages.freePages > 500) machine.pages.alloc(0, GFP_KERNEL, kernel);
    expect(calls).toBe(0);
    machine.pages.drainPerCpu();
    machine.pages.alloc(8, GFP_KERNEL, kernel);
    expect(calls).toBe(1);
    machine.pages.alloc(8, 0, kernel);
    expect(calls).toBe(1);
  });

  test("a zone is balanced above its high mark, boost included", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    const [zone] = machine.pages.zones;
    expect(machine.pages.isZoneBalanced(0)).toBe(true);
    zone?.boost(8000, false);
    expect(machine.pages.isZoneBalanced(0)).toBe(false);
    machine.pages.unboost(0, 8000);
    expect(machine.pages.isZoneBalanced(0)).toBe(true);
  });
});

describe("the OOM killer's last look", () => {
  test("finds a page above the high mark, and none below", () => {
    const machine = allocator({ minFreeKiB: 4 * 400 });
    expect(machine.pages.allocAt("high", 0, GFP_KERNEL, kernel)).not.toBeNull();
    exhaust(machine, GFP_KERNEL);
    expect(machine.pages.allocAt("high", 0, GFP_KERNEL, kernel)).toBeNull();
    expect(machine.pages.lastRefusal.rule).toBe("HIGH_MARK");
  });
});

describe("freeing", () => {
  test("a page freed twice stops the machine", () => {
    const { pages } = allocator();
    const pfn = pages.alloc(0, GFP_KERNEL, kernel);
    if (pfn === null) throw new Error("a new machine has pages");
    pages.free(pfn);
    expect(() => pages.free(pfn)).toThrow("was in use");
  });

  test("blocks of all orders merge again into the largest", () => {
    const machine = allocator();
    const { pages } = machine;
    const before = Array.from(pages.zones, (zone) => Array.from(pages.freeBlocks(zone)));
    const blocks = Array.from({ length: 300 }, (_, i) => pages.alloc(i % 6, GFP_KERNEL, kernel));
    for (const pfn of blocks) if (pfn !== null) pages.free(pfn);
    pages.drainPerCpu();
    expect(Array.from(pages.zones, (zone) => Array.from(pages.freeBlocks(zone)))).toEqual(before);
    expectConserved(machine);
  });

  test("pages of a per-CPU list are nobody else's until it is drained", () => {
    const machine = allocator({ cpuCount: 2 });
    const { pages, frames, current } = machine;
    const pfn = pages.alloc(0, GFP_KERNEL, kernel);
    if (pfn !== null) pages.free(pfn);
    const held = frames.pagesOf("perCpu");
    expect(held).toBeGreaterThan(0);
    expect(pages.freePages + held).toBe(pages.managedPages);
    current.cpu = 1;
    expect(pages.alloc(0, GFP_KERNEL, kernel)).not.toBe(pfn);
    pages.drainPerCpu();
    expect(frames.pagesOf("perCpu")).toBe(0);
  });

  test("a page on an LRU list may not be freed", () => {
    const { pages, frames } = allocator();
    const pfn = pages.alloc(0, GFP_KERNEL, PAGE_KIND.anon);
    if (pfn === null) throw new Error("a new machine has pages");
    frames.flags[pfn] = 1 << 14;
    expect(() => pages.free(pfn)).toThrow("off its list");
  });
});

test("min_free_kbytes at run time moves the marks and ends a boost", () => {
  const { pages } = allocator({ minFreeKiB: 4 * 100 });
  const [zone] = pages.zones;
  zone?.boost(512, false);
  pages.setMinFreeKiB(4 * 200);
  expect(zone?.minPages).toBe(200);
  expect(pages.minFreeKiB).toBe(800);
});

test("pages are counted by who holds them", () => {
  const { pages, frames } = allocator();
  const pfn = pages.alloc(3, GFP_KERNEL | __GFP_COMP, skb);
  expect(frames.pagesOf("skb")).toBe(8);
  if (pfn !== null) frames.setKind(pfn, PAGE_KIND.buffer);
  expect([frames.pagesOf("skb"), frames.pagesOf("buffer")]).toEqual([0, 8]);
});

test("orders up to 10 are given, larger ones never", () => {
  const { pages } = allocator();
  expect(pages.alloc(10, GFP_KERNEL, kernel)).not.toBeNull();
  expect(pages.alloc(11, GFP_KERNEL, kernel)).toBeNull();
  expect(pages.lastRefusal.rule).toBe("NO_BLOCK");
});
