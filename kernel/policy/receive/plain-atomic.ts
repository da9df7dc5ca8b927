import type { ReceivePolicy } from "./policy.ts";

// Every packet is taken GFP_ATOMIC and goes to whomever it is addressed to. Linux before 3.6: __dev_alloc_skb().
export const plainAtomic: ReceivePolicy = {
  name: "plain-atomic",
  summary: "Receive memory stops at the atomic floor, and nobody is tossed.",
  marksPackets: false,
  countsByDevice: false,
  emergency: "never",
  keepsAtomicForMarked: false,
  coversNeighbours: false,
  mayReceiveFromReserve: () => false,
  tossAtDemux: () => false,
};
