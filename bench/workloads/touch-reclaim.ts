// A space larger than memory, touched at random: a page that is there is marked young, one that is not takes a frame, and
// when the low mark is reached the tail of the LRU list makes room, 32 pages at a time, young ones passed over once.
//
// Not measured: the kernel's own vmscan (priorities, two lists, writing out), which has no twin. This is what its inner
// loop must cost at least.

import type { Pfn } from "#base/units.ts";
import { asPfn } from "#base/units.ts";
import { GFP_HIGHUSER_MOVABLE } from "../../kernel/mm/gfp.ts";
import { Lru } from "../../kernel/mm/lru.ts";
import { PAGE_KIND, PG_MAPPED, PG_UPTODATE, PG_YOUNG } from "../../kernel/mm/page-frames.ts";
import { smallMemory } from "./machines.ts";
import { mix, nextState, type Pass, type Workload } from "./workload.ts";

const SPACE_PAGES = 80_000;
const RECLAIM_BATCH = 32;
const INACTIVE = 0;
const OWNER = 1;

class Space {
  readonly #frames;
  readonly #allocator;
  readonly #lru: Lru;
  /** Frame of each page; -1 when it has none. */
  readonly #pageTable = new Int32Array(SPACE_PAGES).fill(-1);

  constructor() {
    const { frames, allocator } = smallMemory();
    this.#frames = frames;
    this.#allocator = allocator;
    this.#lru = new Lru(frames, ["inactive", "active"]);
  }

  /** The frame that holds the page afterwards. */
  touch(page: number): number {
    const pfn = this.#pageTable[page] ?? -1;
    if (pfn < 0) return this.#fault(page);
    const { flags } = this.#frames;
    flags[pfn] = (flags[pfn] ?? 0) | PG_YOUNG;
    return pfn;
  }

  #fault(page: number): number {
    const { mapping, index, flags } = this.#frames;
    const pfn = this.#takeFrame();
    mapping[pfn] = OWNER;
    index[pfn] = page;
    flags[pfn] = (flags[pfn] ?? 0) | PG_MAPPED | PG_UPTODATE;
    this.#pageTable[page] = pfn;
    this.#lru.addHead(INACTIVE, pfn);
    return pfn;
  }

  #takeFrame(): Pfn {
    for (;;) {
      const pfn = this.#allocator.allocAt("low", 0, GFP_HIGHUSER_MOVABLE, PAGE_KIND.anon);
      if (pfn !== null) return pfn;
      this.#reclaim();
    }
  }

  #reclaim(): void {
    const lru = this.#lru;
    const { flags, index } = this.#frames;
    for (let freed = 0; freed < RECLAIM_BATCH; ) {
      const pfn = lru.tail(INACTIVE);
      lru.remove(pfn);
      const was = flags[pfn] ?? 0;
      if ((was & PG_YOUNG) !== 0) {
        flags[pfn] = was & ~PG_YOUNG;
        lru.addHead(INACTIVE, pfn);
        continue;
      }
      this.#pageTable[index[pfn] ?? 0] = -1;
      this.#allocator.free(asPfn(pfn));
      freed++;
    }
  }
}

function begin(): Pass {
  const space = new Space();
  let seed = 1;
  return (ops, before) => {
    let checksum = before;
    let state = seed;
    for (let i = 0; i < ops; i++) {
      state = nextState(state);
      checksum = mix(checksum, space.touch((state >>> 8) % SPACE_PAGES));
    }
    seed = state;
    return checksum;
  };
}

export const touchReclaim: Workload = {
  name: "touch-reclaim",
  what: "touch a random page of a space 1.3 times memory; reclaim at the low mark",
  twin: "memory",
  warmupOps: 500_000,
  ops: 4_000_000,
  begin,
};
