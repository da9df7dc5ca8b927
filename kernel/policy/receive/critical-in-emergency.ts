import type { ReceivePolicy } from "./policy.ts";

// All that receiving takes is critical, addresses and routes too, for nobody knows whose a packet is before it is looked at;
// and in emergency what is not for a critical socket is dropped where its socket is found.
// Samudrala, "TCP/IP Critical socket communication mechanism" (lkml, 2005-12-14, 3 patches): SO_CRITICAL, system_in_emergency.
//
// A program of the machine writes the flag: one that sends over critical sockets (traffic with `critical`), from when it
// begins until it stops, or the one that looks after the swap device (kernel/task/agent.ts). Weak points that are kept: swap's own socket is not critical unless marked, so its answers are dropped.
export const criticalInEmergency: ReceivePolicy = {
  name: "critical-in-emergency",
  summary: "Every packet may have critical memory; in emergency others' are dropped.",
  marksPackets: false,
  countsByDevice: false,
  emergency: "ordered",
  keepsAtomicForMarked: false,
  coversNeighbours: true,
  mayReceiveFromReserve: () => true,
  tossAtDemux: ({ isEmergency, memallocSocket }) => isEmergency && !memallocSocket,
};
