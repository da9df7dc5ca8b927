// The edge: where the carrier's real or simulated TCP ends and this machine's emulated network begins.
//
// A carrier moves the bytes of a stream reliably and in order; a machine out of receive buffers must be able to lose a
// segment. So bytes that a carrier hands over belong to the peer's TCP first, which is played here: it cuts them into
// segments, sends them over a link with bandwidth and latency, and sends again what this machine did not acknowledge.
// What is unacknowledged closes the window, and the carrier is granted no more than a send buffer's worth ahead.
//
// Every fault of a link is judged here, once, when a frame arrives.
//
// Not modelled: what the carrier's host does on its own (handshakes it completes before we know, a reset it sees late);
// for foreign peers the latency of what we send; TIME_WAIT.

import type { LinkState } from "../events.ts";
import { TIMER } from "../sched/timers.ts";
import { NOTHING_MORE, type SegmentFields } from "./card-tap.ts";
import { type Datagram, FRAME, Frame, IP_HEADERS_BYTES } from "./frame.ts";
import { Link, type LinkSaved, type OutKind, type OutSegment } from "./link.ts";
import type { NetContext } from "./net-context.ts";
import { onAccepted, onAckTimer, onAgain, onOurFin, onReleased } from "./peer-ack.ts";
import { answerSegment } from "./peer-answer.ts";
import { NO_SEQ, PeerStream, type PeerStreamState } from "./peer-stream.ts";
import { assertTimed, framed, onProbe, onRto, type PeerRules, pump, sendSyn } from "./peer-tcp.ts";

/** What a peer's host buffers of a stream: a send buffer as TCP grows it (between tcp_wmem[1] and tcp_wmem[2]). */
export const EDGE_BUFFER_BYTES = 256 * 1024;
/** Grants are given in portions, so that they cost one effect in many segments. */
const GRANT_STEP_BYTES = EDGE_BUFFER_BYTES / 8;

export interface PeerSpec {
  readonly peer: string;
  readonly inbound: LinkState;
  readonly outbound: LinkState;
  /** Not emulated: nobody at its end judges what we send, so we do. */
  readonly isForeign: boolean;
}

export interface EdgeParts {
  readonly context: NetContext;
  readonly rules: PeerRules;
  readonly mtu: number;
  readonly peers: readonly PeerSpec[];
  /** The card takes a frame. */
  readonly dma: (frame: Frame) => void;
}

export class Edge {
  readonly rules: PeerRules;
  readonly #context: NetContext;
  readonly #mtu: number;
  readonly #dma: (frame: Frame) => void;
  readonly #links: Link[];
  readonly #isForeign: readonly boolean[];
  readonly #streams = new Map<number, PeerStream>();
  /** Our own connections have even numbers. */
  #nextStream = 2;
  #nextDatagram = 1;

  constructor(parts: EdgeParts) {
    this.#context = parts.context;
    this.rules = parts.rules;
    this.#mtu = parts.mtu;
    this.#dma = parts.dma;
    const { timers } = parts.context;
    const random = parts.context.random.fork("edge");
    this.#links = parts.peers.map(
      ({ peer, inbound, outbound }, index) =>
        new Link({ index, peer, inbound, outbound, timers, random }),
    );
    this.#isForeign = parts.peers.map(({ isForeign }) => isForeign);
    timers.on(TIMER.linkArrival, (link, direction) => this.#onLink(link, direction));
    timers.on(TIMER.peerRto, (id) => this.#onRto(id));
    timers.on(TIMER.peerProbe, (id) => {
      const stream = this.#streams.get(id);
      if (stream?.probe.expire() === true) onProbe(stream, this.rules, this.#context.nowNs);
    });
    timers.on(TIMER.peerAck, (id) => {
      const stream = this.#streams.get(id);
      if (stream?.ackTimer.expire() === true) onAckTimer(stream, this.rules, this.#context.nowNs);
    });
  }

  linkTo(peer: string): Link | null {
    return this.#links.find((link) => link.peer === peer) ?? null;
  }

  links(): readonly Link[] {
    return this.#links;
  }

  streamById(id: number): PeerStream | null {
    return this.#streams.get(id) ?? null;
  }

  streams(): readonly PeerStream[] {
    return [...this.#streams.values()];
  }

  // Told by the carrier.

  incoming(id: number, peer: string, port: number): void {
    const link = this.linkTo(peer);
    if (link === null) return;
    const stream = this.#newStream({ id, link, port, state: "syn-sent" });
    sendSyn(stream, this.rules, this.#context.nowNs);
    this.#grant(stream);
  }

  connected(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.isHostConnected = true;
    onAgain(stream, this.#context.nowNs + stream.link.outbound.latencyNs);
    this.#grant(stream);
  }

  received(id: number, bytes: Uint8Array): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.state === "closed") return;
    stream.bytes.push(bytes);
    if (this.rules.perWriteSegments) stream.writeEnds.push(stream.bytes.endSeq);
    pump(stream, this.rules, this.#context.nowNs);
  }

  sent(id: number, countBytes: number): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) onAccepted(stream, countBytes, this.#context.nowNs);
  }

  closed(id: number, errno: string | null): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.state === "closed") return;
    if (errno === null) {
      if (stream.finSeq === NO_SEQ) stream.finSeq = stream.bytes.endSeq;
      pump(stream, this.rules, this.#context.nowNs);
      return;
    }
    stream.bytes.truncate(Math.max(stream.bytes.startSeq, stream.sndMax));
    this.#close(stream);
    stream.link.put(framed(stream, FRAME.rst));
  }

  datagram(peer: string, spec: Omit<Datagram, "id">): void {
    const link = this.linkTo(peer);
    if (link === null) return;
    const datagram: Datagram = { ...spec, id: this.#nextDatagram++ };
    const totalBytes = datagram.bytes.length + 8;
    if (totalBytes + IP_HEADERS_BYTES - 14 <= this.#mtu) {
      this.#putDatagram(link, FRAME.datagram, {
        datagram,
        seq: 0,
        lenBytes: datagram.bytes.length,
      });
      return;
    }
    const pieceBytes = Math.floor((this.#mtu - 20) / 8) * 8;
    for (let seq = 0; seq < totalBytes; seq += pieceBytes) {
      const lenBytes = Math.min(pieceBytes, totalBytes - seq);
      this.#putDatagram(link, FRAME.fragment, { datagram, seq, lenBytes });
    }
  }

  linkChanged(peer: string, direction: "inbound" | "outbound", state: LinkState): void {
    const link = this.linkTo(peer);
    if (link === null) return;
    link.setState(direction, state);
    this.#context.trace.event(
      "link.change",
      this.#context.nowNs,
      link.index,
      direction === "inbound" ? 0 : 1,
    );
    for (const stream of this.#streams.values()) {
      if (stream.link !== link) continue;
      if (!state.cut && !state.held) this.#flushOutbox(stream);
      if (link.isWhole) onReleased(stream, this.#context.nowNs);
    }
  }

  // Asked by this machine's TCP.

  /** Numbers of streams that another edge has used are not used again: their carrier may still have them. */
  goOnFrom(before: Edge): void {
    this.#nextStream = before.#nextStream;
  }

  /** A new connection of ours; null when there is no link to that peer. */
  open(peer: string, port: number): PeerStream | null {
    const link = this.linkTo(peer);
    if (link === null) return null;
    const id = this.#nextStream;
    this.#nextStream += 2;
    return this.#newStream({ id, link, port, state: "listening" });
  }

  /** Hand bytes to the carrier. */
  emitBytes(stream: PeerStream, bytes: Uint8Array): void {
    const { cut, held } = stream.link.outbound;
    const mustWait = (cut || held) && this.#isForeign[stream.link.index] === true;
    if (mustWait || stream.outbox.length > 0) stream.outbox.push(bytes);
    else this.#context.emit({ type: "send", stream: stream.id, bytes });
  }

  /** We sent FIN behind our last byte. */
  emitFin(stream: PeerStream, finSeq: number): void {
    this.#emitClose(stream, { reset: false });
    onOurFin(stream, finSeq, this.#context.nowNs);
  }

  emitReset(stream: PeerStream): void {
    this.#emitClose(stream, { reset: true });
    this.segment(stream, "rst", { ...NOTHING_MORE, seq: stream.acceptedBytes });
  }

  /** A segment of ours is on the wire. */
  segment(stream: PeerStream, kind: OutKind, fields: SegmentFields): void {
    const { ack, wndEnd, hasHole } = fields;
    this.#context.trace.card?.left({ atNs: this.#context.nowNs, stream, kind, fields });
    if (kind === "syn" && !stream.isConnectAsked) {
      stream.isConnectAsked = true;
      const { id, link, port } = stream;
      this.#context.emit({ type: "connect", stream: id, peer: link.peer, port });
    }
    stream.link.send({ kind, stream: stream.id, ack, wndEnd, hasHole });
  }

  askArp(link: Link): void {
    this.#context.trace.card?.arpLeft(this.#context.nowNs, link.peer);
    link.send({ kind: "arp", stream: -1, ack: 0, wndEnd: 0, hasHole: false });
  }

  emitDatagram(peer: string, spec: Omit<Datagram, "id">): void {
    this.#context.trace.card?.datagramLeft(this.#context.nowNs, peer, spec);
    this.#context.emit({ type: "datagram", peer, ...spec });
  }

  /** The socket is gone; the stream goes as soon as the peer knows. */
  orphan(stream: PeerStream): void {
    stream.isOrphan = true;
    if (stream.state === "closed") this.#forget(stream);
  }

  /** Both ends are done with it. */
  #forget(stream: PeerStream): void {
    stream.rto.clear();
    stream.probe.clear();
    stream.ackTimer.clear();
    this.#streams.delete(stream.id);
  }

  assertAlive(): void {
    for (const stream of this.#streams.values()) assertTimed(stream);
  }

  #newStream(spec: {
    id: number;
    link: Link;
    port: number;
    state: PeerStream["state"];
  }): PeerStream {
    const { initialCwndSegments } = this.#context.era;
    const { timers } = this.#context;
    const stream = new PeerStream({ ...spec, cwndSegments: initialCwndSegments, timers });
    this.#streams.set(spec.id, stream);
    return stream;
  }

  #putDatagram(
    link: Link,
    kind: typeof FRAME.datagram | typeof FRAME.fragment,
    piece: { readonly datagram: Datagram; readonly seq: number; readonly lenBytes: number },
  ): void {
    link.put(Object.assign(new Frame(kind, link.index, -1), piece));
  }

  #close(stream: PeerStream): void {
    stream.state = "closed";
    stream.inFlight = 0;
    stream.rto.clear();
    stream.probe.clear();
    stream.ackTimer.clear();
  }

  #onLink(index: number, direction: number): void {
    const link = this.#links[index];
    if (link === undefined || !link.expire(direction)) return;
    if (direction === 0) this.#arrive(link);
    else this.#reach(link);
  }

  #arrive(link: Link): void {
    for (let frame = link.arrive(); frame !== null; frame = link.arrive())
      if (!link.inbound.resets || !this.#resets(link, frame.stream, frame.kind)) this.#dma(frame);
    this.#context.scheduler.raiseSoftirq();
  }

  /** Somebody between the hosts kills the connection of a segment: both ends get a RST, and the segment goes no further. */
  #resets(link: Link, id: number, kind: number): boolean {
    const stream = this.#streams.get(id);
    if (stream === undefined || kind === FRAME.rst) return false;
    if (stream.state === "closed") return true;
    link.resetStreams++;
    this.#close(stream);
    this.#emitClose(stream, { reset: true });
    this.#dma(framed(stream, FRAME.rst));
    return true;
  }

  #reach(link: Link): void {
    for (let segment = link.reach(); segment !== null; segment = link.reach()) {
      const stream = this.#streams.get(segment.stream);
      if (segment.kind === "arp") link.put(new Frame(FRAME.arpReply, link.index, -1));
      else if (stream === undefined) continue;
      else if (segment.kind === "rst") this.#onReset(stream);
      else if (stream.state === "closed") stream.link.put(framed(stream, FRAME.rst));
      else this.#onSegment(stream, segment);
    }
  }

  #onSegment(stream: PeerStream, segment: OutSegment): void {
    const { link } = stream;
    if (link.outbound.resets && this.#isForeign[link.index] === true) {
      this.#resets(link, stream.id, FRAME.data);
      return;
    }
    answerSegment(stream, segment, this.rules, this.#context.nowNs);
    if (segment.kind === "again") this.#flushOutbox(stream);
    if (stream.sndUna + EDGE_BUFFER_BYTES - stream.grantedSeq >= GRANT_STEP_BYTES)
      this.#grant(stream);
  }

  #onReset(stream: PeerStream): void {
    this.#close(stream);
    if (stream.isOrphan) this.#forget(stream);
  }

  #emitClose(stream: PeerStream, { reset }: { readonly reset: boolean }): void {
    // After an orderly close a reset is still news to the carrier; a second one is not.
    if (stream.isCloseEmitted && !reset) return;
    if (stream.isResetEmitted) return;
    stream.isCloseEmitted = true;
    stream.isResetEmitted = reset;
    this.#context.emit({ type: "close", stream: stream.id, reset });
  }

  #onRto(id: number): void {
    const stream = this.#streams.get(id);
    if (stream?.rto.expire() !== true) return;
    this.#context.trace.event("net.rto", this.#context.nowNs, id, stream.sndUna);
    if (!onRto(stream, this.rules, this.#context.nowNs)) return;
    // Its SYN was never answered: the peer's connect() fails, and so does the carrier's.
    this.#close(stream);
    this.#emitClose(stream, { reset: true });
    this.#streams.delete(id);
  }

  #grant(stream: PeerStream): void {
    const countBytes = stream.sndUna + EDGE_BUFFER_BYTES - stream.grantedSeq;
    if (countBytes <= 0 || stream.finSeq !== NO_SEQ) return;
    stream.grantedSeq += countBytes;
    this.#context.emit({ type: "grant", stream: stream.id, countBytes });
  }

  #flushOutbox(stream: PeerStream): void {
    const { cut, held } = stream.link.outbound;
    if (cut || held) return;
    for (let bytes = stream.outbox.shift(); bytes !== undefined; bytes = stream.outbox.shift())
      this.#context.emit({ type: "send", stream: stream.id, bytes });
  }

  save(): EdgeState {
    return {
      links: this.#links.map((link) => link.save()),
      streams: this.streams().map((stream) => stream.save()),
      nextStream: this.#nextStream,
      nextDatagram: this.#nextDatagram,
    };
  }

  load(state: EdgeState): void {
    this.#links.forEach((link, i) => {
      const saved = state.links[i];
      if (saved !== undefined) link.load(saved);
    });
    this.#streams.clear();
    for (const saved of state.streams) {
      const link = this.#links[saved.link];
      if (link === undefined) continue;
      this.#newStream({ id: saved.id, link, port: saved.port, state: saved.state }).load(saved);
    }
    this.#nextStream = state.nextStream;
    this.#nextDatagram = state.nextDatagram;
  }
}

export interface EdgeState {
  readonly links: readonly LinkSaved[];
  readonly streams: readonly PeerStreamState[];
  readonly nextStream: number;
  readonly nextDatagram: number;
}
