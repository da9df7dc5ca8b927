// The listening server: exports, connections, and what the open faults make of them.
//
// Follows: NetworkBlockDevice doc/proto.md. One process, one thread, one store an export: a FLUSH on one connection covers what
// all others have written, so clients may open several (CAN_MULTI_CONN).

import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import type { Logger } from "pino";
import { assert } from "#base/assert.ts";
import { UnwedgeError } from "#base/error.ts";
import type { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { fateOf, pipedUntilNs, type StoreState } from "#kernel/index.ts";
import { type NbdCommand, payloadBytesOf } from "#wire/nbd/command.ts";
import { NBD_MAX_PAYLOAD_BYTES_DEFAULT } from "#wire/nbd/constants.ts";
import type { NbdExport } from "#wire/nbd/export.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { Connection, type Host } from "./connection.ts";
import type { Store } from "./store.ts";
import { newTally, type Tally } from "./tally.ts";
import { WELL } from "./well.ts";

/** Connections open at a time. Each is a file of this process, of which Linux allows 1,024 to begin with (and more if asked). */
const CONNECTIONS_MAX = 4_096;
const NS_PER_MS = 1_000_000;

export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

export interface OfferedExport {
  readonly name: string;
  readonly readOnly: boolean;
  readonly store: Store;
}

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly isRequired: boolean;
}

export interface NbdServerParts {
  readonly exports: readonly OfferedExport[];
  readonly tls: TlsFiles | null;
  readonly random: Random;
  readonly log: Logger;
  readonly nowNs: () => number;
}

export class NbdServer {
  readonly tally: Tally = newTally();
  readonly #parts: NbdServerParts;
  readonly #exports: readonly NbdExport[];
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #host: Host;
  #state: StoreState = WELL;
  /** Until when the narrowed pipe to the stores is busy. */
  #pipeUntilNs = 0;

  constructor(parts: NbdServerParts) {
    this.#parts = parts;
    this.#exports = parts.exports.map(exportOf);
    // Paused: no byte is read before it has a place to go.
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      this.#accept(socket);
    });
    this.#host = this.#hostOfConnections();
  }

  /** Where it listens, as soon as it does. */
  listen(address: Address): Promise<Address> {
    const { promise, resolve, reject } = withResolvers<Address>();
    const failed = (cause: Error): void => {
      reject(new UnwedgeError("unavailable", `cannot listen: ${cause.message}`, { cause }));
    };
    this.#server.once("error", failed);
    this.#server.listen({ ...address, backlog: 1_024 }, () => {
      this.#server.off("error", failed);
      this.#server.on("error", (error) => this.#parts.log.error({ err: error }, "listener"));
      resolve(this.#address(address));
    });
    return promise;
  }

  /** The faults have changed. */
  change(state: StoreState): void {
    const isCrash = this.#state.process === "up" && state.process !== "up";
    this.#state = state;
    if (isCrash) this.#crash();
    for (const connection of this.#connections) connection.resume();
  }

  /** Requests that came and were not answered, over all connections. */
  get openRequests(): number {
    let sum = 0;
    for (const connection of this.#connections) sum += connection.openRequests;
    return sum;
  }

  async close(): Promise<void> {
    const { promise, resolve } = withResolvers<void>();
    this.#server.close(() => resolve());
    for (const connection of [...this.#connections]) connection.close("soon");
    await promise;
    await Promise.allSettled(this.#parts.exports.map(({ store }) => store.flush()));
    for (const { store } of this.#parts.exports) store.close();
  }

  #crash(): void {
    this.tally.crashes++;
    for (const connection of [...this.#connections]) connection.close("reset");
    if (this.#state.process !== "data-lost") return;
    for (const { store } of this.#parts.exports) store.forget();
  }

  #accept(socket: Socket): void {
    const { refusing, process } = this.#state;
    if (refusing || process !== "up" || this.#connections.size >= CONNECTIONS_MAX) {
      this.tally.refusedConnections++;
      socket.resetAndDestroy();
      return;
    }
    this.tally.acceptedConnections++;
    this.#connections.add(new Connection(socket, this.#host));
    this.tally.openConnections = this.#connections.size;
  }

  #hostOfConnections(): Host {
    const { exports, tls } = this.#parts;
    const current = (): StoreState => this.#state;
    const isRequired = tls?.isRequired === true ? "required" : "offered";
    const spec = {
      exports: this.#exports,
      tls: tls === null ? ("none" as const) : isRequired,
    } as const;
    return {
      tally: this.tally,
      get state() {
        return current();
      },
      session: () => new NbdServerSession(spec),
      storeOf: ({ chosen }) => {
        assert(chosen !== null, "a command comes from a session with an export");
        const offered = exports[this.#exports.indexOf(chosen)];
        assert(offered !== undefined, "a command comes from a session with an export");
        return offered.store;
      },
      judge: (command) => this.#judge(command),
      encrypt: tls === null ? null : encrypterOf(tls),
      closed: (connection, reason) => {
        this.#connections.delete(connection);
        this.tally.openConnections = this.#connections.size;
        this.#parts.log.debug({ reason }, "connection closed");
      },
    };
  }

  #judge(command: NbdCommand): ReturnType<Host["judge"]> {
    const nowNs = this.#parts.nowNs();
    const fate = fateOf(this.#state, command, this.#parts.random);
    const startNs = Math.max(nowNs, this.#pipeUntilNs);
    this.#pipeUntilNs = pipedUntilNs(this.#state, payloadBytesOf(command), startNs);
    const waitNs = this.#pipeUntilNs - nowNs + fate.latencyNs;
    return { fate, afterMs: Math.round(waitNs / NS_PER_MS) };
  }

  #address(asked: Address): Address {
    const bound = this.#server.address();
    if (bound === null || typeof bound === "string" || "path" in asked) return asked;
    return { host: asked.host, port: bound.port };
  }
}

const exportOf = ({ name, readOnly, store }: OfferedExport): NbdExport => ({
  name,
  sizeBytes: store.sizeBytes,
  readOnly,
  minBlockBytes: 1,
  preferredBlockBytes: PAGE_BYTES,
  maxPayloadBytes: NBD_MAX_PAYLOAD_BYTES_DEFAULT,
  mayMultiConn: true,
  knowsAllocation: true,
});

function encrypterOf({ cert, key }: TlsFiles): (socket: Socket) => Socket {
  const secureContext = createSecureContext({ cert, key });
  return (socket) => new TLSSocket(socket, { isServer: true, secureContext });
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<T>((whenDone, whenFailed) => {
    resolve = whenDone;
    reject = whenFailed;
  });
  return { promise, resolve, reject };
}
