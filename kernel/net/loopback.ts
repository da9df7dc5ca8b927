// The loopback device: what a machine sends to itself. Linux: drivers/net/loopback.c, enqueue_to_backlog() and
// process_backlog() (net/core/dev.c).
//
// There is no card and no copy. The sender's skb itself, as a clone, waits in the CPU's backlog for the next softirq and then
// lies in the receiver's queue: its memory is free when both ends are done with it, and memory that the sender took from the
// reserve is reserve memory for the receiver too. Both ends are sockets of this machine, so that nobody plays a peer here.
//
// Not modelled: datagrams to oneself, one backlog for each CPU, flow limits, a clone's own struct where there are no fclones.

import type { LinkState } from "../events.ts";
import { GFP_ATOMIC, type Gfp } from "../mm/gfp.ts";
import type { SegmentFields } from "./card-tap.ts";
import { RX_PACKET_NS } from "./costs.ts";
import { Fifo } from "./fifo.ts";
import { FRAME, Frame, type FrameKind } from "./frame.ts";
import { Link, type OutKind } from "./link.ts";
import type { NetContext } from "./net-context.ts";
import { POLL_WEIGHT } from "./nic.ts";
import { PeerStream, type PeerStreamState } from "./peer-stream.ts";
import type { Skb } from "./skb.ts";
import type { SkbMemory } from "./skb-memory.ts";
import { loadSkb, type SkbState, saveSkb } from "./skb-state.ts";
import { MAX_TCP_HEADER_BYTES, type TxSkb } from "./tx-skb.ts";

/** dev->mtu of lo, in bytes. */
export const LOOPBACK_MTU_BYTES = 65_536;
/** netdev_max_backlog, net/core/dev.c. The test is "no more than", so one more fits. */
const BACKLOG_MAX = { "2.6.12": 300, "3.x": 1000, "6.1": 1000 } as const;
/** See isLooped(). */
const FIRST_STREAM = -2;

const WIRE: LinkState = {
  ...{ latencyNs: 0, jitterNs: 0, lossPerMillion: 0, cut: false, held: false, resets: false },
  bandwidthBytesPerSec: Number.MAX_SAFE_INTEGER,
};

const KINDS = { ack: FRAME.ack, syn: FRAME.syn, "syn-ack": FRAME.synAck, rst: FRAME.rst } as const;
/** A segment without data. */
export type ControlKind = keyof typeof KINDS;

export class Loopback {
  readonly link: Link;
  readonly #context: NetContext;
  readonly #memory: SkbMemory;
  /** Two for each connection, one after the other: its opener's and its listener's. */
  readonly #streams = new Map<number, PeerStream>();
  readonly #backlog = new Fifo<Skb>();
  #nextStream = FIRST_STREAM;

  constructor(
    context: NetContext,
    memory: SkbMemory,
    spec: { readonly host: string; readonly index: number },
  ) {
    this.#context = context;
    this.#memory = memory;
    const { timers } = context;
    const random = context.random.fork("loopback");
    const { host: peer, index } = spec;
    this.link = new Link({ index, peer, inbound: WIRE, outbound: WIRE, timers, random });
  }

  streamById(id: number): PeerStream | null {
    return this.#streams.get(id) ?? null;
  }

  /** The other end of a connection; null when nobody knows of it any more. */
  twinOf({ id }: { readonly id: number }): PeerStream | null {
    return this.streamById(id % 2 === 0 ? id - 1 : id + 1);
  }

  /** A new connection: the opener's end of it. */
  open(port: number): PeerStream {
    const stream = this.#newStream(this.#nextStream, port);
    // Its listener's end has no socket before the SYN has been taken in.
    this.#newStream(this.#nextStream - 1, port).isOrphan = true;
    this.#nextStream -= 2;
    return stream;
  }

  /** The socket of this end is gone. */
  orphan(stream: PeerStream): void {
    stream.isOrphan = true;
    const twin = this.twinOf(stream);
    if (twin?.isOrphan === false) return;
    this.#streams.delete(stream.id);
    if (twin !== null) this.#streams.delete(twin.id);
  }

  /** What this end's socket sends, for the other end to read. */
  putBytes(stream: PeerStream, bytes: Uint8Array): void {
    this.twinOf(stream)?.bytes.push(bytes);
  }

  /** The clone of a data skb, for the other end. */
  clone(stream: PeerStream, skb: TxSkb): Skb {
    const frame = this.#frameFor(stream, FRAME.data);
    frame.seq = skb.seq;
    frame.lenBytes = skb.lenBytes;
    frame.isFin = skb.isFin;
    frame.isPush = true;
    return this.#memory.clone(frame, skb);
  }

  /** An skb without data; null without memory for it. */
  control(stream: PeerStream, kind: ControlKind, gfp: Gfp): Skb | null {
    return this.#memory.alloc(this.#frameFor(stream, KINDS[kind]), MAX_TCP_HEADER_BYTES, gfp);
  }

  /** Into the backlog with it, or, when that is full, nowhere. Linux: netif_rx(). */
  send(stream: PeerStream, skb: Skb, kind: OutKind, { ack, wndEnd }: SegmentFields): void {
    skb.frame.ack = ack;
    skb.frame.wndEnd = wndEnd;
    // The window of a handshake is told by it, not asked for afterwards.
    if (kind === "syn" || kind === "syn-ack") stream.wndEnd = wndEnd;
    this.#enqueue(skb);
  }

  /** Tell the other end that there is no such connection, if there is memory to say so. */
  reset(stream: PeerStream): void {
    const skb = this.control(stream, "rst", GFP_ATOMIC);
    if (skb !== null) this.#enqueue(skb);
  }

  hasWork(): boolean {
    return this.#backlog.length > 0;
  }

  /** One poll: up to POLL_WEIGHT packets go up; how many there were. Linux: process_backlog(), dev_weight. */
  poll(deliver: (skb: Skb) => void): number {
    let count = 0;
    for (; count < POLL_WEIGHT; count++) {
      const skb = this.#backlog.shift();
      if (skb === undefined) break;
      this.#context.costNs += RX_PACKET_NS;
      deliver(skb);
    }
    return count;
  }

  /** Give back what nobody will take up. */
  drain(): void {
    for (let skb = this.#backlog.shift(); skb !== undefined; skb = this.#backlog.shift())
      this.#memory.free(skb);
  }

  #enqueue(skb: Skb): void {
    if (this.#backlog.length > BACKLOG_MAX[this.#context.era.name]) {
      this.#context.countDropOf(skb.frame, "cpu-backlog", skb.lenBytes);
      this.#memory.free(skb);
      return;
    }
    this.#backlog.push(skb);
    this.#context.scheduler.raiseSoftirq();
  }

  /** A frame on its way to the other end. */
  #frameFor(stream: PeerStream, kind: FrameKind): Frame {
    return new Frame(kind, this.link.index, this.twinOf(stream)?.id ?? -1);
  }

  #newStream(id: number, port: number): PeerStream {
    const { link } = this;
    const { timers } = this.#context;
    const stream = new PeerStream({ id, link, port, state: "open", cwndSegments: 0, timers });
    this.#streams.set(id, stream);
    return stream;
  }

  save(): LoopbackState {
    return {
      streams: [...this.#streams.values()].map((stream) => stream.save()),
      backlog: this.#backlog.toArray().map(saveSkb),
      nextStream: this.#nextStream,
    };
  }

  load({ streams, backlog, nextStream }: LoopbackState): void {
    this.#streams.clear();
    for (const saved of streams) this.#newStream(saved.id, saved.port).load(saved);
    this.#backlog.fill(backlog.map(loadSkb));
    this.#nextStream = nextStream;
  }
}

export interface LoopbackState {
  readonly streams: readonly PeerStreamState[];
  readonly backlog: readonly SkbState[];
  readonly nextStream: number;
}
