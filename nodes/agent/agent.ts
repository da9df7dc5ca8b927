// The agent of a node: stays while runs come and go, and has a machine for each of them, in a process of its own.
//
// It decides nothing. What the coordinator orders goes to the machine's process, what that reports goes back; samples that
// pass by are published. Whatever ends the connection ends the machine, for a machine that nobody can heal is left to no
// fault: that is the lease of everything that was opened on it. A machine that is killed takes nothing with it but itself.

import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { io, type Socket } from "socket.io-client";
import {
  AGENTS_PATH,
  type FromAgent,
  type Introduction,
  type ToAgent,
} from "#wire/control/agent.ts";
import type { Endpoint, HostAddress } from "#wire/control/command.ts";
import { decodeNumbered, decodeReport } from "#wire/control/decode.ts";
import { wholeText } from "#wire/telemetry/written-sample.ts";
import packageJson from "../../package.json" with { type: "json" };
import { type ForkedNode, forkNode, packetFrames } from "../forked/index.ts";
import { openPublisher, type Publishing } from "../telemetry/publisher.ts";
import { type PublishedPort, Relay } from "./relay.ts";

export interface AgentOptions {
  /** Of the coordinator. */
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly address: string;
  /** Ports of machines, as scenarios number them, that are let in from every address of this host. */
  readonly publish: readonly PublishedPort[];
  /** null: it publishes nothing. */
  readonly redisUrl: string | null;
  readonly log: Logger;
}

export interface Agent {
  /** Resolves when it cannot go on, with the reason. */
  readonly refused: Promise<string>;
  /** Nothing of it is left when this resolves. May be called twice. */
  close(): Promise<void>;
}

/** How often it says how many writes it gave up, in ms, and how often it tries again when it was not admitted. */
const TELL_EVERY_MS = 1_000;
const RETRY_MS_MAX = 1_000;

export function startAgent(options: AgentOptions): Agent {
  const { url, token, name, address, log, redisUrl } = options;
  const introduction: Introduction = {
    ...{ name, address, version: packageJson.version, pid: process.pid },
    instance: randomBytes(9).toString("hex"),
  };
  const socket: Socket<ToAgent, FromAgent> = io(url, {
    path: AGENTS_PATH,
    transports: ["websocket"],
    parser: packetFrames,
    extraHeaders: { authorization: `Bearer ${token}` },
    auth: { ...introduction },
    reconnectionDelay: 100,
    reconnectionDelayMax: RETRY_MS_MAX,
  });
  const publishing = redisUrl === null ? null : openPublisher(redisUrl);
  const machines = new Machines({ name, socket, log, publishing });
  const relays = options.publish.map(
    ({ own, real }) => new Relay(real, () => machines.endpoint(own)),
  );
  for (const relay of relays)
    relay.onError(({ message }) => log.error({ node: name, err: message }, "a port is not let in"));
  const tell = setInterval(
    () => socket.volatile.emit("lostWrites", publishing?.publisher.dropped ?? 0),
    TELL_EVERY_MS,
  );
  const refused = admission(socket, { url, name, log, onLost: (why) => machines.endAll(why) });
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(tell);
    for (const relay of relays) relay.close();
    await machines.endAll("its agent was stopped");
    socket.disconnect();
    publishing?.close();
  };
  return {
    refused,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Connects for as long as it takes; resolves when trying again is of no use. */
function admission(
  socket: Socket<ToAgent, FromAgent>,
  of: {
    readonly url: string;
    readonly name: string;
    readonly log: Logger;
    readonly onLost: (why: string) => Promise<void>;
  },
): Promise<string> {
  const { url, name, log, onLost } = of;
  let last = "";
  socket.on("connect", () => {
    last = "";
    log.info({ node: name, coordinator: url }, "connected");
  });
  socket.on("disconnect", (reason) => {
    const isPlanned = reason === "io server disconnect" || reason === "io client disconnect";
    log[isPlanned ? "info" : "warn"]({ node: name, reason }, "the coordinator is gone");
    void onLost(`its coordinator is gone: ${reason}`);
    if (reason === "io server disconnect") again(socket);
  });
  return new Promise((resolve) => {
    socket.on("connect_error", (error) => {
      const said = saidBy(error);
      // Once for each reason: a coordinator that starts late is no news every second.
      if (said !== last) log.warn({ node: name, coordinator: url }, said);
      last = said;
      if (said.includes("403")) resolve(`${url}: it does not take this token`);
      else if (said.startsWith("version")) resolve(`${url}: ${said}`);
      // A refusal ends socket.io's own attempts; what refused may be over soon.
      else if (!socket.active) again(socket);
    });
  });
}

function again(socket: Socket): void {
  setTimeout(() => socket.connect(), RETRY_MS_MAX).unref();
}

/** A transport says what happened to it one level down. */
function saidBy(error: Error): string {
  const { description } = { description: null, ...error } as { description: unknown };
  return typeof description === "object" && description !== null && "message" in description
    ? String(description.message)
    : error.message;
}

interface MachinesParts {
  readonly name: string;
  readonly socket: Socket<ToAgent, FromAgent>;
  readonly log: Logger;
  readonly publishing: Publishing | null;
}

/** One at a time is what a coordinator wants; two while the last one of a run still closes. */
const MACHINES_MAX = 4;

class Machines {
  readonly #parts: MachinesParts;
  readonly #running = new Map<string, ForkedNode>();
  /** Where the ports of machines are, by machine. */
  readonly #addresses = new Map<string, HostAddress>();

  constructor(parts: MachinesParts) {
    this.#parts = parts;
    const { socket } = parts;
    socket.on("start", (machine, answer) => answer(this.#start(machine)));
    socket.on("order", (machine, order) => this.#order(machine, order));
    socket.on("end", (machine, done) => {
      void this.#end(machine).then(done);
    });
  }

  /** Where a machine that runs here has a port of its own; null: none does. */
  endpoint(port: number): Endpoint | null {
    for (const [machine, { address, tcp }] of this.#addresses) {
      const real = this.#running.has(machine) ? tcp.find(([own]) => own === port)?.[1] : undefined;
      if (real !== undefined) return { address, port: real };
    }
    return null;
  }

  async endAll(why: string): Promise<void> {
    const machines = [...this.#running.keys()];
    if (machines.length > 0) this.#parts.log.warn({ node: this.#parts.name, why }, "machine ended");
    await Promise.all(machines.map((machine) => this.#end(machine)));
  }

  /** Why not; null: it starts. */
  #start(machine: string): string | null {
    if (this.#running.has(machine)) return "there is a machine of that id";
    if (this.#running.size >= MACHINES_MAX) return `it has ${MACHINES_MAX} machines already`;
    const node = forkNode();
    this.#running.set(machine, node);
    this.#event({ type: "machine-started", machine, pid: node.pid });
    node.onMessage((message) => this.#report(machine, message));
    node.onGone((why) => {
      this.#addresses.delete(machine);
      if (!this.#running.delete(machine)) return;
      this.#event({ type: "machine-ended", machine, why });
      this.#parts.socket.emit("gone", machine, why);
    });
    return null;
  }

  #order(machine: string, ordered: unknown): void {
    const order = decodeNumbered(ordered);
    if (order !== null) this.#running.get(machine)?.send(order);
  }

  #report(machine: string, message: unknown): void {
    const { socket, publishing, name } = this.#parts;
    const report = decodeReport(message);
    if (report === null || !this.#running.has(machine)) return;
    if (report.type === "answer" && report.answer.type === "prepared")
      this.#addresses.set(machine, report.answer.address);
    if (report.type === "sample") publishing?.publisher.sample(name, wholeText(report.sample));
    // That it is alive is for whoever forked it; our own connection says that we are.
    if (report.type !== "alive") socket.emit("report", machine, report);
  }

  async #end(machine: string): Promise<void> {
    const node = this.#running.get(machine);
    this.#running.delete(machine);
    if (node === undefined) return;
    await node.close();
    this.#event({ type: "machine-ended", machine, why: "it was no longer needed" });
  }

  #event(event: object): void {
    this.#parts.publishing?.publisher.event(this.#parts.name, event);
  }
}
