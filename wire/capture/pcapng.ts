// A capture file as Wireshark, tshark and tcpdump read it: pcapng, draft-ietf-opsawg-pcapng. Little-endian, one section,
// times in ns.
//
// Not written: decryption secrets, simple packets, custom blocks.

import { concat, encodeUtf8 } from "../bytes.ts";

const BLOCK = { section: 0x0a0d0d0a, interface: 1, names: 4, statistics: 5, packet: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** LINKTYPE_ETHERNET. */
const LINK_ETHERNET = 1;
const NRB_IPV4 = 1;
const OPTION = {
  comment: 1,
  userApplication: 4,
  interfaceName: 2,
  packetFlags: 2,
  interfaceReceived: 4,
  interfaceDropped: 5,
  timeResolution: 9,
} as const;
/** Times are counted in 10^-9 s. */
const NANOSECONDS = 9;
const DIRECTION = { inbound: 1, outbound: 2 } as const;

export interface CapturedPacket {
  /** Number of the interface. */
  readonly card: number;
  readonly atNs: number;
  readonly direction: keyof typeof DIRECTION;
  /** As much as is kept. */
  readonly bytes: Uint8Array;
  /** On the wire, without the checksum of Ethernet. */
  readonly wireBytes: number;
  readonly comments: readonly string[];
}

/** Begins a file: who wrote it and what it is. */
export const sectionBlock = (application: string, comment: string): Uint8Array =>
  block(BLOCK.section, [
    u32(BYTE_ORDER_MAGIC),
    u16(1),
    u16(0),
    // Length of the section: not said.
    u32(0xffff_ffff),
    u32(0xffff_ffff),
    textOption(OPTION.comment, comment),
    textOption(OPTION.userApplication, application),
    END_OF_OPTIONS,
  ]);

/** A card; they are numbered in the order in which they are written. */
export const interfaceBlock = (name: string, keptBytesMax: number): Uint8Array =>
  block(BLOCK.interface, [
    u16(LINK_ETHERNET),
    u16(0),
    u32(keptBytesMax),
    textOption(OPTION.interfaceName, name),
    option(OPTION.timeResolution, Uint8Array.of(NANOSECONDS)),
    END_OF_OPTIONS,
  ]);

/** What addresses are called. */
export const namesBlock = (
  names: readonly (readonly [address: Uint8Array, name: string])[],
): Uint8Array => {
  const records = names.map(([address, name]) =>
    option(NRB_IPV4, joinedBytes([address, encodeUtf8(name), Uint8Array.of(0)])),
  );
  return block(BLOCK.names, [...records, END_OF_OPTIONS]);
};

export function packetBlock(packet: CapturedPacket): Uint8Array {
  const { card, atNs, direction, bytes, wireBytes, comments } = packet;
  return block(BLOCK.packet, [
    u32(card),
    ...timestamp(atNs),
    u32(bytes.length),
    u32(wireBytes),
    padded(bytes),
    ...comments.map((text) => textOption(OPTION.comment, text)),
    option(OPTION.packetFlags, u32(DIRECTION[direction])),
    END_OF_OPTIONS,
  ]);
}

/** What a card has counted by an instant. */
export const statisticsBlock = (
  card: number,
  atNs: number,
  { received, dropped }: { readonly received: number; readonly dropped: number },
): Uint8Array =>
  block(BLOCK.statistics, [
    u32(card),
    ...timestamp(atNs),
    option(OPTION.interfaceReceived, u64(received)),
    option(OPTION.interfaceDropped, u64(dropped)),
    END_OF_OPTIONS,
  ]);

const U32_VALUES = 0x1_0000_0000;

const numberBytes = (lenBytes: 2 | 4, value: number): Uint8Array => {
  const bytes = new Uint8Array(lenBytes);
  const view = new DataView(bytes.buffer);
  if (lenBytes === 2) view.setUint16(0, value, true);
  else view.setUint32(0, value, true);
  return bytes;
};
const u16 = (value: number): Uint8Array => numberBytes(2, value);
const u32 = (value: number): Uint8Array => numberBytes(4, value);
const high = (value: number): number => Math.floor(value / U32_VALUES);
const u64 = (value: number): Uint8Array => concat(u32(value % U32_VALUES), u32(high(value)));

/** The upper half first, which a number of 64 bits would not have. */
const timestamp = (atNs: number): readonly Uint8Array[] => [
  u32(high(atNs)),
  u32(atNs % U32_VALUES),
];

const padded = (bytes: Uint8Array): Uint8Array =>
  concat(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));

const option = (code: number, value: Uint8Array): Uint8Array =>
  joinedBytes([u16(code), u16(value.length), padded(value)]);
const textOption = (code: number, text: string): Uint8Array => option(code, encodeUtf8(text));
const END_OF_OPTIONS = u32(0);

/** Its length stands before and behind it. */
function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const lenBytes = 12 + parts.reduce((sumBytes, part) => sumBytes + part.length, 0);
  return joinedBytes([u32(type), u32(lenBytes), ...parts, u32(lenBytes)]);
}

/** All of them, in new memory. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sumBytes, part) => sumBytes + part.length, 0));
  let atBytes = 0;
  for (const part of parts) {
    whole.set(part, atBytes);
    atBytes += part.length;
  }
  return whole;
}
