import { __GFP_MEMALLOC, __GFP_NOMEMALLOC } from "../../mm/gfp.ts";
import { PF_MEMALLOC } from "../../sched/task.ts";
import type { ReservePolicy } from "./policy.ts";

/** e1000's receive buffer for the standard MTU, NET_IP_ALIGN, and what alloc_skb() adds in front. */
const BUFFER_BYTES = 2048 + 2 + 16;
/** sk_buffs in a slab page of 2.6.12: 256 bytes each, and the slab's own head. */
const HEADS_PER_PAGE = 15;

// Each card adds pages for its packets to what is kept free of everybody, and a request may say that it may have them, in
// interrupts too. Phillips, "Net vm deadlock fix" v6 (2005-08-12): __GFP_MEMALLOC, adjust_memalloc_reserve(),
// estimate_skb_pages(). v5 took the lowest set bit for the highest and so kept one page for fifty packets; v6 is modelled.
//
// Weak points that are kept: the pages are added to min_free_kbytes, so the other marks grow with them and reclaimers may take
// them all; nothing is kept for sending.
export const deviceEstimate: ReservePolicy = {
  name: "device-estimate",
  summary: "Marked requests may take the last pages, of which each card adds its packets' worth.",
  mayIgnoreWatermarks: ({ gfp, processFlags, inSoftirq }) => {
    if ((gfp & __GFP_NOMEMALLOC) !== 0) return false;
    return (gfp & __GFP_MEMALLOC) !== 0 || ((processFlags & PF_MEMALLOC) !== 0 && !inSoftirq);
  },
  slabGuard: "none",
  mayTakeKept: null,
  setAside: null,
  pagesOfDevice: (packets) =>
    Math.ceil(packets / HEADS_PER_PAGE) + Math.ceil((packets * powerOfTwo(BUFFER_BYTES)) / 4096),
};

/** The kmalloc class. */
function powerOfTwo(bytes: number): number {
  let size = 32;
  while (size < bytes) size *= 2;
  return size;
}
