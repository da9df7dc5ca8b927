import { describe, expect, test } from "vitest";
import { presets } from "#kernel/index.ts";
import { decisionsOf } from "#kernel/policy/decisions.ts";

describe.each(Object.entries(presets))("%s", (name, preset) => {
  test("is registered under its own name, and every decision of it is registered too", () => {
    expect(preset.name).toBe(name);
    const { name: _, era: __, ...names } = preset;
    const decisions = Object.values(decisionsOf(preset)).map((policy) => policy.name);
    expect(decisions.sort()).toEqual(Object.values(names).sort());
  });
});

test("a decision nobody registered is refused", () => {
  expect(() => decisionsOf({ ...presets["vanilla-2007"], throttle: "nobody" })).toThrow(
    "the policy nobody is registered",
  );
});
