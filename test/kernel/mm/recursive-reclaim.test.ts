// A reclaimer that is left without a page: by policy it frees clean pages of files for itself, one level deep.

import { describe, expect, test } from "vitest";
import { __GFP_NOMEMALLOC, GFP_ATOMIC, GFP_NOIO } from "#kernel/mm/gfp.ts";
import { PageCache } from "#kernel/mm/page-cache.ts";
import { type PresetName, presets } from "#kernel/policy/presets/index.ts";
import { PF_MEMALLOC } from "#kernel/sched/task.ts";
import { MemoryRig, TINY } from "../../support/memory-rig.ts";

const CLEAN_PAGES = 300;
const SECOND_NS = 1_000_000_000;

/** A reclaimer takes all it gets; nobody else frees anything. */
function takeAll(policy: PresetName, { gfp = GFP_NOIO, cleanPages = CLEAN_PAGES } = {}) {
  const rig = new MemoryRig({ policy: presets[policy], zones: TINY, kswapd: false });
  new PageCache(rig.memory).fillClean(cleanPages);
  const { frame, task } = rig.taker({ pages: 3000, gfp, flags: PF_MEMALLOC });
  rig.runUntil(SECOND_NS);
  const { parts } = rig.memory;
  return {
    taken: frame.pfns.length,
    refused: frame.refused,
    fileIsLeft: parts.frames.pagesOf("file"),
    flags: task.flags,
    counts: parts.vmstat.counts,
  };
}

describe("recursive-reclaim-2007", () => {
  test("every clean page becomes the reclaimer's, and it is still one", () => {
    const without = takeAll("vanilla-2007");
    const recursive = takeAll("recursive-reclaim-2007");
    expect(without.fileIsLeft).toBe(CLEAN_PAGES);
    expect(recursive.fileIsLeft).toBe(0);
    expect(recursive.taken - without.taken).toBeGreaterThanOrEqual(CLEAN_PAGES);
    expect(recursive.taken + recursive.refused).toBe(3000);
    expect(recursive.flags & PF_MEMALLOC).toBe(PF_MEMALLOC);
  });

  test("it writes nothing and counts as nobody's stall", () => {
    const { counts } = takeAll("recursive-reclaim-2007");
    expect([counts.pswpout, counts.allocstall_normal]).toEqual([0, 0]);
    expect(counts.pgsteal_direct).toBe(CLEAN_PAGES);
  });

  test("without clean pages it gets what anybody gets", () => {
    const none = { cleanPages: 0 };
    const [recursive, without] = [
      takeAll("recursive-reclaim-2007", none),
      takeAll("vanilla-2007", none),
    ];
    expect(recursive.taken).toBe(without.taken);
  });

  test.each([
    ["may not ignore the marks", GFP_NOIO | __GFP_NOMEMALLOC],
    ["cannot wait", GFP_ATOMIC],
  ])("who %s does not recurse", (_, gfp) => {
    expect(takeAll("recursive-reclaim-2007", { gfp }).fileIsLeft).toBe(CLEAN_PAGES);
  });
});
