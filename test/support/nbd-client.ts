// The emulated machine's NBD client over a real socket: its session, and nothing but bytes back and forth.

import { createConnection, type Socket } from "node:net";
import { joined } from "#wire/bytes.ts";
import { NbdClientSession, type NbdReply } from "#wire/nbd/client-session.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeRequest } from "#wire/nbd/frame.ts";

interface Asked {
  readonly payloadBytes: number;
  readonly settle: (reply: NbdReply | null) => void;
}

export interface Request {
  readonly type: number;
  readonly offsetBytes?: number;
  readonly lenBytes?: number;
  readonly flags?: number;
  readonly data?: Uint8Array;
}

export class NbdClient {
  readonly session: NbdClientSession;
  readonly #socket: Socket;
  readonly #asked = new Map<number, Asked>();
  #nextCookie = 1;
  #onReady: () => void = () => {};
  /** Fulfilled when the connection is gone. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, exportName: string) {
    this.session = new NbdClientSession(exportName);
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        for (const { settle } of this.#asked.values()) settle(null);
        this.#asked.clear();
        this.#onReady();
        resolve();
      });
    });
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
  }

  /** At a port of this host or a unix socket's path; once the export is chosen, refused, or the connection gone. */
  static async connect(door: number | string, exportName = ""): Promise<NbdClient> {
    const address = typeof door === "string" ? { path: door } : { host: "127.0.0.1", port: door };
    const socket = createConnection({ ...address, noDelay: true });
    const client = new NbdClient(socket, exportName);
    await new Promise<void>((resolve) => {
      client.#onReady = resolve;
    });
    return client;
  }

  /** Its reply; null: the connection went before. */
  ask({ type, offsetBytes = 0, lenBytes = 0, flags = 0, data }: Request): Promise<NbdReply | null> {
    const cookieLo = this.#nextCookie++;
    const payloadBytes = type === nbd.NBD_CMD_READ ? lenBytes : 0;
    return new Promise((settle) => {
      this.#asked.set(cookieLo, { payloadBytes, settle });
      if (this.#socket.destroyed) {
        this.#asked.delete(cookieLo);
        settle(null);
        return;
      }
      this.#socket.cork();
      this.#socket.write(
        encodeRequest({ type, flags, cookieHi: 0, cookieLo, offsetBytes, lenBytes }),
      );
      if (data !== undefined) this.#socket.write(data);
      this.#socket.uncork();
    });
  }

  /** The bytes; null: an error, or no connection. */
  async read(offsetBytes: number, lenBytes: number): Promise<Uint8Array | null> {
    const reply = await this.ask({ type: nbd.NBD_CMD_READ, offsetBytes, lenBytes });
    return reply?.errno === 0 ? Uint8Array.from(joined(reply.data)) : null;
  }

  /** What the server answered: 0 or an error; null: nothing. */
  async write(offsetBytes: number, data: Uint8Array, flags = 0): Promise<number | null> {
    const request = { type: nbd.NBD_CMD_WRITE, offsetBytes, lenBytes: data.length, flags, data };
    return (await this.ask(request))?.errno ?? null;
  }

  async flush(): Promise<number | null> {
    return (await this.ask({ type: nbd.NBD_CMD_FLUSH }))?.errno ?? null;
  }

  /** Reads no more, as a program that is stopped. */
  deafen(): void {
    this.#socket.pause();
  }

  /** Bytes as they are. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async close(): Promise<void> {
    this.session.disconnect();
    for (const bytes of this.session.takeOutput()) this.#socket.write(bytes);
    this.#socket.end();
    await this.closed;
  }

  #receive(bytes: Uint8Array): void {
    this.session.receive(bytes);
    for (const slice of this.session.takeOutput()) this.#socket.write(slice);
    if (this.session.state !== "handshake") this.#onReady();
    const replies = this.session.takeReplies((header) => {
      const asked = this.#asked.get(header.cookieLo);
      if (asked === undefined) return null;
      return header.errno === 0 ? asked.payloadBytes : 0;
    });
    for (const reply of replies) {
      const asked = this.#asked.get(reply.cookieLo);
      this.#asked.delete(reply.cookieLo);
      asked?.settle(reply);
    }
    if (this.session.ended !== null) this.#socket.destroy();
  }
}
