import type { PolicySpec } from "../../spec.ts";

// Zijlstra's swap over networked storage (linux-mm, v12 of 2007-05-04 to v14 of 2007-10-30): a reserve of a known size,
// charged and not only guarded; what is received from it is looked at and kept only by marked sockets, whose packets pass
// the TCP limit too. Nobody throttles reclaimers but by writes in flight. Rules of 2.6.12 where no decision says otherwise.
export const zijlstra2007: PolicySpec = {
  name: "zijlstra-2007",
  era: "2.6.12",
  reserve: "reserve-tree",
  receive: "toss-pfmemalloc",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "emergency-skb",
  criticality: "marked-submitter",
};
