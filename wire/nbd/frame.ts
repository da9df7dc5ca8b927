// NBD transmission headers: fixed layouts, read and written at fixed offsets, allocating nothing but the output.
//
// Follows: NetworkBlockDevice doc/proto.md, sections Request message, Simple reply message, Structured reply chunk
// message, Structured reply types. Offsets are 64-bit on the wire and `number` here: a device is smaller than 2^53
// bytes, and a larger offset loses its low bits but not that it is out of range.
//
// Not modelled: extended headers (no kernel client speaks them).

import type { ByteQueue } from "../bytes.ts";
import { viewOf } from "../bytes.ts";
import {
  NBD_REPLY_FLAG_DONE,
  NBD_REPLY_TYPE_BLOCK_STATUS,
  NBD_REPLY_TYPE_ERROR,
  NBD_REPLY_TYPE_OFFSET_DATA,
  NBD_REQUEST_MAGIC,
  NBD_SIMPLE_REPLY_MAGIC,
  NBD_STRUCTURED_REPLY_MAGIC,
} from "./constants.ts";
import type { NbdCookie } from "./cookie.ts";

export const NBD_REQUEST_BYTES = 28;
export const NBD_SIMPLE_REPLY_BYTES = 16;
export const NBD_CHUNK_HEADER_BYTES = 20;
/** Chunk header and the offset before the data. */
export const NBD_OFFSET_DATA_BYTES = NBD_CHUNK_HEADER_BYTES + 8;
/** Chunk header, error and the length of an empty message. */
export const NBD_ERROR_CHUNK_BYTES = NBD_CHUNK_HEADER_BYTES + 6;

const TWO_POW_32 = 0x1_0000_0000;

/** A request as the wire has it; `type` and `flags` may be anything that fits 16 bits. */
export interface NbdRequestHeader extends NbdCookie {
  readonly type: number;
  readonly flags: number;
  readonly offsetBytes: number;
  readonly lenBytes: number;
}

/** What a simple reply says; the data of a successful READ follows it. */
export interface NbdReplyHeader extends NbdCookie {
  /** 0 or one of the specification's error values; a peer may send any. */
  readonly errno: number;
}

/** What holds of the next `lenBytes` bytes. */
export interface NbdExtent {
  readonly lenBytes: number;
  /** NBD_STATE_ bits. */
  readonly flags: number;
}

/** What a data chunk answers. */
interface NbdRead extends NbdCookie {
  readonly offsetBytes: number;
  readonly lenBytes: number;
}

/** The first 20 bytes of a structured reply chunk. */
export interface NbdChunkHeader extends NbdCookie {
  readonly flags: number;
  readonly type: number;
  readonly lenBytes: number;
}

/** Write a request header of 28 bytes into `view` at `atBytes`. */
export function writeRequest(view: DataView, atBytes: number, request: NbdRequestHeader): void {
  view.setUint32(atBytes, NBD_REQUEST_MAGIC);
  view.setUint16(atBytes + 4, request.flags);
  view.setUint16(atBytes + 6, request.type);
  view.setUint32(atBytes + 8, request.cookieHi);
  view.setUint32(atBytes + 12, request.cookieLo);
  writeU64(view, atBytes + 16, request.offsetBytes);
  view.setUint32(atBytes + 24, request.lenBytes);
}

/** A request header of 28 bytes; the data of a WRITE follows it on the wire. */
export function encodeRequest(request: NbdRequestHeader): Uint8Array {
  const bytes = new Uint8Array(NBD_REQUEST_BYTES);
  writeRequest(viewOf(bytes), 0, request);
  return bytes;
}

/** Take a request header off `queue`; null when its magic is wrong. The 28 bytes must be gathered. */
export function takeRequest(queue: ByteQueue): NbdRequestHeader | null {
  if (queue.u32At(0) !== NBD_REQUEST_MAGIC) return null;
  const request = {
    flags: queue.u16At(4),
    type: queue.u16At(6),
    cookieHi: queue.u32At(8),
    cookieLo: queue.u32At(12),
    offsetBytes: queue.u32At(16) * TWO_POW_32 + queue.u32At(20),
    lenBytes: queue.u32At(24),
  };
  queue.skip(NBD_REQUEST_BYTES);
  return request;
}

/** Write a simple reply of 16 bytes into `view` at `atBytes`. */
export function writeSimpleReply(view: DataView, atBytes: number, reply: NbdReplyHeader): void {
  view.setUint32(atBytes, NBD_SIMPLE_REPLY_MAGIC);
  view.setUint32(atBytes + 4, reply.errno);
  view.setUint32(atBytes + 8, reply.cookieHi);
  view.setUint32(atBytes + 12, reply.cookieLo);
}

/** A simple reply of 16 bytes. */
export function encodeSimpleReply(reply: NbdReplyHeader): Uint8Array {
  const bytes = new Uint8Array(NBD_SIMPLE_REPLY_BYTES);
  writeSimpleReply(viewOf(bytes), 0, reply);
  return bytes;
}

/** Take a simple reply off `queue`; null when its magic is wrong. The 16 bytes must be gathered. */
export function takeSimpleReply(queue: ByteQueue): NbdReplyHeader | null {
  if (queue.u32At(0) !== NBD_SIMPLE_REPLY_MAGIC) return null;
  const reply = {
    errno: queue.u32At(4),
    cookieHi: queue.u32At(8),
    cookieLo: queue.u32At(12),
  };
  queue.skip(NBD_SIMPLE_REPLY_BYTES);
  return reply;
}

/** Write a structured reply chunk's header of 20 bytes into `view` at `atBytes`. */
export function writeChunkHeader(view: DataView, atBytes: number, chunk: NbdChunkHeader): void {
  view.setUint32(atBytes, NBD_STRUCTURED_REPLY_MAGIC);
  view.setUint16(atBytes + 4, chunk.flags);
  view.setUint16(atBytes + 6, chunk.type);
  view.setUint32(atBytes + 8, chunk.cookieHi);
  view.setUint32(atBytes + 12, chunk.cookieLo);
  view.setUint32(atBytes + 16, chunk.lenBytes);
}

/** Take a chunk header off `queue`; null when its magic is wrong. The 20 bytes must be gathered. */
export function takeChunkHeader(queue: ByteQueue): NbdChunkHeader | null {
  if (queue.u32At(0) !== NBD_STRUCTURED_REPLY_MAGIC) return null;
  const chunk = {
    flags: queue.u16At(4),
    type: queue.u16At(6),
    cookieHi: queue.u32At(8),
    cookieLo: queue.u32At(12),
    lenBytes: queue.u32At(16),
  };
  queue.skip(NBD_CHUNK_HEADER_BYTES);
  return chunk;
}

/** Write the 28 bytes before the only and last data chunk of a READ. */
export function writeOffsetData(view: DataView, atBytes: number, read: NbdRead): void {
  writeChunkHeader(view, atBytes, {
    flags: NBD_REPLY_FLAG_DONE,
    type: NBD_REPLY_TYPE_OFFSET_DATA,
    cookieHi: read.cookieHi,
    cookieLo: read.cookieLo,
    lenBytes: 8 + read.lenBytes,
  });
  writeU64(view, atBytes + NBD_CHUNK_HEADER_BYTES, read.offsetBytes);
}

/** Length of the only and last chunk that answers BLOCK_STATUS: header, context, and eight bytes an extent. */
export const blockStatusBytes = (extentCount: number): number =>
  NBD_CHUNK_HEADER_BYTES + 4 + 8 * extentCount;

/** Write that chunk; `contextId` is the number under which the context was agreed on. */
export function writeBlockStatus(
  view: DataView,
  atBytes: number,
  status: NbdCookie & {
    readonly contextId: number;
    readonly extents: readonly NbdExtent[];
  },
): void {
  const { cookieHi, cookieLo, contextId, extents } = status;
  writeChunkHeader(view, atBytes, {
    flags: NBD_REPLY_FLAG_DONE,
    type: NBD_REPLY_TYPE_BLOCK_STATUS,
    cookieHi,
    cookieLo,
    lenBytes: blockStatusBytes(extents.length) - NBD_CHUNK_HEADER_BYTES,
  });
  view.setUint32(atBytes + NBD_CHUNK_HEADER_BYTES, contextId);
  let extentAtBytes = atBytes + NBD_CHUNK_HEADER_BYTES + 4;
  for (const { lenBytes, flags } of extents) {
    view.setUint32(extentAtBytes, lenBytes);
    view.setUint32(extentAtBytes + 4, flags);
    extentAtBytes += 8;
  }
}

/** Write a last error chunk of 26 bytes, with an empty message. */
export function writeErrorChunk(view: DataView, atBytes: number, reply: NbdReplyHeader): void {
  writeChunkHeader(view, atBytes, {
    flags: NBD_REPLY_FLAG_DONE,
    type: NBD_REPLY_TYPE_ERROR,
    cookieHi: reply.cookieHi,
    cookieLo: reply.cookieLo,
    lenBytes: 6,
  });
  view.setUint32(atBytes + NBD_CHUNK_HEADER_BYTES, reply.errno);
  view.setUint16(atBytes + NBD_CHUNK_HEADER_BYTES + 4, 0);
}

/** Write a non-negative safe integer as 64 bits. */
export function writeU64(view: DataView, atBytes: number, value: number): void {
  view.setUint32(atBytes, Math.floor(value / TWO_POW_32));
  view.setUint32(atBytes + 4, value % TWO_POW_32);
}
