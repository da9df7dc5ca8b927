// What is on the wire: one Ethernet frame, without its bytes.

export const FRAME = {
  /** TCP data, or FIN with or without data. */
  data: 0,
  /** TCP without data: ACK, window update, answer to a probe. */
  ack: 1,
  syn: 2,
  synAck: 3,
  rst: 4,
  /** Zero-window probe: old sequence number, no data. */
  probe: 5,
  datagram: 6,
  /** A piece of a datagram longer than the MTU. */
  fragment: 7,
  arpReply: 8,
} as const;
export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

/** Ethernet, IPv4, and TCP with timestamps. */
export const TCP_HEADERS_BYTES = 14 + 20 + 32;
/** Ethernet, IPv4, UDP. */
export const UDP_HEADERS_BYTES = 14 + 20 + 8;
export const IP_HEADERS_BYTES = 14 + 20;
/** An ARP frame, padded to the Ethernet minimum. */
export const ARP_FRAME_BYTES = 60;
/** Smallest frame on the wire, without its checksum (IEEE 802.3). */
export const FRAME_BYTES_MIN = 60;

/** Whether a stream begins and ends on this machine: those that go over a card have numbers from 0. */
export const isLooped = (stream: number): boolean => stream < -1;

/** A datagram on its way: shared by its fragments. */
export interface Datagram {
  readonly id: number;
  readonly fromPort: number;
  readonly port: number;
  readonly bytes: Uint8Array;
}

export class Frame {
  readonly kind: FrameKind;
  /** Which peer sent it: index of its link. */
  readonly link: number;
  /** Which stream; -1 for none, below that: see isLooped(). */
  readonly stream: number;
  seq = 0;
  /** Payload behind the transport header; of a fragment, behind the IP header. */
  lenBytes = 0;
  /** Bytes of ours that the peer has: the acknowledgement field. */
  ack = 0;
  isFin = false;
  isPush = false;
  /** Right edge of the window its sender offers; -1: as of all that come over a card, nobody has to be told. */
  wndEnd = -1;
  /** When it reaches the card, in ns. */
  atNs = 0;
  datagram: Datagram | null = null;

  constructor(kind: FrameKind, link: number, stream: number) {
    this.kind = kind;
    this.link = link;
    this.stream = stream;
  }

  /** Its length on the wire. */
  get wireBytes(): number {
    const { kind, lenBytes } = this;
    if (kind < FRAME.datagram) return lenBytes + TCP_HEADERS_BYTES;
    if (kind === FRAME.arpReply) return ARP_FRAME_BYTES;
    const headersBytes = kind === FRAME.datagram ? UDP_HEADERS_BYTES : IP_HEADERS_BYTES;
    return Math.max(FRAME_BYTES_MIN, lenBytes + headersBytes);
  }
}

export interface FrameState {
  readonly kind: FrameKind;
  readonly link: number;
  readonly stream: number;
  readonly seq: number;
  readonly lenBytes: number;
  readonly ack: number;
  readonly isFin: boolean;
  readonly isPush: boolean;
  readonly wndEnd: number;
  readonly atNs: number;
  readonly datagram: Datagram | null;
}

export const saveFrame = (frame: Frame): FrameState => ({ ...frame });

export function loadFrame(state: FrameState): Frame {
  return Object.assign(new Frame(state.kind, state.link, state.stream), state);
}
