import type { ReceivePolicy } from "./policy.ts";

// A reserve and nothing else: while some socket is marked any packet may be received from it, and goes to whomever it is addressed to.
// The objection with which "Toward more robust network-based block I/O" (Jonathan Corbet, LWN, 2005-08) says why sockets are
// marked: on a host whose disks are an iSCSI array, somebody's music downloads use such a reserve up. Nobody proposed it.
export const reserveForAll: ReceivePolicy = {
  name: "reserve-for-all",
  summary: "Every packet may be received from the reserve, and nobody is tossed.",
  marksPackets: false,
  countsByDevice: false,
  emergency: "never",
  keepsAtomicForMarked: false,
  coversNeighbours: false,
  mayReceiveFromReserve: ({ memallocSockets }) => memallocSockets > 0,
  tossAtDemux: () => false,
};
