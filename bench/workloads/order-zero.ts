// Single pages in bursts of 1 to 1024, each burst freed in the order in which it was taken: most come from the per-CPU
// list and go back to it; the longer bursts make it refill and overflow.

import { assert } from "#base/assert.ts";
import type { Pfn } from "#base/units.ts";
import { GFP_HIGHUSER_MOVABLE } from "../../kernel/mm/gfp.ts";
import { PAGE_KIND } from "../../kernel/mm/page-frames.ts";
import { largeMemory } from "./machines.ts";
import { mix, nextState, type Pass, type Workload } from "./workload.ts";

function begin(): Pass {
  const { allocator } = largeMemory();
  const burst: Pfn[] = new Array<Pfn>(1024);
  let seed = 1;
  return (ops, before) => {
    let checksum = before;
    let state = seed;
    for (let done = 0; done < ops; ) {
      state = nextState(state);
      const size = ((state >>> 8) & 1023) + 1;
      for (let i = 0; i < size; i++) {
        const pfn = allocator.alloc(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.anon);
        assert(pfn !== null, "the machine is large enough for a burst");
        burst[i] = pfn;
        checksum = mix(checksum, pfn);
      }
      for (let i = 0; i < size; i++) {
        const pfn = burst[i];
        if (pfn !== undefined) allocator.free(pfn);
      }
      done += 2 * size;
    }
    seed = state;
    return checksum;
  };
}

export const orderZero: Workload = {
  name: "order-zero",
  what: "page allocator, order 0, per-CPU lists: take or free one page",
  twin: "memory",
  warmupOps: 1_000_000,
  ops: 8_000_000,
  begin,
};
