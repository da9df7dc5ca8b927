// Pages side by side: whether any could come to be, and what a certificate says where none can.

import { expect, test } from "vitest";
import { asPfn, MIB } from "#base/units.ts";
import { explain } from "#explain/index.ts";
import { hasRunToBe } from "#explain/runs.ts";
import { type ClusterSpec, type Machine, PG_DIRTY, PG_SWAPCACHE } from "#kernel/index.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { World } from "#sim/index.ts";
import { smallCluster } from "../support/small-world.ts";
import { usefulOf } from "./small-clusters.ts";

/** Linux 6.1 that tosses nothing, a card that wants four pages side by side for each of sixteen frames, and crumbs. */
function crumbled(pinnedOrder: number | null): World {
  const policy = { ...presets["mainline-6.1"], receive: "plain-atomic" };
  const cluster: ClusterSpec = smallCluster({ policy });
  const hosts = cluster.hosts.map((host) => {
    if (host.role !== "machine") return host;
    const { memory, net } = host;
    return {
      ...host,
      memory: {
        ...memory,
        ramBytes: 24 * MIB,
        watermarkBoostFactor: 0,
        oomKiller: false,
        pinnedOrder,
      },
      net: { ...net, driver: "forcedeth-like" as const, mtuBytes: 9000, ringDescriptors: 16 },
    };
  });
  return new World({ cluster: { ...cluster, hosts }, seed: 1 });
}

function booted(): { readonly machine: Machine; readonly pinned: number; readonly run: number } {
  const world = crumbled(2);
  world.boot();
  const machine = world.machine("A");
  const { frames } = machine.memory.parts;
  const isCrumb = (pfn: number): boolean =>
    [0, 1, 2, 3].every((i) => frames.kind[pfn + i] === PAGE_KIND.free || isPinned(pfn + i));
  const isPinned = (pfn: number): boolean => frames.kind[pfn] === PAGE_KIND.kernel;
  let run = 0;
  while (!isCrumb(run)) run += 4;
  const pinned = [0, 1, 2, 3].map((i) => run + i).find(isPinned) ?? -1;
  return { machine, pinned, run };
}

test("where a page of each run is pinned, no run of four can come to be, and one of two is there", () => {
  const { machine } = booted();
  expect(hasRunToBe(machine, 2)).toBe(false);
  expect(hasRunToBe(machine, 1)).toBe(true);
});

test("one pinned page let go is a run", () => {
  const { machine, pinned } = booted();
  machine.memory.parts.pages.free(asPfn(pinned));
  expect(hasRunToBe(machine, 2)).toBe(true);
});

test.each([
  ["a clean page of a program's", PAGE_KIND.anon, PG_SWAPCACHE, true],
  ["a page that must be written first", PAGE_KIND.anon, PG_SWAPCACHE | PG_DIRTY, false],
  ["a page that is in no swap slot", PAGE_KIND.anon, 0, false],
  ["a packet's page", PAGE_KIND.skb, 0, false],
  ["a page on a CPU's list", PAGE_KIND.perCpu, 0, true],
] as const)("%s in the place of the pinned one", (_, kind, flags, couldBe) => {
  const { machine, pinned } = booted();
  const { frames } = machine.memory.parts;
  frames.kind[pinned] = kind;
  frames.flags[pinned] = flags;
  expect(hasRunToBe(machine, 2)).toBe(couldBe);
});

test.each([
  ["lies empty", 0, true],
  ["has an object in use", 1, false],
] as const)("a slab that %s", (_, used, couldBe) => {
  const { machine, pinned } = booted();
  const { frames, slab } = machine.memory.parts;
  frames.kind[pinned] = PAGE_KIND.slab;
  frames.mapping[pinned] = slab.caches.find(({ geometry }) => geometry.name === "TCP")?.id ?? -1;
  frames.index[pinned] = used;
  expect(hasRunToBe(machine, 2)).toBe(couldBe);
});

test("with pages free above min and none side by side, the certificate says fragmentation, and nothing useful follows", () => {
  const world = crumbled(2);
  world.boot();
  world.runUntil(200_000_000);
  const certificate = explain(world.machines, { nowNs: world.nowNs });
  expect(certificate?.certainty).toBe("certain");
  const card = certificate?.stuck.find(({ id }) => id === "A/card");
  expect(card?.text).toMatch(
    /^0 of 16 receive buffers; fragmentation: \d+ pages free, min is \d+, no 4 side by side$/,
  );
  expect(card?.wants.flat().find(({ rule }) => rule === "NO_BLOCK")?.resource).toBe("A/block");
  const before = usefulOf(world);
  for (const { name } of world.machine("B").workload.clients)
    world.tell("B", { type: "load", name, action: "stop" });
  world.runUntil(world.nowNs + 240_000_000_000);
  expect(usefulOf(world) - before).toBe(0);
});

test("the same machine with whole memory is not wedged at that time", () => {
  const world = crumbled(null);
  world.boot();
  world.runUntil(200_000_000);
  expect(explain(world.machines, { nowNs: world.nowNs })?.certainty).not.toBe("certain");
});
