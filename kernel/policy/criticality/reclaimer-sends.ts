import type { CriticalityPolicy } from "./policy.ts";

// Nothing is marked; a swap-out is sent by the reclaimer itself, who is PF_MEMALLOC while it reclaims. Swap over NFS, and
// what Zijlstra's picture of August 2007 starts from.
export const reclaimerSends: CriticalityPolicy = {
  name: "reclaimer-sends",
  summary: "No socket is marked; whoever reclaims sends, with the rights of a reclaimer.",
  marksSwapSocket: false,
  sender: "submitter",
  driverMemalloc: false,
  keepsSendSkb: false,
};
