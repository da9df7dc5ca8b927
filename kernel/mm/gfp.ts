// What an allocation may do to be served: sleep, start I/O, dig into the reserve. Linux: include/linux/gfp_types.h (6.1),
// whose bit values are kept. Older kernels spell __GFP_WAIT where this says __GFP_DIRECT_RECLAIM.
//
// Not modelled: __GFP_ZERO, __GFP_HARDWALL, __GFP_ACCOUNT (no cpusets, no memory cgroups), __GFP_THISNODE (one node),
// __GFP_HIGHMEM as a zone (64-bit machines have none).

import { PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from "../sched/task.ts";

/** A set of __GFP_* bits. */
export type Gfp = number;

export const __GFP_DMA = 0x01;
export const __GFP_HIGHMEM = 0x02;
export const __GFP_DMA32 = 0x04;
export const __GFP_MOVABLE = 0x08;
export const __GFP_RECLAIMABLE = 0x10;
/** May go to half the min mark. */
export const __GFP_HIGH = 0x20;
export const __GFP_IO = 0x40;
export const __GFP_FS = 0x80;
/** Cannot sleep and must not fail lightly; exempt from watermark boosts at order 0. */
export const __GFP_ATOMIC = 0x200;
/** May sleep in direct reclaim. */
export const __GFP_DIRECT_RECLAIM = 0x400;
export const __GFP_KSWAPD_RECLAIM = 0x800;
export const __GFP_NOWARN = 0x2000;
export const __GFP_RETRY_MAYFAIL = 0x4000;
export const __GFP_NOFAIL = 0x8000;
export const __GFP_NORETRY = 0x1_0000;
/** May ignore the marks: the caller will free more than it takes. */
export const __GFP_MEMALLOC = 0x2_0000;
export const __GFP_COMP = 0x4_0000;
/** May not ignore the marks, whatever else says it may. */
export const __GFP_NOMEMALLOC = 0x8_0000;

export const __GFP_RECLAIM = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM;

export const GFP_ATOMIC = __GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM;
export const GFP_NOWAIT = __GFP_KSWAPD_RECLAIM;
export const GFP_NOIO = __GFP_RECLAIM;
export const GFP_NOFS = __GFP_RECLAIM | __GFP_IO;
export const GFP_KERNEL = __GFP_RECLAIM | __GFP_IO | __GFP_FS;
export const GFP_USER = GFP_KERNEL;
export const GFP_HIGHUSER_MOVABLE = GFP_KERNEL | __GFP_HIGHMEM | __GFP_MOVABLE;
export const GFP_DMA = __GFP_DMA;
export const GFP_DMA32 = __GFP_DMA32;

const masks: readonly (readonly [string, Gfp])[] = [
  ["GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE],
  ["GFP_KERNEL", GFP_KERNEL],
  ["GFP_ATOMIC", GFP_ATOMIC],
  ["GFP_NOFS", GFP_NOFS],
  ["GFP_NOIO", GFP_NOIO],
  ["GFP_NOWAIT", GFP_NOWAIT],
  ["__GFP_DIRECT_RECLAIM", __GFP_DIRECT_RECLAIM],
  ["__GFP_DMA", __GFP_DMA],
  ["__GFP_HIGHMEM", __GFP_HIGHMEM],
  ["__GFP_DMA32", __GFP_DMA32],
  ["__GFP_MOVABLE", __GFP_MOVABLE],
  ["__GFP_RECLAIMABLE", __GFP_RECLAIMABLE],
  ["__GFP_HIGH", __GFP_HIGH],
  ["__GFP_IO", __GFP_IO],
  ["__GFP_FS", __GFP_FS],
  ["__GFP_ATOMIC", __GFP_ATOMIC],
  ["__GFP_NOWARN", __GFP_NOWARN],
  ["__GFP_RETRY_MAYFAIL", __GFP_RETRY_MAYFAIL],
  ["__GFP_NOFAIL", __GFP_NOFAIL],
  ["__GFP_NORETRY", __GFP_NORETRY],
  ["__GFP_MEMALLOC", __GFP_MEMALLOC],
  ["__GFP_COMP", __GFP_COMP],
  ["__GFP_NOMEMALLOC", __GFP_NOMEMALLOC],
];

/** A mask as the kernel prints it: the largest named mask, then the bits that are left. */
export function gfpName(gfp: Gfp): string {
  let rest = gfp;
  const names: string[] = [];
  for (const [name, bits] of masks) {
    if (bits === 0 || (rest & bits) !== bits) continue;
    names.push(name);
    rest &= ~bits;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.length === 0 ? "0" : names.join("|");
}

/** The mask that a task's own promises leave of `gfp`. Linux: current_gfp_context(), include/linux/sched/mm.h. */
export function currentGfpContext(gfp: Gfp, processFlags: number): Gfp {
  if ((processFlags & PF_MEMALLOC_NOIO) !== 0) return gfp & ~(__GFP_IO | __GFP_FS);
  if ((processFlags & PF_MEMALLOC_NOFS) !== 0) return gfp & ~__GFP_FS;
  return gfp;
}

/** Zone type that a request would like best: 0 DMA, 1 DMA32, 2 NORMAL. Linux: gfp_zone(). */
export function classOf(gfp: Gfp): 0 | 1 | 2 {
  if ((gfp & (__GFP_DMA | __GFP_DMA32)) === 0) return 2;
  return (gfp & __GFP_DMA) === 0 ? 1 : 0;
}
