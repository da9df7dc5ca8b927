import { expect, test } from "vitest";
import { Lru } from "#kernel/mm/lru.ts";
import { PageFrames, PG_DIRTY, PG_LRU } from "#kernel/mm/page-frames.ts";

function lists(): { readonly frames: PageFrames; readonly lru: Lru } {
  const frames = new PageFrames(64);
  return { frames, lru: new Lru(frames, ["inactive", "active"]) };
}

test("reclaim looks first at the page that was put in first", () => {
  const { lru } = lists();
  lru.addHead(0, 3);
  lru.addHead(0, 4);
  expect(lru.tail(0)).toBe(3);
  lru.addTail(0, 5);
  expect(lru.tail(0)).toBe(5);
  expect([lru.size(0), lru.size(1)]).toEqual([3, 0]);
});

test("a page knows its list, and its other flags stay", () => {
  const { frames, lru } = lists();
  frames.flags[7] = PG_DIRTY;
  lru.addHead(1, 7);
  expect([lru.listOf(7), lru.listOf(8)]).toEqual([1, -1]);
  expect(frames.flags[7]).toBe(PG_DIRTY | PG_LRU);
  lru.remove(7);
  expect([lru.listOf(7), frames.flags[7], lru.tail(1)]).toEqual([-1, PG_DIRTY, -1]);
});

test("a page is on one list at most, and cannot be taken off none", () => {
  const { lru } = lists();
  lru.addHead(0, 3);
  expect(() => lru.addHead(1, 3)).toThrow("one list at most");
  expect(() => lru.remove(4)).toThrow("on a list");
});

test("a loaded list goes on where the saved one was", () => {
  const from = lists();
  for (const pfn of [9, 2, 30]) from.lru.addHead(0, pfn);
  const to = lists();
  to.frames.load(from.frames.save());
  to.lru.load(from.lru.save());
  const order: number[] = [];
  while (to.lru.tail(0) >= 0) {
    order.push(to.lru.tail(0));
    to.lru.remove(to.lru.tail(0));
  }
  expect(order).toEqual([9, 2, 30]);
});
