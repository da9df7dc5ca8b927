import type { CriticalityPolicy } from "./policy.ts";

// The driver marks its socket and works with PF_MEMALLOC set. Gorman, swap-over-NBD V9, patch 14 (2012-04-16);
// Linux: drivers/block/nbd.c, sk_set_memalloc() and memalloc_noreclaim_save() around every sock_xmit.
export const swapSocket: CriticalityPolicy = {
  name: "swap-socket",
  summary: "The swap socket is SOCK_MEMALLOC and the driver's threads are PF_MEMALLOC.",
  marksSwapSocket: true,
  sender: "thread",
  driverMemalloc: true,
  keepsSendSkb: false,
};
