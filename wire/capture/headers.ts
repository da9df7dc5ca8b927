// Headers as they would be on the wire: Ethernet II, ARP (RFC 826), IPv4 (RFC 791), TCP (RFC 9293), UDP (RFC 768).
//
// Not written: checksums of TCP and UDP (0, as a card that computes them gets them), the timestamps whose room a TCP header
// has here.

import { viewOf } from "../bytes.ts";

const ETHERNET_BYTES = 14;
const IPV4_BYTES = 20;
/** With 12 bytes of options, where Linux has its timestamps. */
const TCP_BYTES = 32;
const OPTIONS_BYTES = 12;
const UDP_BYTES = 8;
const ETHERTYPE = { ipv4: 0x0800, arp: 0x0806 } as const;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
const TTL = 64;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const U32_VALUES = 0x1_0000_0000;
/** What a length field of IPv4 can say; a segment that a card is to cut may be longer. */
const IPV4_BYTES_MAX = 0xffff;

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
/** Windows are told in units of 2^7 bytes, after the handshake. */
export const WINDOW_SCALE = 7;

/** Hosts of a cluster by their number, from 1 on: 10.78.0.n, 02:00:00:00:00:n (locally administered). */
export const ipv4Of = (host: number): Uint8Array => Uint8Array.of(10, 78, host >> 8, host & 0xff);
const macOf = (host: number): readonly number[] => [2, 0, 0, 0, host >> 8, host & 0xff];
const ANYBODY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

export interface Ends {
  readonly from: number;
  readonly to: number;
}

export interface TcpSegment {
  readonly fromPort: number;
  readonly toPort: number;
  /** As the stream counts its bytes: the SYN is before the first. */
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly windowBytes: number;
  readonly lenBytes: number;
}

export function tcpHeaders(ends: Ends, segment: TcpSegment): Uint8Array {
  const bytes = withIpv4(ends, {
    ...{ protocol: PROTOCOL.tcp, id: 0, fragment: DONT_FRAGMENT },
    lenBytes: TCP_BYTES + segment.lenBytes,
    headerBytes: TCP_BYTES,
  });
  const view = viewOf(bytes.subarray(ETHERNET_BYTES + IPV4_BYTES));
  const { fromPort, toPort, seq, ack, flags, windowBytes } = segment;
  const isSyn = (flags & TCP_FLAG.syn) !== 0;
  view.setUint16(0, fromPort);
  view.setUint16(2, toPort);
  view.setUint32(4, (isSyn ? seq : seq + 1) % U32_VALUES);
  view.setUint32(8, (flags & TCP_FLAG.ack) === 0 ? 0 : (ack + 1) % U32_VALUES);
  view.setUint8(12, (TCP_BYTES / 4) << 4);
  view.setUint8(13, flags);
  const units = isSyn ? windowBytes : windowBytes >> WINDOW_SCALE;
  view.setUint16(14, Math.max(0, Math.min(0xffff, units)));
  const options = isSyn ? SYN_OPTIONS : [];
  for (let i = 0; i < OPTIONS_BYTES; i++) view.setUint8(20 + i, options[i] ?? NOP);
  return bytes;
}

const NOP = 1;
/** Window scale. */
const SYN_OPTIONS: readonly number[] = [3, 3, WINDOW_SCALE];

export interface UdpDatagram {
  readonly fromPort: number;
  readonly toPort: number;
  readonly lenBytes: number;
}

export function udpHeaders(ends: Ends, datagram: UdpDatagram): Uint8Array {
  const bytes = withIpv4(ends, {
    ...{ protocol: PROTOCOL.udp, id: 0, fragment: 0 },
    lenBytes: UDP_BYTES + datagram.lenBytes,
    headerBytes: UDP_BYTES,
  });
  bytes.set(udpHeader(datagram), ETHERNET_BYTES + IPV4_BYTES);
  return bytes;
}

/** A datagram's own header, which the first of its pieces carries. */
export function udpHeader({ fromPort, toPort, lenBytes }: UdpDatagram): Uint8Array {
  const bytes = new Uint8Array(UDP_BYTES);
  const view = viewOf(bytes);
  view.setUint16(0, fromPort);
  view.setUint16(2, toPort);
  view.setUint16(4, Math.min(0xffff, UDP_BYTES + lenBytes));
  return bytes;
}

export interface IpFragment {
  readonly id: number;
  readonly offsetBytes: number;
  readonly lenBytes: number;
  readonly isLast: boolean;
}

/** A piece of a datagram. */
export const fragmentHeaders = (
  ends: Ends,
  { id, offsetBytes, lenBytes, isLast }: IpFragment,
): Uint8Array =>
  withIpv4(ends, {
    ...{ protocol: PROTOCOL.udp, id, lenBytes, headerBytes: 0 },
    fragment: (offsetBytes >> 3) | (isLast ? 0 : MORE_FRAGMENTS),
  });

/** Who has an address (to all), or the answer. */
export function arpFrame({ from, to }: Ends, isAnswer: boolean): Uint8Array {
  const asked = isAnswer ? macOf(to) : [0, 0, 0, 0, 0, 0];
  return Uint8Array.from([
    ...ethernet(isAnswer ? macOf(to) : ANYBODY, macOf(from), ETHERTYPE.arp),
    ...[0, 1, 8, 0, 6, 4, 0, isAnswer ? 2 : 1],
    ...[...macOf(from), ...ipv4Of(from), ...asked, ...ipv4Of(to)],
  ]);
}

const ethernet = (to: readonly number[], from: readonly number[], type: number): number[] => [
  ...to,
  ...from,
  type >> 8,
  type & 0xff,
];

interface Ipv4 {
  readonly protocol: number;
  readonly id: number;
  /** Flags, and the offset in units of 8 bytes. */
  readonly fragment: number;
  /** Behind this header. */
  readonly lenBytes: number;
  /** Room for the header behind it. */
  readonly headerBytes: number;
}

function withIpv4({ from, to }: Ends, header: Ipv4): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_BYTES + IPV4_BYTES + header.headerBytes);
  bytes.set(ethernet(macOf(to), macOf(from), ETHERTYPE.ipv4));
  const ip = bytes.subarray(ETHERNET_BYTES, ETHERNET_BYTES + IPV4_BYTES);
  const view = viewOf(ip);
  view.setUint8(0, 0x45);
  view.setUint16(2, Math.min(IPV4_BYTES_MAX, IPV4_BYTES + header.lenBytes));
  view.setUint16(4, header.id & 0xffff);
  view.setUint16(6, header.fragment);
  view.setUint8(8, TTL);
  view.setUint8(9, header.protocol);
  ip.set(ipv4Of(from), 12);
  ip.set(ipv4Of(to), 16);
  view.setUint16(10, checksum(view));
  return bytes;
}

/** RFC 1071. */
function checksum(view: DataView): number {
  let sum = 0;
  for (let at = 0; at < view.byteLength; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
