import { describe, expect, test } from "vitest";
import type { Era } from "#kernel/era.ts";
import {
  type AllocFlagsRules,
  floorPages,
  gfpToAllocFlags,
  reserveFlags,
} from "#kernel/mm/alloc-flags.ts";
import {
  __GFP_HIGH,
  __GFP_MEMALLOC,
  __GFP_NOMEMALLOC,
  GFP_ATOMIC,
  GFP_KERNEL,
  GFP_NOIO,
  GFP_NOWAIT,
  type Gfp,
} from "#kernel/mm/gfp.ts";
import { reservePolicies } from "#kernel/policy/reserve/index.ts";
import { Current } from "#kernel/sched/current.ts";
import { PF_MEMALLOC, PF_OOM_VICTIM, PF_REALTIME } from "#kernel/sched/task.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };

function rules(era: Era, processFlags = 0, inSoftirq = false): AllocFlagsRules {
  const current = new Current();
  current.processFlags = processFlags;
  current.inSoftirq = inSoftirq;
  const name = era === "2.6.12" ? "process-memalloc" : "gfp-memalloc";
  return { era, current, reserve: reservePolicies[name] };
}

/** The floor of the deepest attempt that the request gets. */
function deepest(rule: AllocFlagsRules, gfp: Gfp, minPages: number): number {
  const first = floorPages(rule.era, minPages, gfpToAllocFlags(rule, gfp, 0));
  const rights = reserveFlags(rule, gfp);
  return rights === 0 ? first : Math.min(first, floorPages(rule.era, minPages, rights));
}

const rows = vectors.alloc_floor_order0_no_lowmem_reserve.rows;
const columns = { "2.6.12": "2.6.12", "3.x": "3.6", "6.1": "6.1.192+" } as const;

describe.each(["2.6.12", "3.x", "6.1"] as const)("%s", (era) => {
  test.each(rows)("every request stops at its floor where min is $min", (row) => {
    const { min } = row;
    expect({
      ["GFP_KERNEL"]: deepest(rules(era), GFP_KERNEL, min),
      ["GFP_NOWAIT"]: deepest(rules(era), GFP_NOWAIT, min),
      ["GFP_HIGH"]: deepest(rules(era), GFP_KERNEL | __GFP_HIGH, min),
      ["GFP_ATOMIC"]: deepest(rules(era), GFP_ATOMIC, min),
      ["RT"]: deepest(rules(era, PF_REALTIME), GFP_KERNEL, min),
      ["OOM"]: deepest(rules(era, PF_OOM_VICTIM), GFP_KERNEL, min),
      ["NO_WATERMARKS"]: deepest(rules(era, PF_MEMALLOC), GFP_NOIO, min),
    }).toEqual(row.need_free_greater_than[columns[era]]);
  });

  test("a real-time task with __GFP_HIGH goes to the floor of its era", () => {
    const floor = deepest(rules(era, PF_REALTIME), GFP_KERNEL | __GFP_HIGH, 1000);
    expect(floor).toBe(era === "6.1" ? 500 : 375);
  });

  test("__GFP_NOMEMALLOC takes the reserve from everyone", () => {
    const flags = PF_MEMALLOC | PF_OOM_VICTIM;
    const gfp = GFP_NOIO | __GFP_MEMALLOC | __GFP_NOMEMALLOC;
    expect(reserveFlags(rules(era, flags), gfp)).toBe(0);
  });

  test("a real-time task's right ends where a softirq begins", () => {
    expect(deepest(rules(era, PF_REALTIME, true), GFP_KERNEL, 1000)).toBe(1000);
  });
});

test("__GFP_NOMEMALLOC keeps a request that cannot sleep from the last quarter, but not in 2.6.12", () => {
  const gfp = GFP_ATOMIC | __GFP_NOMEMALLOC;
  const floors = (["2.6.12", "3.x", "6.1"] as const).map((era) => deepest(rules(era), gfp, 1000));
  expect(floors).toEqual([375, 500, 500]);
});

test("1405 pages of min leave an atomic request 528 to stop at", () => {
  expect(deepest(rules("6.1"), GFP_ATOMIC, 1405)).toBe(528);
});
