// The client's half of the transmission phase: replies, read the way a kernel reads them.
//
// The Linux driver reads 16 bytes, looks the request up by its cookie, and only then knows how many bytes follow,
// which it reads page by page. So the reader is asked step by step and never guesses: `nextHeader`, then
// `expectPayload`, then `takePayload` as often as it takes. Follows: drivers/block/nbd.c (nbd_read_reply,
// nbd_handle_reply, recv_work) and NetworkBlockDevice doc/proto.md, section Simple reply message.
//
// Not modelled: structured replies (the kernel client of 6.1 has none). Bound: the reader holds what it is pushed;
// push no more than `wantedBytes` to hold one header or one payload.

import { assert } from "#base/assert.ts";
import type { ByteQueueState } from "../bytes.ts";
import { ByteQueue } from "../bytes.ts";
import type { NbdReplyHeader } from "./frame.ts";
import { NBD_SIMPLE_REPLY_BYTES, takeSimpleReply } from "./frame.ts";

/** Plain state of an NbdReplyReader. */
export interface NbdReplyReaderState {
  readonly queue: ByteQueueState;
  readonly payloadBytes: number;
  readonly ended: "bad-reply-magic" | null;
}

export class NbdReplyReader {
  readonly #queue: ByteQueue;
  /** Bytes of the current reply's data that were not taken; 0 between replies. */
  #payloadBytes = 0;
  #ended: "bad-reply-magic" | null = null;

  /** Reads from `queue`, which may hold what a handshake left over. */
  constructor(queue: ByteQueue = new ByteQueue()) {
    this.#queue = queue;
  }

  /** Why nothing more can be read, or null. The kernel drops the socket on it. */
  get ended(): "bad-reply-magic" | null {
    return this.#ended;
  }

  /** Bytes held and not taken. */
  get heldBytes(): number {
    return this.#queue.lenBytes;
  }

  /** Bytes of the current payload still to be taken; 0 when a header comes next. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** Bytes that are missing to finish the header or the payload at hand. */
  get wantedBytes(): number {
    const neededBytes = this.#payloadBytes > 0 ? this.#payloadBytes : NBD_SIMPLE_REPLY_BYTES;
    return this.#ended === null ? Math.max(0, neededBytes - this.#queue.lenBytes) : 0;
  }

  /** Take in bytes, cut anywhere; they are kept, not copied. */
  push(bytes: Uint8Array): void {
    if (this.#ended === null) this.#queue.push(bytes);
  }

  /** The next reply's header, or null until it is there whole. The payload before it must have been taken. */
  nextHeader(): NbdReplyHeader | null {
    assert(this.#payloadBytes === 0, "a payload is taken before the next header");
    if (this.#ended !== null || !this.#queue.gather(NBD_SIMPLE_REPLY_BYTES)) return null;
    const header = takeSimpleReply(this.#queue);
    if (header === null) this.#end();
    return header;
  }

  /** Say how many bytes of data follow the header just read: the request's length for a READ that succeeded. */
  expectPayload(lenBytes: number): void {
    assert(this.#payloadBytes === 0, "one payload follows one header");
    this.#payloadBytes = lenBytes;
  }

  /** Exactly `lenBytes` bytes of the payload as the slices they came in, or null until they are there. */
  takePayload(lenBytes: number): readonly Uint8Array[] | null {
    assert(lenBytes <= this.#payloadBytes, "no more is taken than the payload has");
    if (this.#queue.lenBytes < lenBytes) return null;
    this.#payloadBytes -= lenBytes;
    return this.#queue.takeSlices(lenBytes);
  }

  /** Copy what is held, so that the caller may read into the same buffer again. */
  detach(): void {
    this.#queue.detach();
  }

  /** Plain state. */
  save(): NbdReplyReaderState {
    return {
      queue: this.#queue.save(),
      payloadBytes: this.#payloadBytes,
      ended: this.#ended,
    };
  }

  /** Continue from `state`. */
  load(state: NbdReplyReaderState): void {
    this.#queue.load(state.queue);
    this.#payloadBytes = state.payloadBytes;
    this.#ended = state.ended;
  }

  #end(): void {
    this.#ended = "bad-reply-magic";
    this.#queue.clear();
  }
}
