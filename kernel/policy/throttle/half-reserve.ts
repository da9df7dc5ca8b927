import type { ThrottlePolicy } from "./policy.ts";

// Direct reclaimers sleep while no more than half of the min marks of all zones is free.
// Gorman, swap-over-NBD V9, patch 15 (2012-04-16); Linux 3.6: pfmemalloc_watermark_ok(), mm/vmscan.c.
export const halfReserve: ThrottlePolicy = {
  name: "half-reserve",
  summary:
    "Direct reclaimers sleep while half of the sum of the min marks is gone; writeout is held as before.",
  allowDirectReclaim: ({ zones }) => {
    let freePages = 0;
    let reservePages = 0;
    for (const zone of zones) {
      freePages += zone.freePages;
      reservePages += zone.minPages;
    }
    return freePages > Math.floor(reservePages / 2);
  },
  holdWriteout: ({ writebackPages, dirtyThresholdPages }) =>
    writebackPages * 10 > dirtyThresholdPages * 11,
};
