import type { PolicySpec } from "../../spec.ts";

// Dobson's critical page pool and Samudrala's critical sockets (lkml, 2005-12-13 and 12-14): for a management program that
// must be heard while the swap device has failed, and expressly not for swap itself, whose socket is like any other. The
// pool holds vm.critical_pages, none unless they are set (memory.criticalPages). Else the machine of vanilla-2007.
export const criticalPool2005: PolicySpec = {
  name: "critical-pool-2005",
  era: "2.6.12",
  reserve: "critical-pool",
  receive: "critical-in-emergency",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "reclaimer-sends",
};
