import type { PolicySpec } from "../../spec.ts";

// Miller's simpler form of critical sockets (netdev, 2005-12): no pool, one threshold below which only they are let in. Else
// the machine of vanilla-2007.
export const lowWatermarkCritical2005: PolicySpec = {
  name: "low-watermark-critical-2005",
  era: "2.6.12",
  reserve: "process-memalloc",
  receive: "critical-below-threshold",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "reclaimer-sends",
};
