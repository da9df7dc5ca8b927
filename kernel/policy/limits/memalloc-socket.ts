import type { LimitsPolicy } from "./policy.ts";

// What is for a socket the VM depends on passes, wherever its memory came from: what the merged patch was meant to do.
// Source: Zijlstra's swap-over-network series, 2007, "exempt SOCK_MEMALLOC sockets".
export const memallocSocket: LimitsPolicy = {
  name: "memalloc-socket",
  summary: "Every packet for a socket the VM depends on passes the limit.",
  mayPassLimit: ({ memallocSocket: isMemalloc }) => isMemalloc,
};
