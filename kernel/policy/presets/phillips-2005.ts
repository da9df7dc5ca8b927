import type { PolicySpec } from "../../spec.ts";

// Phillips, "Net vm deadlock fix" v6 (netdev and linux-mm, 2005-08-12, against 2.6.12.3): fifty packets of each card from the
// reserve, dropped in the protocols unless their socket is marked. Nothing is kept for sending: who submits sends as
// PF_MEMALLOC, as a block driver that is called to free memory does. Nobody passes the TCP limit, nobody throttles reclaimers.
export const phillips2005: PolicySpec = {
  name: "phillips-2005",
  era: "2.6.12",
  reserve: "device-estimate",
  receive: "device-credit",
  reclaim: "proportional",
  throttle: "writeout-only",
  limits: "none",
  criticality: "marked-submitter",
};
