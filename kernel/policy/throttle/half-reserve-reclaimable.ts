import type { ThrottlePolicy } from "./policy.ts";

/** MAX_RECLAIM_RETRIES: after so many fruitless passes of kswapd nobody is held back any more. */
const HOPELESS = 16;

// As half-reserve, but a zone that reclaim can get nothing from is left out of both sums.
// Linux 6.1: allow_direct_reclaim(), mm/vmscan.c. What a zone has to give is zone_reclaimable_pages(), see direct-reclaim.ts.
export const halfReserveReclaimable: ThrottlePolicy = {
  name: "half-reserve-reclaimable",
  summary:
    "Direct reclaimers sleep while half of the min marks of the zones worth reclaiming is gone.",
  allowDirectReclaim: ({ zones, kswapdFailures }) => {
    if (kswapdFailures >= HOPELESS) return true;
    let freePages = 0;
    let reservePages = 0;
    for (const zone of zones) {
      if (zone.managedPages === 0 || zone.reclaimablePages === 0) continue;
      freePages += zone.freePages;
      reservePages += zone.minPages;
    }
    return reservePages === 0 || freePages > Math.floor(reservePages / 2);
  },
  holdWriteout: () => false,
};
