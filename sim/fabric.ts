// The network of a simulated cluster: it knows who is connected to whom and hands bytes on. It has no clock.
//
// Latency, bandwidth, loss and cuts are judged where bytes arrive, by the edge of the receiving machine, just as on real
// sockets. What the fabric has of its own is what a pair of host sockets has: room for as many bytes as the receiver
// granted; more wait with the sender, who learns by `sent` how far they got.

import { assert } from "#base/assert.ts";
import type { Effect, MachineEvent } from "#kernel/index.ts";

/** One end of a stream: what waits on its way to the other end. */
interface End {
  readonly host: string;
  readonly stream: number;
  readonly peerHost: string;
  readonly peerStream: number;
  /** Bytes the other end will still take from this one. */
  creditBytes: number;
  queue: Uint8Array[];
  closing: "fin" | "reset" | null;
}

export interface Delivery {
  readonly host: string;
  readonly event: MachineEvent;
}

export class Fabric {
  readonly #hosts: ReadonlySet<string>;
  /** By host, then by the number it knows the stream by. */
  readonly #ends = new Map<string, Map<number, End>>();
  readonly #nextIncoming = new Map<string, number>();
  /** Bytes carried since the start, by directed link. */
  readonly carriedBytes = new Map<string, number>();

  constructor(hosts: readonly string[]) {
    this.#hosts = new Set(hosts);
    for (const host of hosts) {
      this.#nextIncoming.set(host, 1);
      this.#ends.set(host, new Map());
    }
  }

  /** What an effect of `host` makes happen elsewhere, in order. */
  route(host: string, effect: Effect): readonly Delivery[] {
    switch (effect.type) {
      case "connect":
        return this.#connect(host, effect.stream, effect.peer, effect.port);
      case "send":
        return this.#send(host, effect.stream, effect.bytes);
      case "grant":
        return this.#grant(host, effect.stream, effect.countBytes);
      case "close":
        return this.#close(host, effect.stream, effect.reset ? "reset" : "fin");
      case "datagram": {
        const { peer, fromPort, port, bytes } = effect;
        if (!this.#hosts.has(peer)) return [];
        return [{ host: peer, event: { type: "datagram", peer: host, fromPort, port, bytes } }];
      }
    }
  }

  #connect(host: string, stream: number, peer: string, port: number): readonly Delivery[] {
    if (!this.#hosts.has(peer))
      return [{ host, event: { type: "closed", stream, errno: "EHOSTUNREACH" } }];
    const peerStream = this.#nextIncoming.get(peer) ?? 1;
    this.#nextIncoming.set(peer, peerStream + 2);
    this.#add({ host, stream, peerHost: peer, peerStream });
    this.#add({ host: peer, stream: peerStream, peerHost: host, peerStream: stream });
    return [
      { host: peer, event: { type: "incoming", stream: peerStream, peer: host, port } },
      { host, event: { type: "connected", stream } },
    ];
  }

  #add(spec: Pick<End, "host" | "stream" | "peerHost" | "peerStream">): void {
    const end: End = { ...spec, creditBytes: 0, queue: [], closing: null };
    this.#ends.get(end.host)?.set(end.stream, end);
  }

  #end(host: string, stream: number): End | undefined {
    return this.#ends.get(host)?.get(stream);
  }

  #send(host: string, stream: number, bytes: Uint8Array): readonly Delivery[] {
    const end = this.#end(host, stream);
    // A stream the other side reset while these bytes were on their way.
    if (end === undefined || end.closing !== null) return [];
    end.queue.push(bytes);
    return this.#pass(end);
  }

  #grant(host: string, stream: number, countBytes: number): readonly Delivery[] {
    const end = this.#end(host, stream);
    const sender = end === undefined ? undefined : this.#end(end.peerHost, end.peerStream);
    if (sender === undefined) return [];
    sender.creditBytes += countBytes;
    return this.#pass(sender);
  }

  #close(host: string, stream: number, how: "fin" | "reset"): readonly Delivery[] {
    const end = this.#end(host, stream);
    if (end === undefined) return [];
    end.closing = how;
    if (how === "reset") end.queue = [];
    return this.#pass(end);
  }

  /** Hand on what there is room for, and the end of the stream behind it. */
  #pass(end: End): readonly Delivery[] {
    const receiver = this.#end(end.peerHost, end.peerStream);
    if (receiver === undefined) return [];
    const deliveries: Delivery[] = [];
    let sentBytes = 0;
    for (let head = end.queue[0]; head !== undefined && end.creditBytes > 0; head = end.queue[0]) {
      const bytes = head.subarray(0, end.creditBytes);
      if (bytes.length === head.length) end.queue.shift();
      else end.queue[0] = head.subarray(bytes.length);
      end.creditBytes -= bytes.length;
      sentBytes += bytes.length;
      deliveries.push({
        host: receiver.host,
        event: { type: "received", stream: receiver.stream, bytes },
      });
    }
    if (sentBytes > 0) {
      deliveries.push({
        host: end.host,
        event: { type: "sent", stream: end.stream, countBytes: sentBytes },
      });
      this.#count(end, receiver, sentBytes);
    }
    if (end.closing !== null && end.queue.length === 0)
      deliveries.push(this.#finish(end, receiver));
    return deliveries;
  }

  #finish(end: End, receiver: End): Delivery {
    const errno = end.closing === "reset" ? "ECONNRESET" : null;
    this.#ends.get(end.host)?.delete(end.stream);
    if (errno !== null) this.#ends.get(receiver.host)?.delete(receiver.stream);
    return { host: receiver.host, event: { type: "closed", stream: receiver.stream, errno } };
  }

  #count(end: End, receiver: End, bytes: number): void {
    const link = `${end.host}->${receiver.host}`;
    this.carriedBytes.set(link, (this.carriedBytes.get(link) ?? 0) + bytes);
  }

  save(): FabricState {
    return {
      ends: [...this.#ends.values()].flatMap((ends) =>
        [...ends.values()].map((end) => ({ ...end, queue: [...end.queue] })),
      ),
      nextIncoming: [...this.#nextIncoming],
      carriedBytes: [...this.carriedBytes],
    };
  }

  load(state: FabricState): void {
    for (const ends of this.#ends.values()) ends.clear();
    for (const end of state.ends)
      this.#ends.get(end.host)?.set(end.stream, { ...end, queue: [...end.queue] });
    for (const [host, next] of state.nextIncoming) this.#nextIncoming.set(host, next);
    for (const [link, bytes] of state.carriedBytes) this.carriedBytes.set(link, bytes);
    assert(
      this.#nextIncoming.size === this.#hosts.size,
      "a fabric is loaded into one of the same hosts",
    );
  }
}

export interface FabricState {
  readonly ends: readonly End[];
  readonly nextIncoming: readonly (readonly [string, number])[];
  readonly carriedBytes: readonly (readonly [string, number])[];
}
