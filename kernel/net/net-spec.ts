// How a machine's network is set up.

import type { CardSpec } from "./cards.ts";
import type { DriverName } from "./drivers.ts";
import type { EncapsulationKind } from "./encapsulation.ts";

export interface NetSpec {
  readonly driver: DriverName;
  /** Receive descriptors; null is the driver's default. */
  readonly ringSize: number | null;
  /** More cards, each for the peers it names. */
  readonly moreCards: readonly CardSpec[];
  /** In bytes: 1500, or up to 9000 for jumbo frames. */
  readonly mtu: number;
  /** A fixed receive buffer (SO_RCVBUF, as the kernel then doubles it); null is tcp_rmem[1], and it may grow. */
  readonly rcvbufBytes: number | null;
  /** A first send buffer; null is tcp_wmem[1]. */
  readonly sndbufBytes: number | null;
  /** tcp_mem; null is the kernel's own. */
  readonly tcpMemPages: readonly [number, number, number] | null;
  /** Warm: every peer's address is known and stays so. */
  readonly arp: "warm" | "cold";
  /** The peers' segments never span two of their writes. */
  readonly perWriteSegments: boolean;
  /** What is around each datagram. */
  readonly encapsulation: EncapsulationKind;
  /** ipfrag_high_thresh; null is the era's. */
  readonly ipfragHighBytes: number | null;
  /** Packets the card may receive from the reserve, and from how many on others' are dropped, where that is counted. */
  readonly deviceReserve: { readonly maxPackets: number; readonly dropAbovePackets: number };
}

export const defaultNetSpec: NetSpec = {
  driver: "e1000e-like",
  ringSize: null,
  moreCards: [],
  mtu: 1500,
  rcvbufBytes: null,
  sndbufBytes: null,
  tcpMemPages: null,
  arp: "warm",
  encapsulation: "none",
  perWriteSegments: false,
  ipfragHighBytes: null,
  deviceReserve: { maxPackets: 50, dropAbovePackets: 0 },
};
