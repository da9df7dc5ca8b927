// Random pages move between two LRU lists: each is taken off its own and put at the head of the other.

import { assert } from "#base/assert.ts";
import { GFP_HIGHUSER_MOVABLE } from "../../kernel/mm/gfp.ts";
import { Lru } from "../../kernel/mm/lru.ts";
import { PAGE_KIND } from "../../kernel/mm/page-frames.ts";
import { smallMemory } from "./machines.ts";
import { mix, nextState, type Pass, type Workload } from "./workload.ts";

const PAGES = 32_768;
const INACTIVE = 0;
const ACTIVE = 1;

function begin(): Pass {
  const { frames, allocator } = smallMemory();
  const lru = new Lru(frames, ["inactive", "active"]);
  const pages = new Int32Array(PAGES);
  for (let i = 0; i < PAGES; i++) {
    const pfn = allocator.alloc(0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.anon);
    assert(pfn !== null, "the machine is large enough for its lists");
    pages[i] = pfn;
    lru.addHead(INACTIVE, pfn);
  }
  let seed = 1;
  return (ops, before) => {
    let checksum = before;
    let state = seed;
    for (let i = 0; i < ops; i++) {
      state = nextState(state);
      const pfn = pages[(state >>> 8) & (PAGES - 1)] ?? 0;
      const list = lru.listOf(pfn);
      lru.remove(pfn);
      // No branch: which list it is cannot be foretold, and guessing wrong would cost as much as the move.
      lru.addHead(ACTIVE - list, pfn);
      checksum = mix(checksum, lru.tail(list));
    }
    seed = state;
    return checksum;
  };
}

export const lruMoves: Workload = {
  name: "lru-moves",
  what: "LRU lists: move a random page to the head of the other list",
  twin: "memory",
  warmupOps: 1_000_000,
  ops: 8_000_000,
  begin,
};
