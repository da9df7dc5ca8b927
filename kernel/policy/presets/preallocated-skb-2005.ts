import type { PolicySpec } from "../../spec.ts";

// Hemminger's answer to critical sockets (netdev, 2005-12): one packet allocated in advance is enough to say that the machine
// is sick. Else the machine of vanilla-2007.
export const preallocatedSkb2005: PolicySpec = {
  name: "preallocated-skb-2005",
  era: "2.6.12",
  reserve: "process-memalloc",
  receive: "plain-atomic",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "kept-skb",
};
