import type { ReceivePolicy } from "./policy.ts";

// No pool and no flag: while less is free than a threshold, packets of sockets that are not critical are dropped,
// and nobody but a critical socket may have atomic memory; a layer around its packets is none.
// Miller, in the thread of "TCP/IP Critical socket communication mechanism" (netdev, 2005-12), who says at once that "even this
// has faults". He names no threshold; the min marks stand for it (net.emergencyBelow), below which all that is left is atomic.
//
// Weak points that are kept: the card's buffers are nobody's, so it takes memory below the threshold for any packet, down to
// the atomic floor; a critical socket is let in and no memory is kept for it; what is wrapped is looked at too early.
export const criticalBelowThreshold: ReceivePolicy = {
  name: "critical-below-threshold",
  summary:
    "While less is free than a threshold, packets of sockets that are not critical are dropped.",
  marksPackets: false,
  countsByDevice: false,
  emergency: "below-threshold",
  keepsAtomicForMarked: true,
  coversNeighbours: false,
  mayReceiveFromReserve: () => false,
  tossAtDemux: ({ isEmergency, memallocSocket }) => isEmergency && !memallocSocket,
};
