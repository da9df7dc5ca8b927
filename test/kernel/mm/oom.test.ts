// The OOM killer comes last: only when nothing is left that could be swapped.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

/** A program larger than memory, with `swapSlots` beside it. */
function overfull(policy: PolicySpec, swapSlots: number, oomKiller = true): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, policy, tunables: { swapSlots, oomKiller } });
  rig.hog({ sizeBytes: 8 * MIB, loops: 1 });
  return rig;
}

const kills = ({ memory }: MemoryRig): number => memory.parts.vmstat.counts.oom_kill;

describe.each(Object.values(presets))("$name", (policy) => {
  test("nobody is killed while there is swap to write to", () => {
    const rig = overfull(policy, 4000);
    rig.runUntil(fromS(120));
    expect(kills(rig)).toBe(0);
    expect(rig.sched.tasks().map(({ state }) => state)).toContain("finished");
  });

  test("nobody is killed while the disk stands still and swap has room", () => {
    const rig = overfull(policy, 4000);
    rig.isStalled = true;
    rig.runUntil(fromS(20));
    expect(kills(rig)).toBe(0);
    rig.resume();
    rig.runUntil(fromS(120));
    expect(kills(rig)).toBe(0);
    expect(rig.memory.mismatches).toEqual([]);
  });

  test("somebody is killed once swap is full, and not before", () => {
    const rig = overfull(policy, 200);
    let freeSlots = -1;
    rig.runUntil(fromS(60), () => {
      if (kills(rig) > 0 && freeSlots < 0) freeSlots = rig.memory.swap.freeSlots;
    });
    expect(kills(rig)).toBe(1);
    expect(freeSlots).toBe(0);
  });

  test("without any swap the killer comes too", () => {
    const rig = overfull(policy, 0);
    rig.runUntil(fromS(60));
    expect(kills(rig)).toBe(1);
    expect(rig.memory.parts.vmstat.counts.pswpout).toBe(0);
  });

  test("a machine whose killer is switched off waits instead", () => {
    const rig = overfull(policy, 0, false);
    rig.runUntil(fromS(2));
    expect(kills(rig)).toBe(0);
    expect(rig.memory.spaceOf(0).residentPages).toBeGreaterThan(1000);
  });

  test("the largest program dies, and the others go on with its memory", () => {
    const rig = new MemoryRig({ zones: TINY, policy, tunables: { swapSlots: 0 } });
    const small = rig.hog({ name: "small", sizeBytes: MIB, touchPerSec: 1000 });
    const large = rig.hog({ name: "large", sizeBytes: 8 * MIB });
    rig.runUntil(fromS(60));
    expect([small.killed, large.killed]).toEqual([0, 1]);
    const before = small.touchedPages;
    rig.runUntil(fromS(61));
    expect(small.touchedPages).toBe(before + 1000);
  });

  test("memory that is locked is no reason to be chosen", () => {
    const rig = new MemoryRig({ zones: TINY, policy, tunables: { swapSlots: 0 } });
    const locked = rig.hog({ name: "locked", sizeBytes: 3 * MIB, locked: true, touchPerSec: 1 });
    rig.runUntil(fromMs(100));
    const other = rig.hog({ name: "other", sizeBytes: 4 * MIB });
    rig.runUntil(fromS(30));
    expect([locked.killed, other.killed]).toEqual([0, 1]);
  });
});
