// A machine that an agent runs for us, as a run talks to it. It is gone when its process is, or when its agent is.

import type { Socket } from "socket.io";
import type { FromAgent, ToAgent } from "#wire/control/agent.ts";
import { AGENT_LEASE_MS } from "#wire/control/agent.ts";
import type { Numbered } from "#wire/control/command.ts";
import type { NodeChannel } from "../../nodes/forked/index.ts";

export type AgentSocket = Socket<FromAgent, ToAgent>;

export class AgentMachine implements NodeChannel {
  readonly #socket: AgentSocket;
  readonly #id: string;
  readonly #onMessage: ((message: unknown) => void)[] = [];
  readonly #onGone: ((why: string) => void)[] = [];
  #gone: string | null = null;
  #closing: Promise<void> | null = null;

  constructor(socket: AgentSocket, id: string) {
    this.#socket = socket;
    this.#id = id;
    socket.on("report", this.#hear);
    socket.on("gone", this.#hearGone);
    socket.on("disconnect", this.#hearEnd);
    // Orders need not wait for the answer: they arrive in the order in which they are sent.
    socket.timeout(AGENT_LEASE_MS).emit("start", id, (error, refusal) => {
      if (error !== null) this.#lose("its agent does not answer");
      else if (refusal !== null) this.#lose(`its agent starts no machine: ${refusal}`);
    });
  }

  send(message: Numbered): void {
    if (this.#gone === null) this.#socket.emit("order", this.#id, message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage.push(listener);
  }

  onGone(listener: (why: string) => void): void {
    this.#onGone.push(listener);
    if (this.#gone !== null) listener(this.#gone);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  readonly #hear = (machine: unknown, message: unknown): void => {
    if (machine !== this.#id) return;
    for (const listener of this.#onMessage) listener(message);
  };

  readonly #hearGone = (machine: unknown, why: unknown): void => {
    // What is no text may not even become one.
    if (machine === this.#id)
      this.#lose(typeof why === "string" ? why.slice(0, 300) : "its agent says no reason");
  };

  readonly #hearEnd = (reason: string): void => this.#lose(`its agent is gone: ${reason}`);

  #lose(why: string): void {
    if (this.#gone !== null) return;
    this.#gone = why;
    for (const listener of this.#onGone) listener(why);
  }

  async #end(): Promise<void> {
    this.#socket.off("report", this.#hear);
    this.#socket.off("gone", this.#hearGone);
    this.#socket.off("disconnect", this.#hearEnd);
    this.#gone ??= "it was ended";
    // An agent that does not answer ends its machine by itself, for we are gone to it.
    if (this.#socket.connected)
      await this.#socket
        .timeout(AGENT_LEASE_MS)
        .emitWithAck("end", this.#id)
        .catch(() => undefined);
  }
}
