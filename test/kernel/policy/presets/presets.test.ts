import { describe, expect, test } from "vitest";
import { MIB } from "#base/units.ts";
import { type PolicySpec, presets } from "#kernel/index.ts";
import { decisionsOf } from "#kernel/policy/decisions.ts";
import { worldOf } from "../../../support/worlds.ts";

describe.each(Object.entries(presets))("%s", (name, preset) => {
  test("is registered under its own name, and every decision of it is registered too", () => {
    expect(preset.name).toBe(name);
    const { name: _, era: __, minFreePercent: ___, ...names }: PolicySpec = preset;
    const decisions = Object.values(decisionsOf(preset)).map((policy) => policy.name);
    expect(decisions.sort()).toEqual(Object.values(names).sort());
  });
});

test("min-free-20 is vanilla-2007 and a fifth of RAM, but for what a user sets himself", () => {
  const { name: _, minFreePercent, ...rules } = presets["min-free-20"] as PolicySpec;
  const { name: __, ...vanilla } = presets["vanilla-2007"];
  expect(rules).toEqual(vanilla);
  expect(minFreePercent).toBe(20);
  const kib = (minFreeKiB: number | null): number => {
    const policy = presets["min-free-20"];
    const machine = worldOf({ policy, memory: { ramBytes: 64 * MIB, minFreeKiB } }).machine("A");
    return machine.memory.parts.pages.minFreeKiB;
  };
  expect(kib(null)).toBe(Math.floor((64 * 1024) / 5));
  expect(kib(2048)).toBe(2048);
});

test("a decision nobody registered is refused", () => {
  expect(() => decisionsOf({ ...presets["vanilla-2007"], throttle: "nobody" })).toThrow(
    "the policy nobody is registered",
  );
});
