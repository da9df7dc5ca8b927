import type { LimitsPolicy } from "./policy.ts";

// Both of what mainline has: reserve packets pass, and so does the first one of a queue. Linux 6.1: sk_rmem_schedule()
// and tcp_data_queue().
export const emergencyOrFirstSkb: LimitsPolicy = {
  name: "emergency-or-first-skb",
  summary: "Reserve packets pass the limit, and so does one packet per empty queue.",
  mayPassLimit: ({ pfmemalloc, receiveQueueEmpty }) => pfmemalloc || receiveQueueEmpty,
};
