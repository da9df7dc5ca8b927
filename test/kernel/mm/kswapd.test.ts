// The background reclaimer: when it wakes, when it sleeps, when it gives up.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { KSWAPD_HOPELESS } from "#kernel/mm/memory.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { PF_OOM_VICTIM, type Task } from "#kernel/sched/task.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

function kswapd({ sched }: MemoryRig): Task {
  return sched.taskById(0);
}

describe.each(Object.values(presets))("$name", (policy) => {
  test("kswapd sleeps while nobody needs memory", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ sizeBytes: 2 * MIB, touchPerSec: 10 });
    rig.runUntil(fromS(10));
    expect(rig.memory.parts.vmstat.counts.pageoutrun).toBe(0);
    expect(kswapd(rig).wait?.on).toBe("kswapd-idle");
  });

  test("kswapd wakes below the low mark and frees up to the high mark", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.hog({ sizeBytes: 6 * MIB, touchPerSec: 1 });
    const { pages, vmstat } = rig.memory.parts;
    let passes = 0;
    let unbalanced = 0;
    rig.runUntil(fromS(3), () => {
      if (kswapd(rig).wait?.on !== "kswapd-idle" || vmstat.counts.pageoutrun === passes) return;
      // It has just gone to sleep after some work.
      passes = vmstat.counts.pageoutrun;
      const balanced = pages.zones.map((_, zone) => pages.isZoneBalanced(zone));
      const isDone = policy.era === "6.1" ? balanced.includes(true) : !balanced.includes(false);
      if (!isDone) unbalanced++;
    });
    expect(passes).toBeGreaterThan(0);
    expect(unbalanced).toBe(0);
  });

  test("kswapd can stand still in the middle of a round", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    rig.isStalled = true;
    rig.hog({ sizeBytes: 8 * MIB });
    rig.runUntil(fromS(3));
    // The limit on writes in flight is 5 % of memory in 2.6.12: here less than the disk would take.
    const [wait, where] =
      policy.era === "2.6.12" ? ["vm-writeout", "mm.shrink"] : ["tag", "swap.write"];
    expect(kswapd(rig).wait?.on).toBe(wait);
    expect(kswapd(rig).stack.at(-1)?.type).toBe(where);
  });
});

/** Two programs that want more than memory and swap together, and nobody who kills one. */
function hopeless(): { readonly rig: MemoryRig; readonly victim: Task } {
  const rig = new MemoryRig({
    zones: TINY,
    tunables: { swapSlots: 1000, oomKiller: false },
  });
  for (const name of ["one", "other"]) rig.hog({ name, sizeBytes: 6 * MIB, touchPerSec: 1 });
  rig.runUntil(fromMs(500));
  const swapped = rig.memory.spaces.find(({ swappedPages }) => swappedPages > 0);
  const victim = rig.sched.tasks().find(({ spaceId }) => spaceId === swapped?.id);
  if (victim === undefined) throw new Error("somebody was swapped out");
  return { rig, victim };
}

describe("6.1", () => {
  test("kswapd gives the machine up after sixteen passes that freed nothing", () => {
    const { rig } = hopeless();
    expect(rig.memory.kswapdFailures).toBe(KSWAPD_HOPELESS);
    expect(kswapd(rig).wait?.on).toBe("kswapd-idle");
    const { counts } = rig.memory.parts.vmstat;
    const passes = counts.pageoutrun;
    rig.runUntil(fromS(1));
    expect(counts.pageoutrun).toBe(passes);
  });

  test("kswapd comes back when somebody else frees a page", () => {
    const { rig, victim } = hopeless();
    victim.flags |= PF_OOM_VICTIM;
    const passes = rig.memory.parts.vmstat.counts.pageoutrun;
    expect(rig.memory.kswapdFailures).toBe(KSWAPD_HOPELESS);
    rig.hog({ name: "next", sizeBytes: 6 * MIB, touchPerSec: 1 });
    rig.runUntil(fromS(3));
    expect(victim.state).toBe("finished");
    expect(rig.memory.parts.vmstat.counts.pageoutrun).toBeGreaterThan(passes);
  });
});

test("kswapd of 3.x never gives up", () => {
  const rig = new MemoryRig({
    zones: TINY,
    policy: presets["swapnbd-v9"],
    tunables: { swapSlots: 100, oomKiller: false },
  });
  rig.hog({ sizeBytes: 8 * MIB });
  rig.runUntil(fromMs(300));
  expect(rig.memory.kswapdFailures).toBe(0);
});
