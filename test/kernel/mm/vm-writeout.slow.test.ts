// Writes in flight are bounded up to 3.x: reclaimers wait when there are too many (throttle_vm_writeout).

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { dirtyLimits } from "#kernel/mm/dirty-limits.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

/** Four programs that swap to a disk that stands still; the limit is less than the disk would take. */
function stalled(policy: PolicySpec): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, policy, tunables: { dirtyPercent: 5 } });
  rig.isStalled = true;
  for (let i = 0; i < 4; i++) rig.hog({ name: `hog${i}`, sizeBytes: 2 * MIB });
  return rig;
}

const waiters = ({ sched }: MemoryRig): number =>
  sched.tasks().filter(({ wait }) => wait?.on === "vm-writeout").length;

const old = [presets["vanilla-2007"], presets["swapnbd-v9"]];

describe.each(old)("$name", (policy) => {
  test("reclaimers wait once writes in flight pass 1.1 times the dirty limit", () => {
    const rig = stalled(policy);
    let early = 0;
    rig.runUntil(fromS(1), () => {
      const isOver = rig.memory.writebackPages * 10 > dirtyLimits(rig.memory).limitPages * 11;
      const begins = rig.sched
        .tasks()
        .filter(({ wait }) => wait?.on === "vm-writeout" && wait.sinceNs === rig.timers.nowNs);
      if (begins.length > 0 && !isOver) early++;
    });
    expect(waiters(rig)).toBeGreaterThan(0);
    expect(early).toBe(0);
    const { counts } = rig.memory.parts.vmstat;
    const before = counts.pswpout;
    rig.runUntil(fromS(2));
    expect(counts.pswpout - before).toBeLessThan(32);
  });

  test("who waits goes on when writes end", () => {
    const rig = stalled(policy);
    rig.runUntil(fromMs(500));
    rig.resume();
    const { counts } = rig.memory.parts.vmstat;
    const before = counts.pswpout;
    rig.runUntil(fromS(2));
    expect(counts.pswpout).toBeGreaterThan(before);
  });

  test("without the throttle only the disk sets a bound", () => {
    const rig = stalled({ ...policy, throttle: "none" });
    rig.runUntil(fromS(3));
    expect(waiters(rig)).toBe(0);
    expect(rig.memory.writebackPages).toBeGreaterThanOrEqual(112);
  });
});

test("6.1 has no such bound", () => {
  const rig = stalled(presets["mainline-6.1"]);
  rig.runUntil(fromS(1));
  expect(rig.memory.writebackPages).toBe(128);
});
