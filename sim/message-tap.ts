// Packets of one machine as it wrote them down: what it sent, what it sent again, what it could not take.
//
// Not told: segments without data that were taken in (nobody writes those down), and from whom a packet came that the
// stack dropped after it had left the card.

import { dropReasons, type Machine, type TraceEvent } from "#kernel/index.ts";
import { NBD_PORT } from "#wire/nbd/constants.ts";
import type { Message } from "./film.ts";
import { TraceTap } from "./trace-tap.ts";

type Sock = ReturnType<Machine["net"]["socks"]>[number];

/** Of one machine, between two frames. */
const MESSAGES_MAX = 24;

export class MessageTap {
  readonly #machine: Machine;
  readonly #tap: TraceTap;
  #messages: Message[] = [];
  #leftOut = 0;
  /** Sockets by their stream, as the trace names them. */
  #socks = new Map<number, Sock>();

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#tap = new TraceTap(machine.trace, (events) => {
      for (const event of events) this.#note(event);
    });
  }

  /** Since it was last asked. */
  take(): { readonly messages: readonly Message[]; readonly leftOut: number } {
    this.#tap.drain();
    const taken = { messages: this.#messages, leftOut: this.#leftOut };
    this.#messages = [];
    this.#leftOut = 0;
    return taken;
  }

  /** May be called twice. */
  close(): void {
    this.#tap.close();
  }

  #note(event: TraceEvent): void {
    const message = this.#messageOf(event);
    if (message === null) return;
    this.#messages.push(message);
    if (this.#messages.length <= MESSAGES_MAX) return;
    this.#messages.shift();
    this.#leftOut++;
  }

  #messageOf({ name, atNs, a }: TraceEvent): Message | null {
    const own = this.#machine.spec.name;
    if (name === "net.drop") {
      const reason = dropReasons[a] ?? null;
      return { atNs, from: own, to: own, what: "dropped", isCritical: false, reason };
    }
    if (name !== "net.tx" && name !== "net.rto" && name !== "net.rxMissed") return null;
    const sock = this.#sockOf(a);
    if (sock === null) return null;
    const { peer } = sock.wire.link;
    const isCritical = sock.memalloc || sock.wire.port === NBD_PORT;
    if (name === "net.rxMissed")
      return { atNs, from: peer, to: own, what: "missed", isCritical, reason: "rx-missed" };
    const what = name === "net.rto" ? "again" : "sent";
    return { atNs, from: own, to: peer, what, isCritical, reason: null };
  }

  #sockOf(stream: number): Sock | null {
    if (!this.#socks.has(stream))
      this.#socks = new Map(this.#machine.net.socks().map((sock) => [sock.wire.id, sock]));
    return this.#socks.get(stream) ?? null;
  }
}
