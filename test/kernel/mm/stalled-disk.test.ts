// A disk that stops answering stops every program that needs it, and nothing else; when it answers again all go on.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

describe.each(Object.values(presets))("$name", (policy) => {
  test.each([1, 2])(
    "a stalled disk stops progress, and resuming brings it back, on %i CPUs",
    (cpus) => {
      const rig = new MemoryRig({ zones: TINY, policy, cpus });
      const hogs = [0, 1, 2].map((i) => rig.hog({ name: `hog${i}`, sizeBytes: 3 * MIB, loops: 4 }));
      const progress = (): number =>
        hogs.reduce((sum, { progressPages }) => sum + progressPages, 0);
      rig.runUntil(fromMs(20));
      rig.isStalled = true;
      rig.runUntil(fromMs(800));
      const stopped = progress();
      rig.runUntil(fromS(1));
      expect(progress()).toBe(stopped);
      rig.resume();
      rig.runUntil(fromS(600));
      expect(hogs.map(({ finished }) => finished)).toEqual([1, 1, 1]);
      expect(rig.memory.mismatches).toEqual([]);
      expect(rig.memory.parts.vmstat.counts.oom_kill).toBe(0);
    },
  );

  test("a program whose memory is there goes on while others wait", () => {
    const rig = new MemoryRig({ zones: TINY, policy });
    const locked = rig.hog({ name: "locked", sizeBytes: MIB, locked: true, touchPerSec: 1000 });
    rig.hog({ name: "hog", sizeBytes: 8 * MIB });
    rig.runUntil(fromMs(20));
    rig.isStalled = true;
    rig.runUntil(fromS(1));
    const before = locked.touchedPages;
    rig.runUntil(fromS(2));
    expect(locked.touchedPages).toBe(before + 1000);
  });
});
