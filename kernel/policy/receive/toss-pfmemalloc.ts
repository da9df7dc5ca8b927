import type { ReceivePolicy } from "./policy.ts";

// Receive from the reserve while some socket needs it, look whose packet it is, and keep only those sockets' packets.
// Linux 3.6: __netdev_alloc_skb() and sk_filter(), of Gorman's swap-over-NBD series; the rule is Zijlstra's (linux-mm,
// "netvm: hook skb allocation to reserves" and "netvm: filter emergency skbs", 2006 to 2009), who calls it skb->emergency.
//
// The toss does not ask whether anybody swaps over the network: drivers that always may use the reserve drop with none.
export const tossPfmemalloc: ReceivePolicy = {
  name: "toss-pfmemalloc",
  summary: "Receive from the reserve, and drop what is not for a socket the VM depends on.",
  marksPackets: true,
  countsByDevice: false,
  emergency: "never",
  keepsAtomicForMarked: false,
  coversNeighbours: false,
  mayReceiveFromReserve: ({ memallocSockets }) => memallocSockets > 0,
  tossAtDemux: ({ pfmemalloc, memallocSocket }) => pfmemalloc && !memallocSocket,
};
