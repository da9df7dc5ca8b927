// What a connection reads: bytes into buffers of ours, and which buffer comes next.
//
// The bytes handed on are the session's until it has made commands of them and those are done. Mostly that is at once, and the
// same buffer is read into again. A few bytes of a message that goes on are copied. Of a large write the buffer itself is
// lent, and another takes its place, so that its payload is copied once: into the store.

import type { Socket } from "node:net";
import { POOLED_BYTES, pool } from "./buffer-pool.ts";
import { directSocket } from "./socket-reader.ts";

/** First buffer of a connection, until one is full: room for hundreds of requests, and 1,000 idle clients cost 16 MB at most. */
const SMALL_BYTES = 16_384;
/** Up to here it is cheaper to copy than to lend. */
const COPIED_BYTES_MAX = 16_384;

/** What a session says of what it was given. */
export interface Holding {
  /** Bytes it still waits to complete. */
  readonly heldBytes: () => number;
  /** It has commands with data that nobody has carried out. */
  readonly isBusy: () => boolean;
  /** Make it copy what it holds. */
  readonly detach: () => void;
}

export class Intake {
  readonly socket: Socket;
  readonly #receive: (bytes: Uint8Array) => void;
  readonly #holding: Holding;
  #buffer: Buffer = Buffer.allocUnsafeSlow(SMALL_BYTES);
  #next: Buffer | undefined = this.#buffer;
  /** Buffers that the session still reads from. */
  #lent: Buffer[] = [];
  #reading: Socket;
  #isPaused = false;

  constructor(accepted: Socket, receive: (bytes: Uint8Array) => void, holding: Holding) {
    this.#receive = receive;
    this.#holding = holding;
    const { socket, isDirect } = directSocket(accepted, {
      nextBuffer: () => this.#takeNext(),
      onRead: (lenBytes) => this.#onRead(lenBytes),
    });
    this.socket = socket;
    this.#reading = socket;
    if (!isDirect) this.follow(socket);
  }

  /** Read from this socket from now on, with buffers that Node makes. */
  follow(socket: Socket): void {
    this.#reading = socket;
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
  }

  setPaused(paused: boolean): void {
    if (paused === this.#isPaused) return;
    this.#isPaused = paused;
    if (paused) this.#reading.pause();
    else this.#reading.resume();
  }

  #takeNext(): Buffer | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  #onRead(lenBytes: number): boolean {
    const buffer = this.#buffer;
    this.#receive(new Uint8Array(buffer.buffer, 0, lenBytes));
    const heldBytes = this.#holding.heldBytes();
    const isBusy = this.#holding.isBusy();
    if (isBusy || heldBytes > COPIED_BYTES_MAX) {
      // What is held came last: if this read has all of it, earlier buffers are free.
      if (!isBusy && heldBytes <= lenBytes) this.#takeBack();
      this.#lent.push(buffer);
      this.#changeBuffer();
      return true;
    }
    if (heldBytes > 0) this.#holding.detach();
    this.#takeBack();
    if (lenBytes === buffer.length && lenBytes < POOLED_BYTES) this.#changeBuffer();
    return true;
  }

  #changeBuffer(): void {
    this.#buffer = pool.take();
    this.#next = this.#buffer;
  }

  #takeBack(): void {
    if (this.#lent.length === 0) return;
    for (const buffer of this.#lent) pool.give(buffer);
    this.#lent = [];
  }
}
