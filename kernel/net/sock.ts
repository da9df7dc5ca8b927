// A TCP socket of this machine: what it has received and nobody read, what it has sent and nobody acknowledged, and what
// both cost. Linux: struct sock, struct tcp_sock (include/net/sock.h, include/linux/tcp.h).
//
// Sequence numbers start at 0 in both directions and never wrap; SYN takes none, FIN takes one.
//
// Not modelled: the backlog of a socket that its owner holds (a step of this machine is atomic), urgent data, options.

import type { Gfp } from "../mm/gfp.ts";
import { TIMER, type Timers } from "../sched/timers.ts";
import { Fifo } from "./fifo.ts";
import { LazyTimer } from "./lazy-timer.ts";
import { type FragBlocks, FragCache } from "./page-frag.ts";
import { NO_SEQ, type PeerStream } from "./peer-stream.ts";
import type { Skb } from "./skb.ts";
import { loadSkb, type SkbState, saveSkb } from "./skb-state.ts";
import type { TxSkb } from "./tx-skb.ts";

export type SockState = "syn-sent" | "syn-received" | "established" | "closed";

export interface SockSpec {
  readonly id: number;
  readonly wire: PeerStream;
  readonly state: SockState;
  readonly allocation: Gfp;
  readonly rcvbufBytes: number;
  readonly sndbufBytes: number;
  readonly mssBytes: number;
  readonly initialRtoNs: number;
  readonly cwndSegments: number;
  readonly fragOrder: number;
  readonly blocks: FragBlocks;
  readonly timers: Timers;
}

export class Sock {
  readonly id: number;
  /** The connection, as its other end sees it. */
  readonly wire: PeerStream;
  state: SockState;
  /** The struct itself: object of the TCP or request_sock cache; NO_SEQ when freed. */
  structRef = NO_SEQ;
  /** The struct is a request_sock still. */
  isRequest = false;
  /** Listener that made it; -1 for our own connections. */
  listener = -1;
  /** SOCK_MEMALLOC: the VM depends on it. */
  memalloc = false;
  /** Mask for its data. Linux: sk_allocation. */
  allocation: Gfp;
  /** Nobody holds it any more. Linux: SOCK_DEAD. */
  isDead = false;
  /** What a reader or writer is told. Linux: sk_err. */
  errno: string | null = null;

  // Memory. Bytes of truesize, and pages charged to the protocol in advance.
  rcvbufBytes: number;
  sndbufBytes: number;
  rmemAllocBytes = 0;
  wmemQueuedBytes = 0;
  forwardAllocBytes = 0;

  // Receiving.
  readonly mssBytes: number;
  readonly receiveQueue = new Fifo<Skb>();
  /** Behind a hole, by sequence number. */
  ofoQueue: Skb[] = [];
  rcvNxt = 0;
  /** Everything before this was read. */
  copiedSeq = 0;
  /** rcvNxt when the window was last advertised, and what was advertised then. */
  rcvWupSeq = 0;
  rcvWndBytes = 0;
  rcvSsthreshBytes = 0;
  windowClampBytes = 0;
  windowScale = 0;
  /** Guess of the peer's segment size. */
  rcvMssBytes = 536;
  /** The peer's FIN has been taken in. */
  isPeerDone = false;
  /** Bytes read per round trip: tcp_rcv_space_adjust(). */
  spaceSeq = 0;
  spaceAtNs = 0;
  spaceBytes = 0;

  // Acknowledging.
  isAckScheduled = false;
  isAckNow = false;
  isAckPushed = false;
  isAckPushed2 = false;
  quickAcks = 0;
  /** Answers follow requests: an ACK may wait for the answer it rides on. */
  isPingpong = false;
  atoNs = 0;
  lastReceivedNs = 0;
  /** ACKs in a row that found no memory. */
  ackRetries = 0;
  readonly delack: LazyTimer;

  // Sending.
  /** Queued and not sent yet, then sent and not acknowledged; in order of sequence. */
  readonly writeQueue = new Fifo<TxSkb>();
  readonly retransmitQueue = new Fifo<TxSkb>();
  readonly txFrags: FragCache;
  writeSeq = 0;
  sndNxt = 0;
  sndUna = 0;
  /** Everything before this was handed to the carrier. */
  emittedSeq = 0;
  cwndSegments: number;
  ssthreshSegments = 0x7fff_ffff;
  /** Segments acknowledged since the last step of congestion avoidance. */
  avoided = 0;
  /** Our FIN: NO_SEQ before shutdown; sent once sndNxt has passed it. */
  finSeq = NO_SEQ;
  isFinSent = false;
  /** A writer found no room; it is told when there is. Linux: SOCK_NOSPACE. */
  hasNoSpace = false;
  rtoNs: number;
  retransmits = 0;
  readonly rto: LazyTimer;

  constructor(spec: SockSpec) {
    this.id = spec.id;
    this.wire = spec.wire;
    this.state = spec.state;
    this.allocation = spec.allocation;
    this.rcvbufBytes = spec.rcvbufBytes;
    this.sndbufBytes = spec.sndbufBytes;
    this.mssBytes = spec.mssBytes;
    this.rtoNs = spec.initialRtoNs;
    this.cwndSegments = spec.cwndSegments;
    this.txFrags = new FragCache(spec.blocks, {
      maxOrder: spec.fragOrder,
      kind: "refill",
      sticks: true,
    });
    this.delack = new LazyTimer(spec.timers, { kind: TIMER.socketDelack, a: spec.id });
    this.rto = new LazyTimer(spec.timers, { kind: TIMER.socketRto, a: spec.id });
  }

  /** Bytes that can be read. */
  get availableBytes(): number {
    return this.rcvNxt - this.copiedSeq - (this.isPeerDone ? 1 : 0);
  }

  /** Everything we sent, FIN included, was acknowledged. */
  get isAllAcked(): boolean {
    return this.retransmitQueue.length === 0 && this.writeQueue.length === 0;
  }

  save(): SockSaved {
    const {
      wire,
      receiveQueue,
      ofoQueue,
      writeQueue,
      retransmitQueue,
      txFrags,
      delack,
      rto,
      ...plain
    } = this;
    return {
      ...plain,
      stream: wire.id,
      receiveQueue: receiveQueue.toArray().map(saveSkb),
      ofoQueue: ofoQueue.map(saveSkb),
      writeQueue: writeQueue.toArray().map(saveTx),
      retransmitQueue: retransmitQueue.toArray().map(saveTx),
      txFrags: txFrags.save(),
      delack: delack.save(),
      rto: rto.save(),
    };
  }

  load(state: SockSaved): void {
    const {
      stream,
      receiveQueue,
      ofoQueue,
      writeQueue,
      retransmitQueue,
      txFrags,
      delack,
      rto,
      ...plain
    } = state;
    Object.assign(this, plain);
    this.receiveQueue.fill(receiveQueue.map(loadSkb));
    this.ofoQueue = ofoQueue.map(loadSkb);
    this.writeQueue.fill(writeQueue.map(saveTx));
    this.retransmitQueue.fill(retransmitQueue.map(saveTx));
    this.txFrags.load(txFrags);
    this.delack.load(delack);
    this.rto.load(rto);
  }
}

const saveTx = (skb: TxSkb): TxSkb => ({
  ...skb,
  slices: [...skb.slices],
  blocks: [...skb.blocks],
});

type Parts =
  | "wire"
  | "receiveQueue"
  | "ofoQueue"
  | "writeQueue"
  | "retransmitQueue"
  | "txFrags"
  | "delack"
  | "rto";
type Derived = "save" | "load" | "availableBytes" | "isAllAcked";
export interface SockSaved extends Readonly<Omit<Sock, Parts | Derived>> {
  readonly stream: number;
  readonly receiveQueue: readonly SkbState[];
  readonly ofoQueue: readonly SkbState[];
  readonly writeQueue: readonly TxSkb[];
  readonly retransmitQueue: readonly TxSkb[];
  readonly txFrags: readonly [number, number];
  readonly delack: readonly [number, number];
  readonly rto: readonly [number, number];
}
