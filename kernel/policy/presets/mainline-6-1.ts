import type { PolicySpec } from "../../spec.ts";

// What became of it: Debian's 6.1. The throttle leaves out zones with nothing to reclaim, the first segment of an empty
// queue passes the TCP limit (4.2), and marks can be boosted (5.0).
export const mainline61: PolicySpec = {
  name: "mainline-6.1",
  era: "6.1",
  reserve: "gfp-memalloc",
  receive: "toss-pfmemalloc",
  reclaim: "proportional",
  throttle: "half-reserve-reclaimable",
  limits: "emergency-or-first-skb",
  criticality: "swap-socket",
};
