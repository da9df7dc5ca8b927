// Blocks of all orders and three migratetypes: a random place of a table is filled, or emptied if it was full. An order is
// half as frequent as the one below it. Blocks split and merge, and types break into one another's pageblocks.

import { assert } from "#base/assert.ts";
import type { Pfn } from "#base/units.ts";
import { __GFP_RECLAIMABLE, GFP_HIGHUSER_MOVABLE, GFP_KERNEL } from "../../kernel/mm/gfp.ts";
import { PAGE_KIND } from "../../kernel/mm/page-frames.ts";
import { largeMemory } from "./machines.ts";
import { mix, nextState, type Pass, type Workload } from "./workload.ts";

const PLACES = 16_384;
const owners = [
  { gfp: GFP_KERNEL, kind: PAGE_KIND.kernel },
  { gfp: GFP_HIGHUSER_MOVABLE, kind: PAGE_KIND.anon },
  { gfp: GFP_HIGHUSER_MOVABLE, kind: PAGE_KIND.file },
  { gfp: GFP_KERNEL | __GFP_RECLAIMABLE, kind: PAGE_KIND.slab },
] as const;

/** Bits that are 0 below the lowest that is set, 10 at most. */
function orderOf(draw: number): number {
  const bits = draw | (1 << 10);
  return 31 - Math.clz32(bits & -bits);
}

function begin(): Pass {
  const { allocator } = largeMemory();
  const held: (Pfn | null)[] = new Array<Pfn | null>(PLACES).fill(null);
  let seed = 1;
  return (ops, before) => {
    let checksum = before;
    let state = seed;
    for (let i = 0; i < ops; i++) {
      state = nextState(state);
      const place = (state >>> 8) & (PLACES - 1);
      const pfn = held[place] ?? null;
      if (pfn !== null) {
        allocator.free(pfn);
        held[place] = null;
        continue;
      }
      state = nextState(state);
      const draw = state >>> 8;
      const owner = owners[draw & 3] ?? owners[0];
      const block = allocator.alloc(orderOf(draw >>> 2), owner.gfp, owner.kind);
      assert(block !== null, "the machine is large enough for what is held");
      held[place] = block;
      checksum = mix(checksum, block);
    }
    seed = state;
    return checksum;
  };
}

export const mixedOrders: Workload = {
  name: "mixed-orders",
  what: "page allocator, orders 0 to 10, three migratetypes: take or free one block",
  twin: "memory",
  warmupOps: 500_000,
  ops: 4_000_000,
  begin,
};
