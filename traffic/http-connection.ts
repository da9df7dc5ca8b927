// One TCP connection of a flood: what it has sent, what it waits for, how it reads, how it ends.
//
// Many messages that are due at once are one write of bytes that were put together before: a write for each message costs
// ten times as much. A slow reader takes SLOW_BYTES every SLOW_MS, so that what it is answered stays with the server.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { HttpResponseEvent } from "#wire/http/response-reader.ts";
import { HttpResponseReader } from "#wire/http/response-reader.ts";
import type { Messages } from "./messages.ts";
import type { FloodShare } from "./plan.ts";

/** Requests without an answer: what the reader of answers keeps track of. */
const OUTSTANDING_MAX = 1000;
const SLOW_MS = 100;
const SLOW_BYTES = 256;
/** How long the last bytes may take to leave before the connection is reset all the same. */
const FLUSH_MS = 1000;

/** Told by a connection, never from inside a call. */
export interface ConnectionEvents {
  /** It is open, or can take more. */
  readonly onReady: (connection: HttpConnection) => void;
  /** The request meant for `dueNs` has its answer. */
  readonly onAnswer: (dueNs: number, isSuccess: boolean, connection: HttpConnection) => void;
  /** It broke, or was never made; so many requests go without an answer. */
  readonly onLost: (
    lostDueNs: readonly number[],
    wasOpen: boolean,
    connection: HttpConnection,
  ) => void;
}

export class HttpConnection {
  readonly #share: FloodShare;
  readonly #messages: Messages;
  readonly #events: ConnectionEvents;
  readonly #reader = new HttpResponseReader();
  readonly #socket: Socket;
  readonly #slowTimer: NodeJS.Timeout | null;
  /** Instants for which the requests without an answer were meant, oldest first. */
  #outstanding: number[] = [];
  #isOpen = false;
  #isOver = false;

  constructor(
    share: FloodShare,
    messages: Messages,
    options: { readonly isSlow: boolean; readonly events: ConnectionEvents },
  ) {
    this.#share = share;
    this.#messages = messages;
    this.#events = options.events;
    const { host, port } = share.target;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("connect", () => this.#onOpen());
    this.#socket.on("drain", () => this.#ready());
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#onClose());
    if (options.isSlow) {
      this.#socket.pause();
      this.#slowTimer = setInterval(() => this.#readSome(), SLOW_MS);
    } else {
      this.#slowTimer = null;
      this.#socket.on("data", (bytes) => this.#onBytes(bytes));
    }
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isOver;
  }

  get outstanding(): readonly number[] {
    return this.#outstanding;
  }

  /** How many more messages may be written now. */
  get room(): number {
    if (!this.isOpen || this.#socket.writableNeedDrain) return 0;
    if (this.#share.shape === "stream") return Number.POSITIVE_INFINITY;
    if (this.#share.shape === "pipeline") return OUTSTANDING_MAX - this.#outstanding.length;
    return this.#outstanding.length === 0 ? 1 : 0;
  }

  /** Write the messages meant for these instants; the bytes written. */
  send(dueNs: readonly number[]): number {
    if (this.#share.shape !== "stream") this.#remember(dueNs);
    let sentBytes = 0;
    for (let left = dueNs.length; left > 0; ) {
      const count = Math.min(left, this.#share.batch);
      const bytes = this.#messages.bytesOf(count);
      this.#socket.write(bytes);
      sentBytes += bytes.length;
      left -= count;
    }
    return sentBytes;
  }

  /** Reset it once its last byte has left, or cannot. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#slowTimer !== null) clearInterval(this.#slowTimer);
    if (this.#socket.destroyed) return;
    const closed = once(this.#socket, "close");
    const reset = (): void => {
      this.#socket.resetAndDestroy();
    };
    const timer = setTimeout(reset, FLUSH_MS);
    // Called when everything before it has been handed to the host.
    if (this.#isOpen) this.#socket.write(new Uint8Array(0), reset);
    else reset();
    await closed;
    clearTimeout(timer);
  }

  #remember(dueNs: readonly number[]): void {
    for (const each of dueNs) {
      this.#outstanding.push(each);
      this.#reader.sent("POST");
    }
  }

  #onOpen(): void {
    this.#isOpen = true;
    if (this.#share.shape === "stream") this.#socket.write(this.#messages.head);
    this.#ready();
  }

  #ready(): void {
    if (this.isOpen) this.#events.onReady(this);
  }

  #onBytes(bytes: Uint8Array): void {
    this.#reader.push(bytes);
    for (let event = this.#reader.next(); event !== null; event = this.#reader.next())
      if (!this.#isHeard(event)) return;
  }

  /** False: there is no sense in reading on. */
  #isHeard(event: HttpResponseEvent): boolean {
    if (event.type === "head") this.#isSuccess = event.status < 400;
    if (event.type === "fault") {
      this.#socket.destroy();
      return false;
    }
    const dueNs = event.type === "end" ? this.#outstanding.shift() : undefined;
    if (dueNs !== undefined) this.#events.onAnswer(dueNs, this.#isSuccess, this);
    return true;
  }

  #isSuccess = true;

  #readSome(): void {
    const bytes: unknown = this.#socket.read(Math.min(SLOW_BYTES, this.#socket.readableLength));
    if (bytes instanceof Uint8Array) this.#onBytes(bytes);
  }

  #onClose(): void {
    if (this.#slowTimer !== null) clearInterval(this.#slowTimer);
    if (this.#isOver) return;
    this.#isOver = true;
    const lost = this.#outstanding;
    this.#outstanding = [];
    this.#events.onLost(lost, this.#isOpen, this);
  }
}
