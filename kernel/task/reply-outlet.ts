// What a swap server sends: all of a connection's answers as far as its socket takes them; under a fault half of one and no more.

import { lenBytesOf } from "#wire/bytes.ts";
import type { NbdServerSession } from "#wire/nbd/server-session.ts";
import type { Sockets } from "../net/sockets.ts";
import type { Strikes } from "./strikes.ts";

export interface Connection {
  readonly sock: number;
  readonly session: NbdServerSession;
  out: Uint8Array[];
  /** Half of a reply is out, and no more until the fault heals. */
  isHung: boolean;
  /** What waits to be sent found no memory. */
  isStarved: boolean;
}

export class ReplyOutlet {
  readonly #net: Sockets;
  readonly #strikes: Strikes;

  constructor(net: Sockets, strikes: Strikes) {
    this.#net = net;
    this.#strikes = strikes;
  }

  flush(connection: Connection): void {
    connection.out.push(...connection.session.takeOutput());
    connection.isStarved = false;
    if (connection.isHung) return;
    for (let head = connection.out[0]; head !== undefined; head = connection.out[0]) {
      const { takenBytes, lack } = this.#net.send(connection.sock, head);
      if (takenBytes < head.length) {
        connection.out[0] = head.subarray(takenBytes);
        connection.isStarved = lack === "memory";
        return;
      }
      connection.out.shift();
    }
  }

  /** Half of what waits to be sent is sent. */
  hang(connection: Connection): void {
    connection.out.push(...connection.session.takeOutput());
    let leftBytes = Math.floor(lenBytesOf(connection.out) / 2);
    this.#strikes.cutReplies++;
    connection.isHung = true;
    for (let head = connection.out[0]; head !== undefined && leftBytes > 0; ) {
      const part = head.subarray(0, Math.min(head.length, leftBytes));
      const { takenBytes } = this.#net.send(connection.sock, part);
      leftBytes = takenBytes < part.length ? 0 : leftBytes - takenBytes;
      if (takenBytes === head.length) connection.out.shift();
      else connection.out[0] = head.subarray(takenBytes);
      head = connection.out[0];
    }
  }
}
