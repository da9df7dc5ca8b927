// What may be received when memory is short: which memory a packet may take, and whom it is tossed at.

export interface DemuxView {
  /** The packet lies in memory that was taken from below the marks. */
  readonly pfmemalloc: boolean;
  /** The socket it is for is one the VM depends on (SOCK_MEMALLOC). */
  readonly memallocSocket: boolean;
  readonly device: DeviceReserve;
  /** The machine is in emergency, where the policy knows such. */
  readonly isEmergency: boolean;
}

/** When a machine is in emergency: never, while a program of it says so, or while less is free than a threshold. */
export type Emergency = "never" | "ordered" | "below-threshold";

/** What one card has of the reserve, where receiving is counted in packets of a card. */
export interface DeviceReserve {
  /** Packets received from it and not yet credited, ≥ 0. */
  readonly usedPackets: number;
  readonly maxPackets: number;
  /** Up to so many used, other people's packets are kept. */
  readonly dropAbovePackets: number;
}

export interface ReceivePolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether a packet remembers that its memory came from the reserve (skb->emergency, later skb->pfmemalloc). */
  readonly marksPackets: boolean;
  /** Whether a card counts what it receives from the reserve, and any packet of it that finds a socket credits one. */
  readonly countsByDevice: boolean;
  readonly emergency: Emergency;
  /** Whether in emergency layers between socket and card get atomic memory only in the name of a marked socket. */
  readonly keepsAtomicForMarked: boolean;
  /** Whether addresses and routes of peers may have what receiving may. */
  readonly coversNeighbours: boolean;
  /** Whether skb memory of drivers that ask for it "if the machine swaps over the network" may come from the reserve. */
  mayReceiveFromReserve(view: {
    readonly memallocSockets: number;
    readonly device: DeviceReserve;
  }): boolean;
  /** Whether a packet is dropped where its socket is found. */
  tossAtDemux(view: DemuxView): boolean;
}
