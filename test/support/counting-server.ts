// A server on a real loopback port that counts what arrives: whole requests, bytes, connections, and who was reset.

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { HttpRequestReader } from "#wire/http/request-reader.ts";
import { encodeResponseHead } from "#wire/http/writer.ts";

const ANSWER = encodeResponseHead({ status: 200, body: { type: "none" }, keepAlive: true });

export interface ServerSpec {
  /** From this request on, and for so long, nobody is answered. */
  readonly pause?: { readonly afterRequests: number; readonly ms: number };
  /** Body of an answer. */
  readonly answerBytes?: number;
}

export class CountingServer {
  requests = 0;
  bytes = 0;
  connections = 0;
  resets = 0;
  /** Bytes that could not be handed to the host yet, the most at any time. */
  backlogBytesMax = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #spec: ServerSpec;
  readonly #answer: Uint8Array;
  #held: (() => void)[] | null = null;
  #hasPaused = false;

  private constructor(spec: ServerSpec) {
    this.#spec = spec;
    const { answerBytes = 0 } = spec;
    this.#answer =
      answerBytes === 0
        ? ANSWER
        : Buffer.concat([
            encodeResponseHead({
              status: 200,
              body: { type: "length", lenBytes: answerBytes },
              keepAlive: true,
            }),
            new Uint8Array(answerBytes),
          ]);
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(spec: ServerSpec = {}): Promise<CountingServer> {
    const server = new CountingServer(spec);
    server.#server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 });
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it listens");
    return `http://127.0.0.1:${address.port}/`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Until every connection is gone. */
  async quiet(): Promise<void> {
    const gone = (socket: Socket): Promise<void> =>
      new Promise((resolve) => {
        // Not `once` of node:events, to which a reset is an error.
        socket.once("close", () => resolve());
      });
    while (this.#sockets.size > 0) await Promise.all([...this.#sockets].map(gone));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    const reader = new HttpRequestReader();
    socket.on("data", (bytes) => {
      this.bytes += bytes.length;
      reader.push(bytes);
      for (let event = reader.next(); event !== null; event = reader.next()) {
        if (event.type === "fault") socket.destroy();
        if (event.type === "fault") return;
        if (event.type === "end") this.#take(socket);
      }
    });
    socket.on("error", (error) => {
      if ("code" in error && error.code === "ECONNRESET") this.resets++;
    });
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #take(socket: Socket): void {
    this.requests++;
    const answer = (): void => {
      if (socket.destroyed) return;
      socket.write(this.#answer);
      this.backlogBytesMax = Math.max(this.backlogBytesMax, socket.writableLength);
    };
    const { pause } = this.#spec;
    if (pause !== undefined && !this.#hasPaused && this.requests >= pause.afterRequests) {
      this.#hasPaused = true;
      this.#held = [];
      setTimeout(() => this.#goOn(), pause.ms);
    }
    if (this.#held === null) answer();
    else this.#held.push(answer);
  }

  #goOn(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const answer of held) answer();
  }
}
