// Which waits are pressure: a machine's tasks as the accounts see them.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { GFP_KERNEL } from "#kernel/mm/gfp.ts";
import type { PsiResource } from "#kernel/mm/psi.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { PF_KTHREAD, PF_MEMALLOC } from "#kernel/sched/task.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

const totalsMs = ({ memory }: MemoryRig, resource: PsiResource): readonly number[] => {
  const { some, full } = memory.pressure(resource);
  return [some.totalUs, full?.totalUs ?? 0].map((us) => Math.floor(us / 1000));
};

describe.each(Object.values(presets))("$name", (policy) => {
  test("a machine with room for all has no pressure on memory", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ sizeBytes: 2 * MIB, touchPerSec: 10_000 });
    rig.runUntil(fromS(3));
    expect(totalsMs(rig, "memory")).toEqual([0, 0]);
  });

  test("programs that wait for a disk that stands still are stalled, all of the time", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    for (const name of ["one", "other"]) rig.hog({ name, sizeBytes: 8 * MIB });
    rig.runUntil(fromMs(20));
    rig.isStalled = true;
    rig.runUntil(fromS(2));
    const [someBefore = 0, fullBefore = 0] = totalsMs(rig, "memory");
    rig.runUntil(fromS(3));
    const [some = 0, full = 0] = totalsMs(rig, "memory");
    expect(some - someBefore).toBeGreaterThanOrEqual(990);
    expect(full - fullBefore).toBeGreaterThanOrEqual(990);
  });

  test("one program that runs makes it some, not full", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ name: "locked", sizeBytes: MIB, locked: true });
    rig.hog({ sizeBytes: 7 * MIB });
    rig.runUntil(fromMs(50));
    rig.isStalled = true;
    rig.runUntil(fromMs(300));
    const [someBefore = 0, fullBefore = 0] = totalsMs(rig, "memory");
    rig.runUntil(fromMs(400));
    const [some = 0, full = 0] = totalsMs(rig, "memory");
    expect(some - someBefore).toBeGreaterThanOrEqual(95);
    expect(full - fullBefore).toBeLessThanOrEqual(5);
  });

  test("pressure ends with its cause", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ sizeBytes: 8 * MIB, loops: 1 });
    rig.runUntil(fromS(60));
    expect(rig.memory.pressure("memory").some.totalUs).toBeGreaterThan(0);
    for (const task of rig.sched.tasks()) expect(task.memstall).toBe(0);
    const before = totalsMs(rig, "memory");
    rig.runUntil(fromS(70));
    expect(totalsMs(rig, "memory")).toEqual(before);
  });
});

test("a task that is held back by the throttle is stalled", () => {
  const rig = new MemoryRig({ zones: TINY, cpus: 2 });
  rig.isStalled = true;
  rig.hog({ name: "resident", sizeBytes: 3 * MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(100));
  const { pages } = rig.memory.parts;
  pages.drainPerCpu();
  rig.taker({ gfp: GFP_KERNEL, flags: PF_MEMALLOC | PF_KTHREAD, pages: pages.freePages - 20 });
  rig.runUntil(fromMs(200));
  const { task } = rig.taker({ gfp: GFP_KERNEL, pages: 1 });
  rig.runUntil(fromMs(300));
  expect(task.wait?.on).toBe("throttle");
  expect(task.memstall).toBe(1);
});

test("the accounts are saved with the machine", () => {
  const start = (): MemoryRig => {
    const rig = new MemoryRig({ zones: TINY });
    rig.hog({ sizeBytes: 8 * MIB });
    return rig;
  };
  const rig = start();
  rig.runUntil(fromMs(30));
  const copy = start();
  copy.load(structuredClone(rig.save()));
  for (const each of [rig, copy]) each.runUntil(fromMs(100));
  expect(copy.memory.pressure("memory")).toEqual(rig.memory.pressure("memory"));
  expect(copy.memory.pressure("cpu")).toEqual(rig.memory.pressure("cpu"));
});
