// One connection as its other end sees it: what the peer's TCP remembers. What it does with it: peer-tcp.ts, peer-ack.ts.

import { TIMER, type Timers } from "../sched/timers.ts";
import { ByteQueue } from "./byte-queue.ts";
import { Fifo } from "./fifo.ts";
import { LazyTimer, NEVER } from "./lazy-timer.ts";
import type { Link } from "./link.ts";

/**
 * `syn-sent`: it opened to us, and waits for our SYN-ACK. `listening`: we open to it, and its host has not answered or its
 * SYN-ACK has not been sent. `syn-received`: it answered, and waits for our ACK. `closed`: it knows of no such connection.
 */
export type PeerState = "syn-sent" | "listening" | "syn-received" | "open" | "closed";

/** No sequence number. */
export const NO_SEQ = -1;
/** ssthresh before the first loss: TCP_INFINITE_SSTHRESH. */
const NO_THRESHOLD = 0x7fff_ffff;

export class PeerStream {
  readonly id: number;
  readonly link: Link;
  readonly port: number;
  state: PeerState;

  // What it sends.
  readonly bytes = new ByteQueue();
  /** Ends of its writes, for per-write segmentation. */
  readonly writeEnds = new Fifo<number>();
  /** How many of these lie at or before writeCursorSeq. */
  writeCursor = 0;
  writeCursorSeq = 0;
  /** We have everything before this. */
  sndUna = 0;
  /** It sends from here on; sndUna ≤ sndNxt ≤ sndMax. */
  sndNxt = 0;
  /** It has sent everything before this at least once. */
  sndMax = 0;
  /** Segments in flight. */
  inFlight = 0;
  cwndSegments: number;
  ssthreshSegments = NO_THRESHOLD;
  /** Segments acknowledged since the last step of congestion avoidance. */
  avoided = 0;
  /** We take nothing from this on: the right edge of our window. */
  wndEnd = 0;
  dupAcks = 0;
  /** In fast recovery until this is acknowledged; NO_SEQ is none. */
  recoverSeq = NO_SEQ;
  /** Sequence number of its FIN; NO_SEQ before it closed. */
  finSeq = NO_SEQ;
  /** Current timeouts, in ns: doubled each time they pass in vain. */
  rtoNs = 0;
  probeNs = 0;
  synTries = 0;
  readonly rto: LazyTimer;
  readonly probe: LazyTimer;
  /** The carrier may hand over bytes before this. */
  grantedSeq = 0;

  // What it receives.
  /** Its host has taken this many of our bytes. */
  acceptedBytes = 0;
  /** Of these, how many its TCP has seen: the acknowledgement its segments carry. */
  ackable = 0;
  /** The last acknowledgement it sent. */
  ackSent = 0;
  /** Sequence number of our FIN; NO_SEQ before we closed. */
  ourFinSeq = NO_SEQ;
  /** Our first SYN has left, and the carrier was told to connect. */
  isConnectAsked = false;
  /** The carrier was told that we are done with it. */
  isCloseEmitted = false;
  isResetEmitted = false;
  /** No socket of ours belongs to it any more. */
  isOrphan = false;
  /** Its host accepted the connection. */
  isHostConnected = false;
  /** An ACK falls due at once, however little there is to acknowledge. */
  isAckAsked = false;
  /** An ACK waits for the end of a hold. */
  isAckHeld = false;
  /** When the oldest byte that waits for an ACK has waited long enough, in ns; NEVER is none. */
  ackDelayedUntilNs = NEVER;
  readonly ackTimer: LazyTimer;
  /** Bytes of ours that wait for the end of a fault; for foreign peers only. */
  readonly outbox = new Fifo<Uint8Array>();

  constructor(spec: {
    readonly id: number;
    readonly link: Link;
    readonly port: number;
    readonly state: PeerState;
    readonly cwndSegments: number;
    readonly timers: Timers;
  }) {
    this.id = spec.id;
    this.link = spec.link;
    this.port = spec.port;
    this.state = spec.state;
    this.cwndSegments = spec.cwndSegments;
    this.rto = new LazyTimer(spec.timers, { kind: TIMER.peerRto, a: spec.id });
    this.probe = new LazyTimer(spec.timers, { kind: TIMER.peerProbe, a: spec.id });
    this.ackTimer = new LazyTimer(spec.timers, { kind: TIMER.peerAck, a: spec.id });
  }

  /** After its last byte, or its FIN. */
  get endSeq(): number {
    return this.bytes.endSeq + (this.finSeq === NO_SEQ ? 0 : 1);
  }

  save(): PeerStreamState {
    const { link, bytes, writeEnds, rto, probe, ackTimer, outbox, ...plain } = this;
    return {
      ...plain,
      link: link.index,
      bytes: bytes.save(),
      writeEnds: writeEnds.toArray(),
      rto: rto.save(),
      probe: probe.save(),
      ackTimer: ackTimer.save(),
      outbox: outbox.toArray(),
    };
  }

  load(state: PeerStreamState): void {
    const { link, bytes, writeEnds, rto, probe, ackTimer, outbox, ...plain } = state;
    Object.assign(this, plain);
    this.bytes.load(bytes);
    this.writeEnds.fill(writeEnds);
    this.rto.load(rto);
    this.probe.load(probe);
    this.ackTimer.load(ackTimer);
    this.outbox.fill(outbox);
  }
}

type Lanes = "link" | "bytes" | "writeEnds" | "rto" | "probe" | "ackTimer" | "outbox";
export interface PeerStreamState
  extends Readonly<Omit<PeerStream, Lanes | "save" | "load" | "endSeq">> {
  readonly link: number;
  readonly bytes: ReturnType<ByteQueue["save"]>;
  readonly writeEnds: readonly number[];
  readonly rto: readonly [number, number];
  readonly probe: readonly [number, number];
  readonly ackTimer: readonly [number, number];
  readonly outbox: readonly Uint8Array[];
}
