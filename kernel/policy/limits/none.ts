import type { LimitsPolicy } from "./policy.ts";

// The limit holds for everybody. Linux before 3.6: sk_rmem_schedule(), include/net/sock.h.
export const none: LimitsPolicy = {
  name: "none",
  summary: "Nobody passes the limit, not even the swap socket.",
  mayPassLimit: () => false,
};
