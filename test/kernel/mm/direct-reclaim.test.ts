// Tasks that reclaim for themselves: who may, who is held back, and who lets them go.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { allowDirectReclaim } from "#kernel/mm/direct-reclaim.ts";
import { GFP_KERNEL, GFP_NOFS } from "#kernel/mm/gfp.ts";
import type { Memory } from "#kernel/mm/memory.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { PF_KTHREAD, PF_MEMALLOC } from "#kernel/sched/task.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";
import { drainedRig } from "./drained.ts";

const throttling = [presets["swapnbd-v9"], presets["mainline-6.1"]];

const reservePages = ({ parts }: Memory): number => parts.pages.totalWatermark.minPages;

/** Four programs come that want memory. */
function drained(policy: PolicySpec, freePages: number): MemoryRig {
  const rig = drainedRig(policy, { freePages, programs: 4 });
  rig.runUntil(fromMs(300));
  return rig;
}

const throttled = ({ sched }: MemoryRig): readonly string[] =>
  sched.tasks().flatMap((task) => (task.wait?.on === "throttle" ? [task.name] : []));

describe.each(throttling)("$name", (policy) => {
  test("direct reclaimers are held while at most half of the reserve is free, and counted", () => {
    const rig = drained(policy, 20);
    expect(rig.memory.parts.pages.freePages).toBeLessThanOrEqual(reservePages(rig.memory) / 2);
    expect(allowDirectReclaim(rig.memory)).toBe(false);
    expect(throttled(rig)).toHaveLength(4);
    expect(rig.memory.parts.vmstat.counts.pgscan_direct_throttle).toBeGreaterThanOrEqual(4);
  });

  test("nobody begins to reclaim while they are held", () => {
    const rig = drained(policy, 20);
    rig.runUntil(fromS(2));
    const { counts } = rig.memory.parts.vmstat;
    expect(counts.allocstall_normal).toBe(0);
    expect(counts.oom_kill).toBe(0);
    expect(throttled(rig)).toHaveLength(4);
  });

  test("kswapd lets them go when the disk answers", () => {
    const rig = drained(policy, 20);
    rig.resume();
    rig.runUntil(fromMs(500));
    expect(throttled(rig)).toEqual([]);
    expect(allowDirectReclaim(rig.memory)).toBe(true);
  });

  test("who may not enter the file system is held for a second at most", () => {
    const rig = drained(policy, 20);
    const { task } = rig.taker({ gfp: GFP_NOFS, pages: 1 });
    rig.runUntil(fromMs(310));
    const since = task.wait?.sinceNs ?? 0;
    expect(task.wait?.on).toBe("throttle");
    rig.runUntil(since + fromMs(999));
    expect(task.wait?.sinceNs).toBe(since);
    const before = rig.memory.parts.vmstat.counts.allocstall_normal;
    rig.runUntil(since + fromMs(1001));
    expect(rig.memory.parts.vmstat.counts.allocstall_normal).toBe(before + 1);
  });

  test("kernel threads are never held", () => {
    const rig = drained(policy, 20);
    const { task } = rig.taker({ gfp: GFP_KERNEL, flags: PF_KTHREAD, pages: 1 });
    rig.runUntil(fromMs(320));
    expect(task.wait?.on).not.toBe("throttle");
    expect(rig.memory.parts.vmstat.counts.allocstall_normal).toBeGreaterThan(0);
  });
});

test("without the throttle the same machine holds nobody back", () => {
  const rig = drained({ ...presets["mainline-6.1"], throttle: "none" }, 20);
  expect(throttled(rig)).toEqual([]);
  expect(rig.memory.parts.vmstat.counts.pgscan_direct_throttle).toBe(0);
});

test("in 6.1 sixteen fruitless passes of kswapd end the holding", () => {
  const rig = drained(presets["mainline-6.1"], 20);
  rig.memory.kswapdFailures = 16;
  expect(allowDirectReclaim(rig.memory)).toBe(true);
});

test("in 6.1 a zone without anything to reclaim is left out of the sums, in 3.6 it counts", () => {
  for (const policy of throttling) {
    const rig = new MemoryRig({ zones: TINY, policy });
    const zones = rig.memory.parts.pages.zones.map((zone, i) => ({
      managedPages: zone.managedPages,
      minPages: zone.minPages,
      freePages: i === 0 ? 10_000 : 0,
      reclaimablePages: i === 0 ? 0 : 100,
    }));
    const isAllowed = rig.memory.parts.throttle.allowDirectReclaim({ zones, kswapdFailures: 0 });
    expect(isAllowed).toBe(policy.era === "3.x");
  }
});

describe.each(Object.values(presets))("$name", (policy) => {
  test("a reclaimer does not reclaim inside its reclaim", () => {
    const rig = new MemoryRig({ zones: TINY, policy, cpus: 2 });
    for (let i = 0; i < 4; i++) rig.hog({ name: `hog${i}`, sizeBytes: 2 * MIB });
    let deepest = 0;
    rig.runUntil(fromMs(100), () => {
      for (const task of rig.sched.tasks()) {
        const rounds = task.stack.filter(({ type }) => type === "mm.directReclaim");
        deepest = Math.max(deepest, rounds.length);
      }
    });
    expect(deepest).toBe(1);
  });

  test("a PF_MEMALLOC task that finds nothing is refused at once", () => {
    const rig = drained(policy, 0);
    expect(rig.memory.parts.pages.freePages).toBe(0);
    const { task, frame } = rig.taker({ gfp: GFP_KERNEL, flags: PF_MEMALLOC, pages: 3 });
    rig.runUntil(fromMs(310));
    expect(task.state).toBe("finished");
    expect(frame.refused).toBe(3);
  });

  test("PF_MEMALLOC is set while a task reclaims and at no other time", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    for (let i = 0; i < 4; i++) rig.hog({ name: `hog${i}`, sizeBytes: 2 * MIB, loops: 1 });
    rig.runUntil(fromMs(100), () => {
      for (const task of rig.sched.tasks()) {
        if (task.name === "kswapd0") continue;
        const reclaims = task.stack.some(
          (frame) => frame.type === "mm.shrink" || frame.type === "swap.write",
        );
        expect((task.flags & PF_MEMALLOC) !== 0 || !reclaims).toBe(true);
      }
    });
    rig.runUntil(fromS(60));
    for (const task of rig.sched.tasks().slice(1)) {
      expect(task.state).toBe("finished");
      expect(task.flags & PF_MEMALLOC).toBe(0);
    }
  });
});
