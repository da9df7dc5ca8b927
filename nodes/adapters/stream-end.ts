// Our end of one stream: a socket, and what waits for room at the other end.

import type { Socket } from "node:net";
import type { MachineEvent } from "#kernel/index.ts";
import { plainBytes } from "./plain-bytes.ts";

export class StreamEnd {
  readonly stream: number;
  readonly peer: string;
  readonly isForeign: boolean;
  /** Which side called, and from which port: what signals call it. null: not known yet, or foreign. */
  caller: "me" | "you" | null = null;
  callerPort = 0;
  /** What our machine has granted and the peer was not told of. */
  grantedBytes = 0;
  readonly #socket: Socket;
  readonly #emit: (event: MachineEvent) => void;
  #queue: Uint8Array[] = [];
  /** What an emulated peer will still take. */
  #creditBytes = 0;
  /** What our machine will still take from a foreign peer. */
  #allowedBytes = 0;
  #isFinishing = false;
  #isOver = false;

  constructor(
    spec: {
      readonly stream: number;
      readonly socket: Socket;
      readonly peer: string;
      readonly isForeign: boolean;
    },
    emit: (event: MachineEvent) => void,
  ) {
    this.stream = spec.stream;
    this.peer = spec.peer;
    this.isForeign = spec.isForeign;
    this.#socket = spec.socket;
    this.#emit = emit;
    this.#listen();
  }

  send(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#pass();
  }

  /** An emulated peer will take more. */
  credit(countBytes: number): void {
    this.#creditBytes += countBytes;
    this.#pass();
  }

  /** Our machine will take more from a foreign peer. */
  allow(countBytes: number): void {
    this.#allowedBytes += countBytes;
    if (this.#allowedBytes > 0) this.#socket.resume();
  }

  /** FIN behind the last byte. */
  finish(): void {
    this.#isFinishing = true;
    this.#pass();
  }

  reset(): void {
    this.#isOver = true;
    this.#queue = [];
    this.#socket.resetAndDestroy();
  }

  #listen(): void {
    const socket = this.#socket;
    if (this.isForeign) socket.pause();
    socket.on("data", (bytes) => {
      if (this.#isOver) return;
      this.#allowedBytes -= bytes.length;
      if (this.isForeign && this.#allowedBytes <= 0) socket.pause();
      this.#emit({ type: "received", stream: this.stream, bytes: plainBytes(bytes) });
    });
    socket.on("end", () => {
      if (!this.#isOver) this.#emit({ type: "closed", stream: this.stream, errno: null });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => this.#lost(error.code ?? "EIO"));
  }

  #lost(errno: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#emit({ type: "closed", stream: this.stream, errno });
  }

  /** Hand the host what the peer will take, and the end of the stream behind it. */
  #pass(): void {
    if (this.#isOver) return;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const bytes = this.isForeign ? head : head.subarray(0, this.#creditBytes);
      if (bytes.length === 0) return;
      if (bytes.length === head.length) this.#queue.shift();
      else this.#queue[0] = head.subarray(bytes.length);
      this.#creditBytes -= bytes.length;
      this.#write(bytes);
    }
    if (this.#isFinishing) this.#socket.end();
  }

  #write(bytes: Uint8Array): void {
    this.#socket.write(bytes, (error) => {
      if (error === null || error === undefined)
        this.#emit({ type: "sent", stream: this.stream, countBytes: bytes.length });
    });
  }
}
