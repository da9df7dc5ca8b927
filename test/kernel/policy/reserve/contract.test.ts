import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC, __GFP_NOMEMALLOC, GFP_ATOMIC, GFP_KERNEL } from "#kernel/mm/gfp.ts";
import { reservePolicies } from "#kernel/policy/reserve/index.ts";
import { PF_MEMALLOC } from "#kernel/sched/task.ts";

// What every reserve policy must keep, whoever wrote it.

const anyView = fc.record({
  gfp: fc.nat({ max: 0xf_ffff }),
  processFlags: fc.nat({ max: 0xff }),
  inSoftirq: fc.boolean(),
});

describe.each(Object.entries(reservePolicies))("%s", (name, policy) => {
  test("is registered under its own name", () => {
    expect(policy.name).toBe(name);
  });

  test("lets nobody past __GFP_NOMEMALLOC", async () => {
    const property = fc.property(
      anyView,
      (view) => !policy.mayIgnoreWatermarks({ ...view, gfp: view.gfp | __GFP_NOMEMALLOC }),
    );
    await fc.assert(property, { seed: 1 });
  });

  test("lets a task that reclaims take the last page", () => {
    const view = { gfp: GFP_KERNEL, processFlags: PF_MEMALLOC, inSoftirq: false };
    expect(policy.mayIgnoreWatermarks(view)).toBe(true);
  });

  test("lets nobody in who claims no right", () => {
    const view = { gfp: GFP_ATOMIC, processFlags: 0, inSoftirq: true };
    expect(policy.mayIgnoreWatermarks(view)).toBe(false);
  });
});

test("only since 3.6 can a packet have the right", () => {
  const softirq = { inSoftirq: true };
  const byFlag = { ...softirq, gfp: GFP_ATOMIC, processFlags: PF_MEMALLOC };
  const byMask = { ...softirq, gfp: GFP_ATOMIC | __GFP_MEMALLOC, processFlags: 0 };
  const answers = Object.values(reservePolicies).map((policy) => [
    policy.name,
    policy.mayIgnoreWatermarks(byFlag),
    policy.mayIgnoreWatermarks(byMask),
  ]);
  expect(answers).toEqual([
    ["gfp-memalloc", true, true],
    ["process-memalloc", false, false],
  ]);
});
