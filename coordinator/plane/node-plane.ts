// The control plane: agents of nodes connect here, by socket.io, with the token; a run is given a machine on one of them.
//
// It is apart from what pages are told: another path, and nobody's bytes are read before the token is. An agent's name is
// its own while it is connected; one that comes back under the same instance takes the place of its lost connection.

import { randomBytes } from "node:crypto";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { Server } from "socket.io";
import {
  AGENT_LEASE_MS,
  AGENTS_PATH,
  decodeIntroduction,
  type FromAgent,
  type Introduction,
  type ToAgent,
} from "#wire/control/agent.ts";
import { type NodeChannel, packetFrames } from "../../nodes/forked/index.ts";
import packageJson from "../../package.json" with { type: "json" };
import { bearerOf, isToken } from "../api/token.ts";
import { AgentMachine, type AgentSocket } from "./agent-machine.ts";

export interface PlaneParts {
  readonly server: HttpServer;
  readonly token: string;
  readonly log: Logger;
  readonly nowMs: () => number;
}

export interface AgentSeen {
  readonly name: string;
  readonly address: string;
  readonly pid: number;
  /** ms since 1970. */
  readonly sinceMs: number;
}

/** A machine's whole state in one message: some 10 MB for 256 MiB of emulated memory. */
const MESSAGE_BYTES_MAX = 64 << 20;
/** More than anybody has tried; a bound all the same. */
const AGENTS_MAX = 1_000;

const FORBIDDEN = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

interface Admitted {
  readonly introduction: Introduction;
  readonly socket: AgentSocket;
  readonly sinceMs: number;
  lostWrites: number;
}

export class NodePlane {
  readonly #parts: PlaneParts;
  readonly #io: Server<FromAgent, ToAgent>;
  readonly #admitted = new Map<string, Admitted>();
  /** Of agents that are gone. */
  #lostWrites = 0;
  #isClosed = false;

  constructor(parts: PlaneParts) {
    this.#parts = parts;
    this.#io = new Server(parts.server, {
      path: AGENTS_PATH,
      serveClient: false,
      parser: packetFrames,
      transports: ["websocket"],
      // Twice in a lease, so that one lost answer is no lost agent.
      pingInterval: AGENT_LEASE_MS / 4,
      pingTimeout: (AGENT_LEASE_MS * 3) / 4,
      maxHttpBufferSize: MESSAGE_BYTES_MAX,
      destroyUpgrade: false,
      allowRequest: (request, answer) => answer(null, this.#mayEnter(request)),
    });
    this.#io.use((socket, next) => {
      const refusal = this.#refusalOf(decodeIntroduction(socket.handshake.auth));
      next(refusal === null ? undefined : new Error(refusal));
    });
    this.#io.on("connection", (socket) => this.#admit(socket));
  }

  /** By name. */
  agents(): AgentSeen[] {
    return [...this.#admitted.values()]
      .map(({ introduction: { name, address, pid }, sinceMs }) => ({ name, address, pid, sinceMs }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Writes to Redis that agents gave up. */
  get lostWrites(): number {
    const current = [...this.#admitted.values()].reduce(
      (sum, { lostWrites }) => sum + lostWrites,
      0,
    );
    return this.#lostWrites + current;
  }

  /** A machine of an agent's own. Without such an agent, one that is gone from the beginning. */
  machineOn(agent: string): NodeChannel {
    const admitted = this.#admitted.get(agent);
    if (admitted === undefined) return absent(`no agent ${agent} is connected`);
    return new AgentMachine(admitted.socket, randomBytes(9).toString("hex"));
  }

  close(): void {
    this.#isClosed = true;
    this.#io.disconnectSockets(true);
    this.#io.engine.close();
  }

  #mayEnter(request: IncomingMessage): boolean {
    const given = bearerOf(request.headers.authorization);
    if (given !== null && isToken(given, this.#parts.token)) return true;
    this.#parts.log.warn({ from: request.socket.remoteAddress }, "an agent without the token");
    // By our own hand: engine.io would say 400, from which no agent can tell that it need not try again.
    request.socket.end(FORBIDDEN);
    return false;
  }

  /** A sentence for the agent; null: it may come in. */
  #refusalOf(introduction: Introduction | null): string | null {
    if (introduction === null) return "not an introduction";
    const { name, version, instance } = introduction;
    if (version !== packageJson.version)
      return `version ${version} of the agent, ${packageJson.version} of the coordinator`;
    const known = this.#admitted.get(name);
    if (known !== undefined && known.introduction.instance !== instance)
      return `a node ${name} is connected already`;
    return this.#admitted.size < AGENTS_MAX ? null : `${AGENTS_MAX} nodes are connected already`;
  }

  #admit(socket: AgentSocket): void {
    const introduction = decodeIntroduction(socket.handshake.auth);
    if (introduction === null) return;
    const { log, nowMs } = this.#parts;
    const { name, address } = introduction;
    this.#admitted.get(name)?.socket.disconnect(true);
    const admitted: Admitted = { introduction, socket, sinceMs: nowMs(), lostWrites: 0 };
    this.#admitted.set(name, admitted);
    log.info({ node: name, address }, "a node is connected");
    socket.on("lostWrites", (count) => {
      if (Number.isSafeInteger(count) && count >= 0) admitted.lostWrites = count;
    });
    socket.on("disconnect", (reason) => {
      this.#lostWrites += admitted.lostWrites;
      if (this.#admitted.get(name) === admitted) this.#admitted.delete(name);
      if (!this.#isClosed) log.warn({ node: name, reason }, "a node is gone");
    });
  }
}

const absent = (why: string): NodeChannel => ({
  send: () => undefined,
  onMessage: () => undefined,
  onGone: (listener) => listener(why),
  close: () => Promise.resolve(),
});
