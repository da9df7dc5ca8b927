// A whole cluster is a value: saved at any instant and loaded elsewhere it goes on in the same way.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import { memoryFaults } from "#kernel/audit/memory.ts";
import { type PolicySpec, presets } from "#kernel/index.ts";
import type { World } from "#sim/index.ts";
import { changeWay, smallWorld } from "../support/small-world.ts";

/** By then everything has been touched and requests are answered. */
const OUTAGE_NS = fromMs(200);
const HEALED_NS = fromMs(320);
const END_NS = fromMs(500);

type Script = "calm" | "outage";

/** What can happen on the way, each at its time; what lies before `fromNs` has happened. */
function goOn(world: World, fromNs: number, script: Script): readonly unknown[] {
  const steps = [
    { atNs: OUTAGE_NS, cut: true },
    { atNs: HEALED_NS, cut: false },
  ];
  for (const { atNs, cut } of script === "outage" ? steps : []) {
    if (atNs < fromNs) continue;
    world.runUntil(atNs);
    changeWay(world, { cut });
  }
  world.runUntil(END_NS);
  return stateOf(world);
}

const stateOf = (world: World): readonly unknown[] => [
  world.digest(),
  world.eventCount,
  world.machines.map(({ workload, net, memory }) => [
    workload.stats().map((stats) => stats.save()),
    workload.clients.map(({ sent, answered, failed }) => [sent, answered, failed]),
    net.snmp.entries(),
    memory.parts.vmstat.save(),
    memory.mismatches,
  ]),
];

/** All of a state as text, typed arrays in base 64. */
const textOf = (state: unknown): string =>
  JSON.stringify(state, (_key, value: unknown) =>
    ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")
      : value,
  );

/** The world of this seed at this instant, the outage begun or healed if that was before. */
function worldAt(
  spec: { readonly policy: PolicySpec; readonly seed: number },
  atNs: number,
  script: Script,
): World {
  const world = smallWorld(spec);
  world.boot();
  if (script === "outage" && atNs > OUTAGE_NS) {
    world.runUntil(OUTAGE_NS);
    changeWay(world, { cut: true });
  }
  if (script === "outage" && atNs > HEALED_NS) {
    world.runUntil(HEALED_NS);
    changeWay(world, { cut: false });
  }
  world.runUntil(atNs);
  return world;
}

describe.each(Object.values(presets))("$name", (policy) => {
  test("a state is no part of the cluster that was loaded from it", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: END_NS }),
      fc.constantFrom<Script>("calm", "outage"),
      (seed, atNs, script) => {
        const state = worldAt({ policy, seed }, atNs, script).save();
        const before = textOf(state);
        const loaded = smallWorld({ policy, seed });
        loaded.load(state);
        goOn(loaded, atNs, script);
        expect(textOf(state)).toBe(before);
      },
    );
    fc.assert(property, { numRuns: 4, seed: 2007 });
  });

  test("saved at a random instant and loaded, a cluster goes on to an equal end", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: END_NS }),
      fc.constantFrom<Script>("calm", "outage"),
      (seed, atNs, script) => {
        const world = worldAt({ policy, seed }, atNs, script);
        const copy = smallWorld({ policy, seed });
        copy.load(structuredClone(world.save()));
        for (const { memory, net } of copy.machines) {
          expect(memoryFaults(memory)).toEqual([]);
          net.assertAlive();
        }
        expect(goOn(copy, atNs, script)).toEqual(goOn(world, atNs, script));
      },
    );
    fc.assert(property, { seed: 1, numRuns: 6 });
  }, 300_000);
});

test("a saved state does not change while the cluster goes on", () => {
  const spec = { policy: presets["swapnbd-v9"], seed: 3 };
  const world = worldAt(spec, fromMs(300), "calm");
  const state = world.save();
  const kept = textOf(state);
  const end = goOn(world, fromMs(300), "outage");
  expect(textOf(state) === kept).toBe(true);
  const copy = smallWorld(spec);
  copy.load(state);
  expect(goOn(copy, fromMs(300), "outage")).toEqual(end);
  expect(textOf(state) === kept).toBe(true);
}, 300_000);
