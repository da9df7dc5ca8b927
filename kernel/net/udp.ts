// UDP: datagrams that are queued or gone. Linux 6.1: __udp_enqueue_schedule_skb(), net/ipv4/udp.c.
//
// Not modelled: what 2.6.12 lacks (a global limit; none is applied there), skb_condense() of half-full queues, the partial
// return of unspent pages (all whole pages go back at once), a datagram of ours that waits for its neighbour (it is lost, and
// the neighbour asked for), checksums, multicast.

import { __GFP_MEMALLOC, GFP_KERNEL } from "../mm/gfp.ts";
import { TX_SKB_NS } from "./costs.ts";
import type { Edge } from "./edge.ts";
import type { Encapsulation } from "./encapsulation.ts";
import { Fifo } from "./fifo.ts";
import { FRAME, Frame, UDP_HEADERS_BYTES } from "./frame.ts";
import type { Neighbours } from "./neighbour.ts";
import type { NetContext } from "./net-context.ts";
import type { Account, ProtoMemory } from "./proto-memory.ts";
import type { Skb } from "./skb.ts";
import type { SkbMemory } from "./skb-memory.ts";
import { loadSkb, type SkbState, saveSkb } from "./skb-state.ts";

export interface ReceivedDatagram {
  readonly peer: string;
  readonly fromPort: number;
  readonly bytes: Uint8Array;
}

export class UdpSock implements Account {
  readonly id: number;
  readonly port: number;
  readonly rcvbufBytes: number;
  readonly queue = new Fifo<Skb>();
  memalloc = false;
  rmemAllocBytes = 0;
  wmemQueuedBytes = 0;
  sndbufBytes = 0;
  forwardAllocBytes = 0;

  constructor(id: number, port: number, rcvbufBytes: number) {
    this.id = id;
    this.port = port;
    this.rcvbufBytes = rcvbufBytes;
  }
}

export interface UdpParts {
  readonly context: NetContext;
  readonly memory: SkbMemory;
  readonly proto: ProtoMemory;
  readonly edge: Edge;
  readonly neighbours: Neighbours;
  readonly encapsulation: Encapsulation;
  readonly rcvbufBytes: number;
  readonly wakeReaders: (sockId: number) => void;
}

export class Udp {
  readonly #parts: UdpParts;
  readonly #byPort = new Map<number, UdpSock>();

  constructor(parts: UdpParts) {
    this.#parts = parts;
  }

  /** A socket on `port`; null when the port is taken. */
  bind(id: number, port: number): UdpSock | null {
    if (this.#byPort.has(port)) return null;
    const sock = new UdpSock(id, port, this.#parts.rcvbufBytes);
    this.#byPort.set(port, sock);
    return sock;
  }

  sockets(): readonly UdpSock[] {
    return [...this.#byPort.values()];
  }

  /** A datagram, whole or put together; the skb is queued or gone afterwards. */
  receive(skb: Skb): void {
    const { context, memory } = this.#parts;
    const { udp, tcpExt } = context.snmp;
    const sock = this.#byPort.get(skb.frame.datagram?.port ?? -1);
    if (!this.#parts.encapsulation.unwrap(skb.lenBytes)) memory.free(skb);
    else if (sock === undefined) {
      udp.NoPorts++;
      context.countDropOf(skb.frame, "no-socket", skb.lenBytes);
      memory.free(skb);
    } else if (context.tossesAtDemux(skb, sock.memalloc)) {
      tcpExt.PFMemallocDrop++;
      udp.InErrors++;
      context.countDropOf(skb.frame, "pfmemalloc", skb.lenBytes);
      memory.free(skb);
    } else if (this.#queue(sock, skb)) {
      udp.InDatagrams++;
      this.#parts.wakeReaders(sock.id);
    } else {
      udp.InErrors++;
      memory.free(skb);
    }
  }

  /** The oldest datagram; null when there is none. */
  take(sock: UdpSock): ReceivedDatagram | null {
    const skb = sock.queue.shift();
    if (skb === undefined) return null;
    const { datagram, link } = skb.frame;
    const peer = this.#parts.edge.links()[link]?.peer ?? "";
    this.#release(sock, skb);
    return { peer, fromPort: datagram?.fromPort ?? 0, bytes: datagram?.bytes ?? new Uint8Array(0) };
  }

  /** Send a datagram; false without memory for it or its way. Its skb is gone as soon as it is on the wire. */
  send(
    to: { readonly peer: string; readonly port: number },
    { port: fromPort, memalloc }: Pick<UdpSock, "port" | "memalloc">,
    bytes: Uint8Array,
  ): boolean {
    const { context, memory, edge, neighbours } = this.#parts;
    const link = edge.linkTo(to.peer);
    if (link === null || !neighbours.isKnown(link)) return false;
    const packetBytes = bytes.length + UDP_HEADERS_BYTES;
    const skb = memory.alloc(
      new Frame(FRAME.datagram, link.index, -1),
      packetBytes,
      memalloc ? GFP_KERNEL | __GFP_MEMALLOC : GFP_KERNEL,
    );
    const hasKept = memalloc && context.criticality.keepsSendSkb;
    if (skb === null && !hasKept) {
      context.snmp.udp.SndbufErrors++;
      return false;
    }
    const isWrapped = this.#parts.encapsulation.wrap(packetBytes, { memalloc });
    if (skb !== null) memory.free(skb);
    if (!isWrapped) return false;
    context.costNs += TX_SKB_NS;
    context.snmp.udp.OutDatagrams++;
    edge.emitDatagram(to.peer, { fromPort, port: to.port, bytes });
    return true;
  }

  close(sock: UdpSock): void {
    this.#byPort.delete(sock.port);
    for (let skb = sock.queue.shift(); skb !== undefined; skb = sock.queue.shift())
      this.#release(sock, skb);
  }

  #queue(sock: UdpSock, skb: Skb): boolean {
    const { context, proto } = this.#parts;
    const { udp } = context.snmp;
    const sizeBytes = skb.truesizeBytes;
    // One datagram is always let in beyond the limit: it is checked before it is added.
    if (sock.rmemAllocBytes > sock.rcvbufBytes) {
      udp.RcvbufErrors++;
      context.countDropOf(skb.frame, "socket-rcvbuff", skb.lenBytes);
      return false;
    }
    if (context.era.name !== "2.6.12" && !proto.scheduleReceive(sock, sizeBytes)) {
      udp.MemErrors++;
      context.countDropOf(skb.frame, "proto-mem", skb.lenBytes);
      return false;
    }
    sock.rmemAllocBytes += sizeBytes;
    sock.forwardAllocBytes -= sizeBytes;
    sock.queue.push(skb);
    return true;
  }

  #release(sock: UdpSock, skb: Skb): void {
    sock.rmemAllocBytes -= skb.truesizeBytes;
    if (this.#parts.context.era.name === "2.6.12") sock.forwardAllocBytes += skb.truesizeBytes;
    else this.#parts.proto.uncharge(sock, skb.truesizeBytes);
    this.#parts.memory.free(skb);
  }

  save(): readonly UdpSockState[] {
    return this.sockets().map(({ queue, ...plain }) => ({
      ...plain,
      queue: queue.toArray().map(saveSkb),
    }));
  }

  load(state: readonly UdpSockState[]): void {
    this.#byPort.clear();
    for (const { queue, ...plain } of state) {
      const sock = new UdpSock(plain.id, plain.port, plain.rcvbufBytes);
      Object.assign(sock, plain);
      sock.queue.fill(queue.map(loadSkb));
      this.#byPort.set(sock.port, sock);
    }
  }
}

export interface UdpSockState extends Readonly<Omit<UdpSock, "queue">> {
  readonly queue: readonly SkbState[];
}
