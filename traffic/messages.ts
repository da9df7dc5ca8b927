// What a connection writes, put together once: a request or a chunk many times over, so that any number is one slice.

import { encodeChunkEnd, encodeChunkHead, encodeRequestHead } from "#wire/http/writer.ts";
import type { FloodShare } from "./plan.ts";

/** Bytes of the longest batch: what a socket's send buffer takes in one write without more ado. */
const BATCH_BYTES_MAX = 256 * 1024;

export class Messages {
  /** Before the first message of a stream. */
  readonly head: Uint8Array;
  readonly #lenBytes: number;
  readonly #slab: Uint8Array;
  /** Messages that one write can carry. */
  readonly countMax: number;

  constructor(share: FloodShare) {
    const message = share.shape === "stream" ? chunkOf(share) : requestOf(share);
    this.head = share.shape === "stream" ? headOf(share, "chunked") : new Uint8Array(0);
    this.#lenBytes = message.length;
    this.countMax = Math.max(
      1,
      Math.min(share.batch, Math.floor(BATCH_BYTES_MAX / message.length)),
    );
    this.#slab = new Uint8Array(this.countMax * message.length);
    for (let i = 0; i < this.countMax; i++) this.#slab.set(message, i * message.length);
  }

  /** So many messages; no more than countMax. */
  bytesOf(count: number): Uint8Array {
    return this.#slab.subarray(0, count * this.#lenBytes);
  }
}

function headOf({ target }: FloodShare, body: "chunked" | number): Uint8Array {
  const length =
    body === "chunked"
      ? ({ type: "chunked" } as const)
      : ({ type: "length", lenBytes: body } as const);
  return encodeRequestHead({
    method: "POST",
    target: target.path,
    host: `${target.host}:${target.port}`,
    body: length,
    keepAlive: true,
  });
}

const requestOf = (share: FloodShare): Uint8Array =>
  Buffer.concat([headOf(share, share.payloadBytes), new Uint8Array(share.payloadBytes)]);

const chunkOf = ({ payloadBytes }: FloodShare): Uint8Array =>
  Buffer.concat([encodeChunkHead(payloadBytes), new Uint8Array(payloadBytes), encodeChunkEnd()]);
