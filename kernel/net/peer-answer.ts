// What the peer's TCP does with a segment of ours. Linux: tcp_rcv_state_process(), net/ipv4/tcp_input.c.

import { FRAME } from "./frame.ts";
import type { OutSegment } from "./link.ts";
import { onAgain } from "./peer-ack.ts";
import type { PeerStream } from "./peer-stream.ts";
import { establish, framed, onAck, type PeerRules, sendSyn } from "./peer-tcp.ts";

/** `segment` has reached the peer; it knows the connection. */
export function answerSegment(
  stream: PeerStream,
  segment: OutSegment,
  rules: PeerRules,
  nowNs: number,
): void {
  if (segment.kind === "syn") answerSyn(stream, rules, nowNs);
  else if (segment.kind === "syn-ack") answerSynAck(stream, segment, rules, nowNs);
  else {
    if (stream.state === "listening") return;
    if (stream.state !== "open") establish(stream, nowNs);
    onAck(stream, segment, rules, nowNs);
    if (segment.kind !== "ack") onAgain(stream, nowNs);
  }
}

/** Our first SYN waits for the host's answer; a repeated one is answered again. */
function answerSyn(stream: PeerStream, rules: PeerRules, nowNs: number): void {
  if (!stream.isHostConnected) return;
  if (stream.state === "listening") stream.state = "syn-received";
  if (stream.state === "syn-received") sendSyn(stream, rules, nowNs);
  else stream.link.put(framed(stream, FRAME.ack));
}

function answerSynAck(
  stream: PeerStream,
  segment: OutSegment,
  rules: PeerRules,
  nowNs: number,
): void {
  if (stream.state === "syn-sent") establish(stream, nowNs);
  const before = stream.sndNxt;
  onAck(stream, segment, rules, nowNs);
  // The handshake's last ACK rides on data if there is any.
  if (stream.sndNxt === before) stream.link.put(framed(stream, FRAME.ack));
}
