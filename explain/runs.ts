// Whether free pages side by side could come to be, with nobody's help: runs of 2^order frames, all of which are free or may
// be at any time.
//
// A free page more is a block more only if its neighbours are free too. So it is not enough to count: for each aligned run
// we ask whether any of its frames belongs to somebody who must do something first. Who frees pages by himself: reclaim
// (clean pages, and the tree nodes that go with them), whoever empties the per-CPU lists, IP reassembly, and whoever takes
// an object of a slab that lies empty and gives it back. Everything else stays: an object in use is somebody's, and all
// somebodies are parties of the graph, which hold their pages until they move. One page that stays spoils its run.
//
// Not followed: objects that SLAB keeps in its arrays, memory in IP reassembly. With these the answer is yes.

import { type Machine, PAGE_KIND } from "#kernel/index.ts";
import { isClean } from "./pages.ts";

/** What of a run is there, or may be before anybody else moves. */
export function hasRunToBe(machine: Machine, order: number): boolean {
  const { spec, net, memory } = machine;
  if (spec.role !== "machine" || spec.memory.slab === "slab" || net.fragments.memoryBytes > 0)
    return true;
  const stays = staying(memory);
  const runPages = 1 << order;
  for (let pfn = 0; pfn < stays.length; pfn += runPages)
    if (stays.subarray(pfn, pfn + runPages).every((frame) => frame === 0)) return true;
  return false;
}

/** 1 for each frame that somebody holds who has to move before it is free. */
function staying(memory: Machine["memory"]): Uint8Array {
  const { frames } = memory.parts;
  const stays = new Uint8Array(frames.count);
  const nodes = memory.parts.slab.caches.find(({ geometry }) => geometry.name === TREE_NODES);
  for (let pfn = 0; pfn < frames.count; ) {
    const kind = frames.kind[pfn] ?? PAGE_KIND.reserved;
    const pages = 1 << headOrder(frames.order[pfn]);
    const isOff =
      kind === PAGE_KIND.free ||
      kind === PAGE_KIND.perCpu ||
      isClean(frames, pfn) ||
      (kind === PAGE_KIND.slab && isIdle(frames, pfn, nodes?.id ?? -1));
    if (!isOff) stays.fill(1, pfn, pfn + pages);
    pfn += pages;
  }
  return stays;
}

/** Of frames that head no block each is looked at alone. */
const headOrder = (order: number | undefined): number =>
  order === undefined || order > 10 ? 0 : order;

const TREE_NODES = "radix_tree_node";

/** A slab without an object in use, or whose objects go with clean pages. */
function isIdle(
  { mapping, index }: Machine["memory"]["parts"]["frames"],
  pfn: number,
  treeNodes: number,
): boolean {
  const cache = mapping[pfn] ?? -1;
  return cache >= 0 && (cache === treeNodes || index[pfn] === 0);
}
