// Pages are conserved and nothing acknowledged is lost, after every event, whatever the machine goes through.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { lostPages, memoryFaults } from "#kernel/audit/memory.ts";
import { ReserveWatch } from "#kernel/audit/reserve-watch.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

/** After this many events, which take a machine through everything it does, one in SPARSE is looked at. */
const DENSE = 1200;
const SPARSE = 11;

function checked(rig: MemoryRig): () => void {
  const watch = new ReserveWatch(rig.memory.parts.pages);
  let events = 0;
  return () => {
    if (events++ > DENSE && events % SPARSE !== 0) return;
    const faults = [
      ...memoryFaults(rig.memory),
      ...lostPages(rig.memory, (slot) => rig.disk.get(slot)),
      ...watch.faults,
    ];
    if (faults.length > 0) throw new Error(`at ${rig.timers.nowNs} ns:\n${faults.join("\n")}`);
  };
}

/** Pages of programs that are gone, whose writes were under way: reclaim frees them at sight, as in Linux. */
function expectOnlyOrphans({ memory }: MemoryRig): void {
  const orphans = memory.parts.frames.pagesOf("anon");
  expect(orphans).toBe(memory.swap.usedSlots);
  expect(orphans).toBeLessThan(64);
}

/** Three programs that together want twice the machine, each in its own way; they finish. */
function crowd(policy: PolicySpec, cpus: number): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, policy, cpus, tunables: { swapSlots: 2000 } });
  rig.hog({ name: "writer", sizeBytes: 7 * MIB, loops: 1 });
  rig.hog({ name: "reader", sizeBytes: 2 * MIB, loops: 1, access: "read" });
  rig.hog({ name: "jumper", sizeBytes: 2 * MIB, loops: 1, pattern: "random", count: 2 });
  return rig;
}

describe.each(Object.values(presets))("$name", (policy) => {
  test.each([1, 3])("pages are conserved after every event, on %i CPUs", (cpus) => {
    const rig = crowd(policy, cpus);
    rig.runUntil(fromS(30), checked(rig));
    expect(rig.memory.mismatches).toEqual([]);
    const { counts } = rig.memory.parts.vmstat;
    expect(counts.pswpout).toBeGreaterThan(500);
    expect(counts.pswpin).toBeGreaterThan(200);
    expectOnlyOrphans(rig);
  });

  test("pages are conserved while the disk stands still and after it has gone on", () => {
    const rig = crowd(policy, 2);
    const check = checked(rig);
    rig.runUntil(fromMs(20), check);
    rig.isStalled = true;
    rig.runUntil(fromMs(120), check);
    rig.resume();
    check();
    rig.runUntil(fromS(30), check);
    expectOnlyOrphans(rig);
  });

  test("pages are conserved when swap is full and programs are killed", () => {
    const rig = new MemoryRig({ zones: TINY, policy, tunables: { swapSlots: 250 } });
    rig.hog({ name: "large", sizeBytes: 8 * MIB, loops: 1 });
    for (const name of ["one", "two"]) rig.hog({ name, sizeBytes: 2 * MIB, loops: 1 });
    rig.runUntil(fromS(30), checked(rig));
    expect(rig.memory.parts.vmstat.counts.oom_kill).toBeGreaterThan(0);
    expectOnlyOrphans(rig);
  });
});
