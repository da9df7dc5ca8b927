import { __GFP_MEMALLOC, __GFP_NOMEMALLOC } from "../../mm/gfp.ts";
import { PF_MEMALLOC } from "../../sched/task.ts";
import type { ReserveFacts, ReservePart, ReservePolicy } from "./policy.ts";

/** TX_RESERVE_PAGES, for each request queue: the largest packet is 64 KiB, "double it to be on the safe side". */
const SENDER_PAGES = 32;
/** struct rtable with its dst_entry, aligned to cache lines: 12 a page in the tree that the series shows. */
const ROUTE_BYTES = 320;

// As much as receiving and sending can need at worst, sized in advance and kept on top of every mark: what is received
// from it is charged, and refused when it has been used up, so that traffic without end fits memory with one.
// Zijlstra, "Swap over network" (linux-mm, 2006-09-12 to 2008-10): mm/reserve.c, sk_adjust_memalloc() (net/core/sock.c),
// ip_rt_init() and ipfrag_init() as patched, and "mm: slub: add knowledge of reserve pages" (2007-05).
//
// Weak points that are kept: senders are trusted to stay within their share and charged nothing, sk_buffs themselves are
// not charged, and any number of reclaimers may be PF_MEMALLOC at once and take all of it.
export const reserveTree: ReservePolicy = {
  name: "reserve-tree",
  summary:
    "Marked requests may take the last pages, of which the worst case is set aside above every mark.",
  mayIgnoreWatermarks: ({ gfp, processFlags }) => {
    if ((gfp & __GFP_NOMEMALLOC) !== 0) return false;
    return (gfp & __GFP_MEMALLOC) !== 0 || (processFlags & PF_MEMALLOC) !== 0;
  },
  slabGuard: "by-cache",
  mayTakeKept: null,
  pagesOfDevice: null,
  setAside: (facts) => ({
    name: "total network reserve",
    parts: [
      {
        name: "network TX reserve",
        parts: [
          {
            name: "protocol TX pages",
            demand: { type: "pages", pages: SENDER_PAGES },
            role: "each-socket",
          },
        ],
      },
      receivers(facts),
    ],
  }),
};

/** Fragments of two whole datagrams must fit, or reassembly could hold all there is and never complete one. */
function receivers({ routeEntriesMax, packetBytes }: ReserveFacts): ReservePart {
  const routes = { type: "objects", count: routeEntriesMax, objectBytes: ROUTE_BYTES } as const;
  const fragments = { type: "kmalloc", bytes: packetBytes } as const;
  return {
    name: "network RX reserve",
    parts: [
      { name: "IPv4 route cache", demand: routes },
      {
        name: "SKB data reserve",
        role: "packets",
        parts: [{ name: "IPv4 fragment cache", demand: fragments }],
      },
    ],
  };
}
