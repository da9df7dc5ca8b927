import type { ReceivePolicy } from "./policy.ts";

// So many packets of each card may be received from the reserve, 50 unless told otherwise. A packet is not marked: any packet
// of the card that finds its socket credits one, and while some are used what is not for a marked socket is dropped there.
// Phillips, "Net vm deadlock fix" v4 to v6 (netdev and linux-mm, 2005-08-07 to 08-12): dev_memalloc_skb() and the tests in
// tcp_v4_rcv() and udp_rcv(); the default is ether_setup()'s.
//
// Weak points that are kept: packets are counted and not pages; the credit is given where the socket is found and not where
// the memory comes back, so more may be held than the estimate; a packet out of ordinary memory may be the one that is
// dropped; whoever has no socket yet (fragments, ARP) has no reserve.
//
// Not modelled: page fragments and their rights, for the patch knew kernels without them; ICMP.
export const deviceCredit: ReceivePolicy = {
  name: "device-credit",
  summary:
    "A card may receive so many packets from the reserve; while it does, others' are dropped.",
  marksPackets: false,
  countsByDevice: true,
  emergency: "never",
  keepsAtomicForMarked: false,
  coversNeighbours: false,
  mayReceiveFromReserve: ({ device }) => device.usedPackets < device.maxPackets,
  tossAtDemux: ({ memallocSocket, device }) =>
    !memallocSocket && device.usedPackets > device.dropAbovePackets,
};
