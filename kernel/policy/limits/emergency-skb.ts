import type { LimitsPolicy } from "./policy.ts";

// A packet from the reserve passes: it got this far only because its socket may have it. Linux 3.6 to 4.1:
// sk_rmem_schedule(). A packet for the same socket out of ordinary memory does not pass, which is the hole it left.
export const emergencySkb: LimitsPolicy = {
  name: "emergency-skb",
  summary: "What lies in the reserve passes the limit, whatever socket it is for.",
  mayPassLimit: ({ pfmemalloc }) => pfmemalloc,
};
