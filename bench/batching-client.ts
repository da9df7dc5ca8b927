// A client of any NBD server that batches, as fio does not: one write for all that the last read made room for.
//
// fio sends each request by itself, so its servers are woken for each, and what a wake-up costs the kernel hides what a request
// costs the server. The kernel's own client queues up to 128 pages of swap at once; a batch is what then reaches a server.

import { createConnection } from "node:net";
import { UnwedgeError } from "#base/error.ts";
import { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import { NBD_CMD_READ, NBD_CMD_WRITE } from "#wire/nbd/constants.ts";
import { NBD_REQUEST_BYTES, writeRequest } from "#wire/nbd/frame.ts";

export interface BatchedRun {
  readonly port: number;
  readonly exportName: string;
  /** Requests in flight. */
  readonly depth: number;
  /** The part of the export that is read and written. */
  readonly regionBytes: number;
  readonly requests: number;
}

/** Read and write pages at random, until so many requests are answered and the server has seen the client leave. */
export function runBatched(run: BatchedRun): Promise<void> {
  const socket = createConnection({ host: "127.0.0.1", port: run.port, noDelay: true });
  const session = new NbdClientSession(run.exportName);
  const batches = new Batches(run);
  socket.on("data", (bytes: Buffer) => {
    session.receive(bytes);
    if (session.state === "ready") answer(session, batches);
    for (const slice of session.takeOutput()) socket.write(slice);
    if (session.state === "ended") socket.end();
    else if (session.state === "ready") socket.write(batches.next());
  });
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => {
      if (session.ended === "disconnected") resolve();
      else reject(new UnwedgeError("unavailable", `the server ended it: ${session.ended}`));
    });
  });
}

/** Take what is answered; say goodbye when nothing is missing. */
function answer(session: NbdClientSession, batches: Batches): void {
  const replies = session.takeReplies(({ cookieLo, errno }) =>
    errno === 0 ? batches.payloadBytesOf(cookieLo) : null,
  );
  batches.free(replies.map(({ cookieLo }) => cookieLo));
  if (batches.areAnswered) session.disconnect();
}

/** Requests in places, one each of those in flight; the place is the cookie. */
class Batches {
  readonly #run: BatchedRun;
  readonly #random = new Random(1);
  /** Whether the request in a place is a write. */
  readonly #isWrite: Uint8Array;
  readonly #free: number[];
  #requestsLeft: number;

  constructor(run: BatchedRun) {
    this.#run = run;
    this.#isWrite = new Uint8Array(run.depth);
    this.#free = Array.from({ length: run.depth }, (_, i) => i);
    this.#requestsLeft = run.requests;
  }

  payloadBytesOf(place: number): number {
    return this.#isWrite[place] === 1 ? 0 : PAGE_BYTES;
  }

  /** Nothing more is wanted, and nothing is in flight. */
  get areAnswered(): boolean {
    return this.#requestsLeft === 0 && this.#free.length === this.#run.depth;
  }

  free(places: readonly number[]): void {
    this.#free.push(...places);
  }

  /** A request for each free place, while some are wanted. */
  next(): Buffer {
    const places = this.#free.splice(0, this.#requestsLeft);
    this.#requestsLeft -= places.length;
    const batch = Buffer.alloc(places.length * (NBD_REQUEST_BYTES + PAGE_BYTES));
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length);
    let usedBytes = 0;
    for (const place of places) {
      const isWrite = this.#random.below(2);
      this.#isWrite[place] = isWrite;
      writeRequest(view, usedBytes, {
        type: isWrite === 1 ? NBD_CMD_WRITE : NBD_CMD_READ,
        flags: 0,
        cookieHi: 0,
        cookieLo: place,
        offsetBytes: this.#random.below(this.#run.regionBytes / PAGE_BYTES) * PAGE_BYTES,
        lenBytes: PAGE_BYTES,
      });
      usedBytes += NBD_REQUEST_BYTES + isWrite * PAGE_BYTES;
    }
    return batch.subarray(0, usedBytes);
  }
}
