import { expect, test } from "vitest";
import { BioPool, POOL_BIO } from "#kernel/block/bio-pool.ts";
import { GFP_ATOMIC } from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { PF_KTHREAD, PF_MEMALLOC } from "#kernel/sched/task.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

test.each([2, 52])("with no page for a slab, %i bios are had at a time", (size) => {
  const { memory, sched } = new MemoryRig({ zones: TINY, kswapd: false });
  const { pages } = memory.parts;
  for (let pfn = pages.alloc(0, GFP_ATOMIC, PAGE_KIND.kernel); pfn !== null; )
    pfn = pages.alloc(0, GFP_ATOMIC, PAGE_KIND.kernel);
  const pool = new BioPool(memory, size);
  const task = sched.spawn("writer", PF_KTHREAD | PF_MEMALLOC, { type: "block.bio" });
  for (let taken = 0; taken < size; taken++) {
    expect(pool.couldAlloc()).toBe(true);
    pool.step({ type: "block.bio", at: "try" }, task);
    expect(task.result).toBe(POOL_BIO);
  }
  expect(pool.couldAlloc()).toBe(false);
  pool.free(POOL_BIO);
  expect(pool.couldAlloc()).toBe(true);
});
