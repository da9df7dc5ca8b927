// NBD option haggling: the layouts of the handshake, for both sides.
//
// Follows: NetworkBlockDevice doc/proto.md, sections Newstyle negotiation, Fixed newstyle negotiation, Option types.
// Names are bytes here, not strings: a server compares them, a client quotes them, nobody has to decode UTF-8.
//
// Not modelled: oldstyle negotiation (refused by name). Metadata contexts lie in meta-context.ts.

import { assert } from "#base/assert.ts";
import { viewOf } from "../bytes.ts";
import {
  NBD_INIT_MAGIC,
  NBD_OPTS_MAGIC,
  NBD_REP_MAGIC,
  NBD_STRING_BYTES_MAX,
} from "./constants.ts";
import { writeU64 } from "./frame.ts";

export const NBD_GREETING_BYTES = 18;
export const NBD_CLIENT_FLAGS_BYTES = 4;
export const NBD_OPTION_HEADER_BYTES = 16;
export const NBD_OPTION_REPLY_HEADER_BYTES = 20;
/** Size and transmission flags. */
export const NBD_EXPORT_NAME_REPLY_BYTES = 10;
/** Reserved zeroes after them, unless both sides said NO_ZEROES. */
export const NBD_RESERVED_ZEROES_BYTES = 124;
export const NBD_INFO_EXPORT_BYTES = 12;
export const NBD_INFO_BLOCK_SIZE_BYTES = 14;

/** An option reply's first 20 bytes. */
export interface NbdOptionReplyHeader {
  readonly option: number;
  readonly type: number;
  readonly lenBytes: number;
}

/** What GO and INFO carry. */
export interface NbdInfoRequest {
  readonly name: Uint8Array;
  readonly infoTypes: readonly number[];
}

/** What a server says on accept, 18 bytes. */
export function encodeGreeting(handshakeFlags: number): Uint8Array {
  const bytes = new Uint8Array(NBD_GREETING_BYTES);
  const view = viewOf(bytes);
  view.setBigUint64(0, NBD_INIT_MAGIC);
  view.setBigUint64(8, NBD_OPTS_MAGIC);
  view.setUint16(16, handshakeFlags);
  return bytes;
}

/** What a client answers to the greeting, 4 bytes. */
export function encodeClientFlags(clientFlags: number): Uint8Array {
  const bytes = new Uint8Array(NBD_CLIENT_FLAGS_BYTES);
  viewOf(bytes).setUint32(0, clientFlags);
  return bytes;
}

/** One option with its data. */
export function encodeOption(option: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(NBD_OPTION_HEADER_BYTES + body.length);
  const view = viewOf(bytes);
  view.setBigUint64(0, NBD_OPTS_MAGIC);
  view.setUint32(8, option);
  view.setUint32(12, body.length);
  bytes.set(body, NBD_OPTION_HEADER_BYTES);
  return bytes;
}

/** Write an option reply's header of 20 bytes into `view` at `atBytes`. */
export function writeOptionReply(view: DataView, atBytes: number, reply: NbdOptionReplyHeader) {
  view.setBigUint64(atBytes, NBD_REP_MAGIC);
  view.setUint32(atBytes + 8, reply.option);
  view.setUint32(atBytes + 12, reply.type);
  view.setUint32(atBytes + 16, reply.lenBytes);
}

/** The data of GO and INFO. */
export function encodeInfoRequest(request: NbdInfoRequest): Uint8Array {
  const { name, infoTypes } = request;
  assert(name.length <= NBD_STRING_BYTES_MAX, "an export name has at most 4096 bytes");
  const bytes = new Uint8Array(6 + name.length + 2 * infoTypes.length);
  const view = viewOf(bytes);
  view.setUint32(0, name.length);
  bytes.set(name, 4);
  view.setUint16(4 + name.length, infoTypes.length);
  infoTypes.forEach((type, i) => {
    view.setUint16(6 + name.length + 2 * i, type);
  });
  return bytes;
}

/** The data of GO and INFO; null unless the lengths inside agree with the whole. */
export function decodeInfoRequest(bytes: Uint8Array): NbdInfoRequest | null {
  const view = viewOf(bytes);
  if (bytes.length < 6) return null;
  const nameBytes = view.getUint32(0);
  if (nameBytes > NBD_STRING_BYTES_MAX || 6 + nameBytes > bytes.length) return null;
  const infoCount = view.getUint16(4 + nameBytes);
  if (bytes.length !== 6 + nameBytes + 2 * infoCount) return null;
  const infoTypes = Array.from({ length: infoCount }, (_, i) =>
    view.getUint16(6 + nameBytes + 2 * i),
  );
  return { name: bytes.subarray(4, 4 + nameBytes), infoTypes };
}

/** The answer to EXPORT_NAME: 10 bytes, or 134 with the reserved zeroes. */
export function encodeExportNameReply(reply: {
  readonly sizeBytes: number;
  readonly flags: number;
  readonly zeroes: "sent" | "left-out";
}): Uint8Array {
  const zeroesBytes = reply.zeroes === "sent" ? NBD_RESERVED_ZEROES_BYTES : 0;
  const bytes = new Uint8Array(NBD_EXPORT_NAME_REPLY_BYTES + zeroesBytes);
  const view = viewOf(bytes);
  writeU64(view, 0, reply.sizeBytes);
  view.setUint16(8, reply.flags);
  return bytes;
}
