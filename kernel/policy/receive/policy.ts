// What may be received when memory is short: which memory a packet may take, and whom it is tossed at.

export interface DemuxView {
  /** The packet lies in memory that was taken from below the marks. */
  readonly pfmemalloc: boolean;
  /** The socket it is for is one the VM depends on (SOCK_MEMALLOC). */
  readonly memallocSocket: boolean;
}

export interface ReceivePolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether skb memory of drivers that ask for it "if the machine swaps over the network" may come from the reserve. */
  mayReceiveFromReserve(view: { readonly memallocSockets: number }): boolean;
  /** Whether a packet is dropped where its socket is found. */
  tossAtDemux(view: DemuxView): boolean;
}
