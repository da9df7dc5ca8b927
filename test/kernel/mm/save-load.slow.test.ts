// A machine's memory is a value: saved at any instant and loaded elsewhere it goes on in the same way.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMs, MIB } from "#base/units.ts";
import { memoryFaults } from "#kernel/audit/memory.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import type { PolicySpec } from "#kernel/spec.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

const END_NS = fromMs(60);

function started(policy: PolicySpec, seed: number): MemoryRig {
  const rig = new MemoryRig({ zones: TINY, policy, cpus: 2, seed, tunables: { swapSlots: 3000 } });
  rig.hog({ name: "writer", sizeBytes: 4 * MIB });
  rig.hog({ name: "jumper", sizeBytes: 4 * MIB, pattern: "random", count: 2 });
  rig.hog({ name: "reader", sizeBytes: 2 * MIB, access: "read", touchPerSec: 50_000 });
  return rig;
}

function endOf(rig: MemoryRig): readonly unknown[] {
  rig.runUntil(END_NS);
  const { vmstat, random } = rig.memory.parts;
  return [rig.trace.digest.hex(), rig.timers.firedCount, vmstat.save(), random.save()];
}

describe.each(Object.values(presets))("$name", (policy) => {
  test("saved at a random instant and loaded, it goes on with an equal digest", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: END_NS }),
      (seed, atNs) => {
        const rig = started(policy, seed);
        rig.runUntil(atNs);
        const state = structuredClone(rig.save());
        const copy = started(policy, seed);
        copy.load(state);
        expect(memoryFaults(copy.memory)).toEqual([]);
        expect(endOf(copy)).toEqual(endOf(rig));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 8 });
  });

  test("a saved state does not change while the machine goes on", () => {
    const rig = started(policy, 7);
    rig.runUntil(fromMs(20));
    const state = rig.save();
    const end = endOf(rig);
    const copy = started(policy, 7);
    copy.load(state);
    expect(endOf(copy)).toEqual(end);
    const again = started(policy, 7);
    again.load(state);
    expect(endOf(again)).toEqual(end);
  });

  test("a machine that stands still is saved as such", () => {
    const rig = started(policy, 3);
    rig.runUntil(fromMs(10));
    rig.isStalled = true;
    rig.runUntil(fromMs(40));
    const copy = started(policy, 3);
    copy.load(structuredClone(rig.save()));
    for (const each of [rig, copy]) each.resume();
    expect(endOf(copy)).toEqual(endOf(rig));
  });

  test("equal seeds give equal runs, other seeds other runs", () => {
    expect(endOf(started(policy, 5))).toEqual(endOf(started(policy, 5)));
    expect(endOf(started(policy, 5))[0]).not.toBe(endOf(started(policy, 6))[0]);
  });
});
