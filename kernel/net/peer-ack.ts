// The peer's TCP as a receiver: when it acknowledges what we send.
//
// The carrier says when the peer's host took our bytes; no carrier shows its ACKs. They are made here: one latency later
// the peer has the bytes, answers at once when more than a segment is unacknowledged, else after 40 ms unless data of its
// own goes out before that. While a fault is open on either direction there is no ACK; after a cut our own retransmission
// asks for it again, after a hold it comes when the link is released.
//
// Not modelled: the peer's quick-ACK phase, its window (flow control is the carrier's: it takes bytes or does not).

import { FRAME } from "./frame.ts";
import { NEVER } from "./lazy-timer.ts";
import { DELACK_MIN_NS } from "./net-era.ts";
import { NO_SEQ, type PeerStream } from "./peer-stream.ts";
import { framed, type PeerRules, sendSyn } from "./peer-tcp.ts";

/** The peer's host took `countBytes` more of our bytes. */
export function onAccepted(stream: PeerStream, countBytes: number, nowNs: number): void {
  stream.acceptedBytes += countBytes;
  askAck(stream, nowNs);
}

/** A retransmission of ours, or a probe, has reached the peer: it acknowledges what it has. */
export function onAgain(stream: PeerStream, nowNs: number): void {
  stream.isAckAsked = true;
  stream.ackTimer.set(nowNs);
}

/** The link was released from a hold. */
export function onReleased(stream: PeerStream, nowNs: number): void {
  if (!stream.isAckHeld) return;
  stream.isAckHeld = false;
  onAgain(stream, nowNs);
}

/** Our FIN follows our last byte. */
export function onOurFin(stream: PeerStream, finSeq: number, nowNs: number): void {
  stream.ourFinSeq = finSeq;
  stream.isAckAsked = true;
  askAck(stream, nowNs);
}

/** The peer's ACK timer has expired. */
export function onAckTimer(stream: PeerStream, rules: PeerRules, nowNs: number): void {
  const { inbound, outbound } = stream.link;
  // What does not reach the peer it does not acknowledge. Cut on the way back only, its ACK is sent, and lost as any frame.
  if (outbound.cut || outbound.held || inbound.held) {
    stream.isAckHeld = inbound.held || outbound.held;
    return;
  }
  if (stream.state === "open") answerOpen(stream, rules, nowNs);
  else if (stream.state === "listening" && stream.isHostConnected) {
    stream.state = "syn-received";
    sendSyn(stream, rules, nowNs);
  }
}

function answerOpen(stream: PeerStream, rules: PeerRules, nowNs: number): void {
  stream.ackable = stream.acceptedBytes;
  if (stream.ourFinSeq !== NO_SEQ && stream.acceptedBytes >= stream.ourFinSeq) stream.ackable++;
  const unackedBytes = stream.ackable - stream.ackSent;
  const isDue = nowNs >= stream.ackDelayedUntilNs;
  if (stream.isAckAsked || unackedBytes > rules.mssBytes || (isDue && unackedBytes > 0)) {
    stream.link.put(framed(stream, FRAME.ack));
    stream.isAckAsked = false;
    stream.ackDelayedUntilNs = NEVER;
  } else if (unackedBytes > 0) {
    // More bytes in the meantime do not put the ACK off: the first ones wait 40 ms at most.
    if (stream.ackDelayedUntilNs === NEVER) stream.ackDelayedUntilNs = nowNs + DELACK_MIN_NS;
    stream.ackTimer.set(stream.ackDelayedUntilNs);
  } else stream.ackDelayedUntilNs = NEVER;
}

/** Look at it as soon as the bytes are there. */
function askAck(stream: PeerStream, nowNs: number): void {
  const atNs = nowNs + stream.link.outbound.latencyNs;
  if (!stream.ackTimer.isOn || stream.ackTimer.dueNs > atNs) stream.ackTimer.set(atNs);
}
