import type { LimitsPolicy } from "./policy.ts";

// The first packet into an empty receive queue is charged whatever the limit says, so that each connection crawls on.
// Linux 4.2: tcp_data_queue() with sk_forced_mem_schedule().
export const firstSkbForced: LimitsPolicy = {
  name: "first-skb-forced",
  summary: "One packet per empty receive queue passes the limit.",
  mayPassLimit: ({ receiveQueueEmpty }) => receiveQueueEmpty,
};
