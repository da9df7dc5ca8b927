// The control of a swap server: lines of JSON over a socket of its own, a command a line and an answer a line.
//
// Apart from the data on purpose: faults are healed through it while the server stalls. A command that is sent twice does what
// it did once, so whoever lost an answer may ask again.

import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { UnwedgeError } from "#base/error.ts";
import { type ControlCommand, decodeCommand } from "./control-command.ts";
import type { FaultDesk } from "./fault-desk.ts";
import type { Address } from "./server.ts";

export interface ControlParts {
  readonly desk: FaultDesk;
  /** Figures of the server, for "stats". */
  readonly stats: () => object;
}

export class Control {
  readonly #parts: ControlParts;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(address: Address): Promise<Address> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => {
        reject(
          new UnwedgeError("unavailable", `cannot listen for control: ${cause.message}`, { cause }),
        );
      });
      this.#server.listen(address, () => {
        const bound = this.#server.address();
        const isTcp = bound !== null && typeof bound !== "string" && "host" in address;
        resolve(isTcp ? { host: address.host, port: bound.port } : address);
      });
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on("line", (line) => {
      socket.write(`${JSON.stringify(this.#answer(line))}\n`);
    });
  }

  #answer(line: string): object {
    const decoded = decodeCommand(line);
    return decoded.ok ? this.#perform(decoded.command) : { ok: false, error: decoded.error };
  }

  #perform(command: ControlCommand): object {
    const { desk, stats } = this.#parts;
    switch (command.do) {
      case "add":
        return { ok: true, isNew: desk.open(command.order) };
      case "renew":
        return { ok: desk.renew(command.id, command.leaseMs) };
      case "heal":
        return { ok: true, healed: desk.heal(command.id) };
      case "list":
        return { ok: true, faults: desk.list() };
      case "stats":
        return { ok: true, stats: stats() };
    }
  }
}
