// A machine's datagrams on real UDP: one socket for each of its ports that ever sends or receives.
//
// A real port that stands for no emulated one is its own name: an answer to it goes where the question came from.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Effect, MachineEvent } from "#kernel/index.ts";
import { emulatedPort, type Peers, realPort } from "./peers.ts";
import { plainBytes } from "./plain-bytes.ts";

/** Ports of its own a machine may send from; more share none, and their datagrams are dropped. */
const SOCKETS_MAX = 4096;

export class UdpWire {
  readonly #address: string;
  readonly #peers: Peers;
  readonly #emit: (event: MachineEvent) => void;
  readonly #sockets = new Map<number, Socket>();
  /** Datagrams the host would not send, or that had nobody to go to. */
  dropped = 0;

  constructor(spec: {
    readonly address: string;
    readonly peers: Peers;
    readonly emit: (event: MachineEvent) => void;
  }) {
    this.#address = spec.address;
    this.#peers = spec.peers;
    this.#emit = spec.emit;
  }

  /** The real port that stands for an emulated one. */
  async listen(port: number, real: number): Promise<number> {
    const socket = this.#open(port, real);
    await once(socket, "listening");
    return socket.address().port;
  }

  send({ peer, fromPort, port, bytes }: Extract<Effect, { readonly type: "datagram" }>): void {
    const at = this.#peers.of(peer);
    const socket = this.#sockets.get(fromPort) ?? this.#openMore(fromPort);
    if (at === null || socket === null) {
      this.dropped++;
      return;
    }
    socket.send(bytes, realPort(at.udp, port) ?? port, at.address, (error) => {
      if (error !== null) this.dropped++;
    });
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #openMore(port: number): Socket | null {
    return this.#sockets.size < SOCKETS_MAX ? this.#open(port, 0) : null;
  }

  #open(port: number, real: number): Socket {
    const socket = createSocket("udp4");
    this.#sockets.set(port, socket);
    socket.on("message", (bytes, { address, port: from }) => {
      const caller = this.#peers.caller(address);
      if (caller === null) return;
      const fromPort = emulatedPort(caller.udp, from);
      this.#emit({ type: "datagram", peer: caller.host, fromPort, port, bytes: plainBytes(bytes) });
    });
    socket.on("error", () => {
      this.dropped++;
    });
    socket.bind({ address: this.#address, port: real });
    return socket;
  }
}
