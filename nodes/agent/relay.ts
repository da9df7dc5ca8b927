// A way in from outside: a port on every address of this host, behind which is the machine that a run has here. For foreign
// tools, where machines are on a network of their own, as containers are.
//
// Whoever calls is connected to the machine from the node's own address, which is nobody's in its book: it plays the foreign
// host of the run. A run that has none refuses the call, and between runs nobody is there. What is under way is held by this
// process and the host's sockets, bounded by both; the machine is charged for what it has taken.

import { connect, createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "#wire/control/command.ts";

export interface PublishedPort {
  /** Of the machine, as its scenario numbers it. */
  readonly own: number;
  /** Of this host. */
  readonly real: number;
}

export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** `where`: the machine's real port now; null: no machine has it. */
  constructor(port: number, where: () => Endpoint | null) {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
      const at = where();
      if (at === null) caller.destroy();
      else this.#join(caller, at);
    });
    this.#server.maxConnections = CALLERS_MAX;
    this.#server.listen(port);
  }

  /** What went wrong when it began to listen; null: nothing yet. */
  onError(listener: (error: Error) => void): void {
    this.#server.on("error", listener);
  }

  /** May be called twice. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(caller: Socket, { address, port }: Endpoint): void {
    const inside = connect({ host: address, port, localAddress: address, allowHalfOpen: true });
    inside.setNoDelay(true);
    for (const [socket, other] of [
      [caller, inside],
      [inside, caller],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}

const CALLERS_MAX = 1_000;
