// Memory set aside: as large as the tree that the source shows, charged to its limit, there while a socket is marked.

import { describe, expect, test } from "vitest";
import { estimatePages } from "#kernel/mm/reserve-estimate.ts";
import { ReserveTree } from "#kernel/mm/reserve-tree.ts";
import { routeEntriesMax } from "#kernel/net/limits.ts";
import { reservePolicies } from "#kernel/policy/reserve/index.ts";

const KIB_PER_PAGE = 4;

interface Fixture {
  readonly tree: ReserveTree;
  /** What it asked the zones to keep, each time. */
  readonly resized: number[];
}

/** The tree of the machine that mm/reserve.c shows one of: one CPU, 128 MiB, but without IPv6. */
function historic(): Fixture {
  const resized: number[] = [];
  const { setAside } = reservePolicies["reserve-tree"];
  if (setAside === null) throw new Error("it sets memory aside");
  const part = setAside({ routeEntriesMax: 16_384, packetBytes: 262_144 });
  const tree = new ReserveTree({ part, cpuCount: 1, resize: (pages) => resized.push(pages) });
  return { tree, resized };
}

const sizeOf = ({ tree }: Fixture, name: string): readonly [number, number] | undefined =>
  tree.nodes
    .filter((node) => node.name === name)
    .map(({ pages, limit }) => [pages * KIB_PER_PAGE, limit] as const)[0];

describe("sizes", () => {
  test("those that the comment in mm/reserve.c shows for routes and socket data", () => {
    const cpuCount = 1;
    const routes = (count: number): number =>
      estimatePages({ type: "objects", count, objectBytes: 320 }, cpuCount) * KIB_PER_PAGE;
    // IPv4 route cache 5468K 16384, IPv6 route cache 1372K 4096.
    expect([routes(16_384), routes(4096)]).toEqual([5468, 1372]);
    // SKB data reserve 1120K 524288, which is two fragment caches of 262144.
    const fragments = estimatePages({ type: "kmalloc", bytes: 262_144 }, cpuCount);
    expect(2 * fragments * KIB_PER_PAGE).toBe(1120);
  });

  test("parts add up to the root", () => {
    const fixture = historic();
    fixture.tree.setSockets(1);
    expect(sizeOf(fixture, "protocol TX pages")).toEqual([128, 32]);
    expect(sizeOf(fixture, "network TX reserve")).toEqual([128, 32]);
    expect(sizeOf(fixture, "IPv4 route cache")).toEqual([5468, 16_384]);
    expect(sizeOf(fixture, "IPv4 fragment cache")).toEqual([560, 262_144]);
    expect(sizeOf(fixture, "SKB data reserve")).toEqual([560, 262_144]);
    expect(sizeOf(fixture, "network RX reserve")?.[0]).toBe(5468 + 560);
    expect(sizeOf(fixture, "total network reserve")?.[0]).toBe(128 + 5468 + 560);
  });

  test("each CPU may have begun a slab of each cache", () => {
    const bytes = { type: "kmalloc", bytes: 262_144 } as const;
    expect(estimatePages(bytes, 2) - estimatePages(bytes, 1)).toBe(12);
    const routes = { type: "objects", count: 4096, objectBytes: 320 } as const;
    expect(estimatePages(routes, 4) - estimatePages(routes, 1)).toBe(3);
    expect(estimatePages({ type: "pages", pages: 32 }, 4)).toBe(32);
  });

  test.each([
    [64, 8192],
    [128, 16_384],
    [1024, 524_288],
  ])("%i MiB have at most %i routes", (mib, entries) => {
    expect(routeEntriesMax(mib * 256)).toBe(entries);
  });
});

describe("attached", () => {
  test("from the first marked socket to the last, which each bring their sender's share", () => {
    const { tree, resized } = historic();
    expect(tree.attachedPages).toBe(0);
    for (const sockets of [1, 2, 1, 0]) tree.setSockets(sockets);
    expect(resized).toEqual([1539, 1571, 1539, 0]);
    expect(tree.attachedPages).toBe(0);
  });
});

describe("charged", () => {
  test("a charge that would reach the limit is refused, and changes nothing", () => {
    const { tree } = historic();
    expect(tree.charge(262_144 - 2048)).toBe(true);
    expect(tree.charge(2048)).toBe(false);
    expect(tree.usageBytes).toBe(262_144 - 2048);
    expect(tree.charge(1024)).toBe(true);
    tree.uncharge(2048);
    expect(tree.charge(1024)).toBe(true);
  });

  test("no more is given back than was taken", () => {
    const { tree } = historic();
    tree.charge(1024);
    expect(() => tree.uncharge(2048)).toThrow("no more is given back");
  });

  test("only to socket data: usage is not passed up", () => {
    const { tree } = historic();
    tree.charge(4096);
    const used = tree.nodes.filter(({ usageBytes }) => usageBytes > 0).map(({ name }) => name);
    expect(used).toEqual(["SKB data reserve"]);
  });
});

test("saved and loaded it goes on, and asks nothing of zones that were loaded too", () => {
  const { tree } = historic();
  tree.setSockets(2);
  tree.charge(4096);
  const other = historic();
  other.tree.load(structuredClone(tree.save()));
  expect(other.tree.nodes).toEqual(tree.nodes);
  expect(other.tree.attachedPages).toBe(1571);
  expect(other.resized).toEqual([]);
});
