import type { PolicySpec } from "../../spec.ts";

// Swap-over-NBD as Gorman posted it (lkml, 2012-04-16, V9) and as merged in 3.6: marked socket, packets from the reserve
// tossed unless they are for it, direct reclaimers throttled at half of the reserve.
export const swapnbdV9: PolicySpec = {
  name: "swapnbd-v9",
  era: "3.x",
  reserve: "gfp-memalloc",
  receive: "toss-pfmemalloc",
  reclaim: "proportional",
  throttle: "half-reserve",
  limits: "emergency-skb",
  criticality: "swap-socket",
};
