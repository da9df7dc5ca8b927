// How much a peer's machine will take, told from node to node beside the data.
//
// TCP has this in its windows, but Node shows none of them, and a host's own buffers take megabytes. So a node that
// receives says how many bytes its machine has granted, and the sender hands no more to its host. Nothing of a stream is
// ever left in a host's buffers that the machine did not ask for: a reset is seen at once, and what was sent after the last
// grant vanishes with the sender, as in virtual time.
//
// A stream is named by its caller and the caller's port, which both ends know. A record is seven bytes: who called, that
// port, the count.

import { connect, createServer, type Server, type Socket } from "node:net";
import { listening } from "./listening.ts";
import type { Peers } from "./peers.ts";

const RECORD_BYTES = 7;
/** Who called, as the one who sends the record sees it. */
const CALLER = { me: 1, you: 2 } as const;

export interface Grant {
  readonly peer: string;
  /** Which of us called. */
  readonly caller: "me" | "you";
  /** The caller's port. */
  readonly port: number;
  readonly countBytes: number;
}

export class Signals {
  readonly #self: string;
  readonly #address: string;
  readonly #peers: Peers;
  readonly #onGrant: (grant: Grant) => void;
  readonly #sockets = new Map<string, Socket>();
  #server: Server | null = null;
  /** Peers that were told our address before we were told theirs. */
  #waiting: Socket[] = [];
  #isConnecting = false;
  #onConnected: () => void = () => undefined;

  constructor(spec: {
    readonly self: string;
    readonly address: string;
    readonly peers: Peers;
    readonly onGrant: (grant: Grant) => void;
  }) {
    this.#self = spec.self;
    this.#address = spec.address;
    this.#peers = spec.peers;
    this.#onGrant = spec.onGrant;
  }

  /** The port it listens on. */
  listen(): Promise<number> {
    this.#server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      if (this.#isConnecting) this.#admit(socket);
      else this.#waiting.push(socket);
    });
    return listening(this.#server, { host: this.#address, port: 0 });
  }

  /** Until every peer is reached. Of two, the one whose name sorts first calls. */
  async connect(): Promise<void> {
    this.#isConnecting = true;
    for (const socket of this.#waiting.splice(0)) this.#admit(socket);
    const wanted = this.#peers.all.filter(({ isForeign }) => !isForeign);
    for (const { host, address, signalPort } of wanted)
      if (this.#self < host && signalPort !== null) {
        const socket = connect({ host: address, port: signalPort, localAddress: this.#address });
        socket.once("connect", () => this.#add(host, socket));
        socket.on("error", () => socket.destroy());
      }
    await new Promise<void>((done) => {
      this.#onConnected = () => {
        if (wanted.every(({ host }) => this.#sockets.has(host))) done();
      };
      this.#onConnected();
    });
  }

  grant({ peer, caller, port, countBytes }: Grant): void {
    const record = Buffer.alloc(RECORD_BYTES);
    record.writeUInt8(CALLER[caller], 0);
    record.writeUInt16BE(port, 1);
    record.writeUInt32BE(countBytes, 3);
    this.#sockets.get(peer)?.write(record);
  }

  close(): void {
    this.#server?.close();
    for (const socket of [...this.#waiting, ...this.#sockets.values()]) socket.destroy();
  }

  #admit(socket: Socket): void {
    const caller = this.#peers.caller(socket.remoteAddress);
    if (caller === null || caller.isForeign) socket.destroy();
    else this.#add(caller.host, socket);
  }

  #add(peer: string, socket: Socket): void {
    let rest = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (; rest.length >= RECORD_BYTES; rest = rest.subarray(RECORD_BYTES))
        this.#onGrant({
          peer,
          // Its "me" is our "you".
          caller: rest.readUInt8(0) === CALLER.me ? "you" : "me",
          port: rest.readUInt16BE(1),
          countBytes: rest.readUInt32BE(3),
        });
    });
    this.#sockets.set(peer, socket);
    this.#onConnected();
  }
}
