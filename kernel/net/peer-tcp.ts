// The peer's TCP as a sender: congestion window, retransmission, probes of a closed window.
//
// Real TCP under a container cannot lose a segment; this plays the network's part and the peer's. It follows Linux
// (net/ipv4/tcp_output.c, tcp_input.c, tcp_timer.c) as far as it decides when a byte is offered again:
// - one segment after a timeout, then slow start from there;
// - three later segments in, and the first hole is sent again at once (fast retransmit, NewReno afterwards);
// - a closed window is probed at the timeout, doubled up to 120 s.
// By construction a stream with something to send has a timer: see assertTimed().
//
// Not modelled: SACK scoreboard (a hole behind a hole costs a round trip), tail loss probe, pacing, timestamps; it never
// gives up (tcp_retries2 is 15 minutes), except for its SYN.

import { assert } from "#base/assert.ts";
import { FRAME, Frame } from "./frame.ts";
import { RTO_MAX_NS, RTO_MIN_NS } from "./net-era.ts";
import { NO_SEQ, type PeerStream } from "./peer-stream.ts";

/** TCP_FASTRETRANS_THRESH, include/net/tcp.h. */
const DUP_ACKS = 3;
/** tcp_syn_retries, net/ipv4/tcp.c. */
const SYN_RETRIES = 6;
/** A window no receiver of ours can fill: 1024 segments. */
const CWND_MAX = 1024;

export interface PeerRules {
  /** Payload of a full segment, in bytes. */
  readonly mssBytes: number;
  readonly initialRtoNs: number;
  /** A segment never spans two writes. */
  readonly perWriteSegments: boolean;
}

/** RTO with a round-trip sample: that, and the least variance Linux allows for. */
export const baseRtoNs = (stream: PeerStream): number => stream.link.roundTripNs + RTO_MIN_NS;

/** Send what the windows allow. */
export function pump(stream: PeerStream, rules: PeerRules, nowNs: number): void {
  if (stream.state === "open")
    while (stream.inFlight < stream.cwndSegments && stream.sndNxt < stream.endSeq) {
      const lenBytes = nextLength(stream, rules);
      if (stream.sndNxt + lenBytes > stream.wndEnd) break;
      sendData(stream, lenBytes);
    }
  keepTimers(stream, nowNs);
}

/** An acknowledgement of ours has come. */
export function onAck(
  stream: PeerStream,
  segment: { readonly ack: number; readonly wndEnd: number; readonly hasHole: boolean },
  rules: PeerRules,
  nowNs: number,
): void {
  const isOpening = segment.wndEnd > stream.wndEnd;
  stream.wndEnd = Math.max(stream.wndEnd, segment.wndEnd);
  if (segment.ack > stream.sndUna) advance(stream, segment.ack, rules, nowNs);
  else if (segment.hasHole && stream.inFlight > 0) onDupAck(stream, rules);
  if (isOpening) {
    stream.probeNs = 0;
    stream.probe.clear();
  }
  pump(stream, rules, nowNs);
}

/** The retransmission timer has expired. Whether the peer gives the connection up. */
export function onRto(stream: PeerStream, rules: PeerRules, nowNs: number): boolean {
  if (stream.state === "syn-sent" || stream.state === "syn-received") {
    if (stream.synTries > SYN_RETRIES) return true;
    sendSyn(stream, rules, nowNs);
    return false;
  }
  if (stream.state !== "open" || stream.sndUna >= stream.sndMax) return false;
  stream.ssthreshSegments = Math.max(stream.inFlight >> 1, 2);
  stream.cwndSegments = 1;
  stream.recoverSeq = NO_SEQ;
  stream.dupAcks = 0;
  stream.inFlight = 0;
  stream.sndNxt = stream.sndUna;
  stream.rtoNs = Math.min(stream.rtoNs * 2, RTO_MAX_NS);
  // A window that closed behind data in flight must not stop its retransmission: the segment serves as a probe.
  sendData(stream, nextLength(stream, rules));
  stream.rto.set(nowNs + stream.rtoNs);
  return false;
}

/** The probe timer has expired. */
export function onProbe(stream: PeerStream, rules: PeerRules, nowNs: number): void {
  if (stream.state !== "open" || stream.inFlight > 0 || stream.sndNxt >= stream.endSeq) return;
  const roomBytes = stream.wndEnd - stream.sndNxt;
  if (roomBytes > 0) {
    sendData(stream, Math.min(roomBytes, nextLength(stream, rules)));
    stream.probeNs = 0;
    keepTimers(stream, nowNs);
    return;
  }
  stream.link.put(framed(stream, FRAME.probe));
  stream.probeNs = Math.min(stream.probeNs * 2, RTO_MAX_NS);
  stream.probe.set(nowNs + stream.probeNs);
}

/** Its SYN, or its SYN-ACK; and the timer that repeats it. */
export function sendSyn(stream: PeerStream, rules: PeerRules, nowNs: number): void {
  const kind = stream.state === "syn-sent" ? FRAME.syn : FRAME.synAck;
  stream.link.put(framed(stream, kind));
  stream.rtoNs =
    stream.synTries === 0 ? rules.initialRtoNs : Math.min(stream.rtoNs * 2, RTO_MAX_NS);
  stream.synTries++;
  stream.rto.set(nowNs + stream.rtoNs);
}

/** The handshake is done: data may flow. */
export function establish(stream: PeerStream, nowNs: number): void {
  stream.state = "open";
  stream.rto.clear();
  stream.rtoNs = baseRtoNs(stream);
  stream.isAckAsked = false;
  keepTimers(stream, nowNs);
}

/** A frame of the stream, with the acknowledgement that it carries along. */
export function framed(stream: PeerStream, kind: Frame["kind"]): Frame {
  const frame = new Frame(kind, stream.link.index, stream.id);
  frame.seq = stream.sndNxt;
  frame.ack = stream.ackable;
  stream.ackSent = stream.ackable;
  return frame;
}

/** A stream that has something to send is never without a timer. */
export function assertTimed(stream: PeerStream): void {
  if (stream.state !== "open") return;
  if (stream.inFlight > 0) assert(stream.rto.isOn, "what is unacknowledged is sent again");
  else if (stream.sndNxt < stream.endSeq) assert(stream.probe.isOn, "a closed window is probed");
}

function nextLength(stream: PeerStream, rules: PeerRules): number {
  const restBytes = stream.bytes.endSeq - stream.sndNxt;
  const lenBytes = Math.min(rules.mssBytes, Math.max(0, restBytes));
  const endSeq = rules.perWriteSegments ? writeEndAfter(stream, stream.sndNxt) : NO_SEQ;
  return endSeq === NO_SEQ ? lenBytes : Math.min(lenBytes, endSeq - stream.sndNxt);
}

/** End of the write that the byte at `seq` belongs to; NO_SEQ when writes are not kept apart. */
function writeEndAfter(stream: PeerStream, seq: number): number {
  const { writeEnds } = stream;
  // The cursor only moves on; what goes back (a retransmission) puts it back to the start.
  if (seq < stream.writeCursorSeq) stream.writeCursor = 0;
  stream.writeCursorSeq = seq;
  let endSeq = writeEnds.at(stream.writeCursor);
  while (endSeq !== undefined && endSeq <= seq) endSeq = writeEnds.at(++stream.writeCursor);
  return endSeq ?? NO_SEQ;
}

function sendData(stream: PeerStream, lenBytes: number): void {
  const frame = framed(stream, FRAME.data);
  frame.lenBytes = lenBytes;
  stream.sndNxt += lenBytes;
  frame.isFin = stream.finSeq !== NO_SEQ && stream.sndNxt === stream.finSeq;
  if (frame.isFin) stream.sndNxt++;
  frame.isPush = isWriteEnd(stream);
  stream.sndMax = Math.max(stream.sndMax, stream.sndNxt);
  stream.inFlight++;
  stream.link.put(frame);
}

function isWriteEnd(stream: PeerStream): boolean {
  if (stream.sndNxt >= stream.bytes.endSeq) return true;
  return writeEndAfter(stream, stream.sndNxt - 1) === stream.sndNxt;
}

function advance(stream: PeerStream, ack: number, rules: PeerRules, nowNs: number): void {
  const flightBytes = Math.max(1, stream.sndNxt - stream.sndUna);
  const restBytes = Math.max(0, stream.sndNxt - ack);
  const inFlight = Math.ceil((stream.inFlight * restBytes) / flightBytes);
  const acked = stream.inFlight - inFlight;
  stream.inFlight = inFlight;
  stream.sndUna = ack;
  stream.sndNxt = Math.max(stream.sndNxt, ack);
  stream.dupAcks = 0;
  while ((stream.writeEnds.first ?? Number.MAX_SAFE_INTEGER) <= ack) {
    stream.writeEnds.shift();
    stream.writeCursor = Math.max(0, stream.writeCursor - 1);
  }
  stream.rtoNs = baseRtoNs(stream);
  stream.rto.clear();
  if (stream.inFlight > 0) stream.rto.set(nowNs + stream.rtoNs);
  if (stream.recoverSeq === NO_SEQ) growWindow(stream, Math.max(1, acked));
  else if (ack >= stream.recoverSeq) stream.recoverSeq = NO_SEQ;
  else retransmitFirst(stream, rules);
}

function growWindow(stream: PeerStream, acked: number): void {
  if (stream.cwndSegments < stream.ssthreshSegments)
    stream.cwndSegments = Math.min(stream.cwndSegments + acked, CWND_MAX);
  else {
    stream.avoided += acked;
    if (stream.avoided < stream.cwndSegments) return;
    stream.avoided -= stream.cwndSegments;
    stream.cwndSegments = Math.min(stream.cwndSegments + 1, CWND_MAX);
  }
}

function onDupAck(stream: PeerStream, rules: PeerRules): void {
  stream.dupAcks++;
  if (stream.recoverSeq !== NO_SEQ || stream.dupAcks !== DUP_ACKS) return;
  stream.recoverSeq = stream.sndNxt;
  stream.ssthreshSegments = Math.max(stream.inFlight >> 1, 2);
  stream.cwndSegments = stream.ssthreshSegments;
  retransmitFirst(stream, rules);
}

/** Send the first hole again, out of turn. */
function retransmitFirst(stream: PeerStream, rules: PeerRules): void {
  const { sndNxt, inFlight } = stream;
  stream.sndNxt = stream.sndUna;
  sendData(stream, nextLength(stream, rules));
  stream.sndNxt = Math.max(sndNxt, stream.sndNxt);
  stream.inFlight = Math.max(1, inFlight);
}

function keepTimers(stream: PeerStream, nowNs: number): void {
  if (stream.inFlight > 0) {
    stream.probe.clear();
    if (!stream.rto.isOn) stream.rto.set(nowNs + stream.rtoNs);
    return;
  }
  if (stream.state !== "open" || stream.sndNxt >= stream.endSeq) {
    stream.probe.clear();
    return;
  }
  if (stream.probe.isOn) return;
  if (stream.probeNs === 0) stream.probeNs = baseRtoNs(stream);
  stream.probe.set(nowNs + stream.probeNs);
}
