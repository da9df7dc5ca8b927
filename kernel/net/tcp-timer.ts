// TCP's timers. Linux: net/ipv4/tcp_timer.c.
//
// A socket with bytes in flight always has its retransmission timer armed. A retransmission takes memory that has no
// right to the reserve; without it the timer comes back in half a second and does not back off.
//
// Not modelled: keepalive (two hours), thin-stream back-off, user timeouts.

import { assert } from "#base/assert.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import type { Carried } from "./card-tap.ts";
import { TIMER_NS, TX_SKB_NS } from "./costs.ts";
import { RESOURCE_PROBE_NS, RTO_MAX_NS } from "./net-era.ts";
import { NO_SEQ } from "./peer-stream.ts";
import type { Sock } from "./sock.ts";
import { emitSegment, onDelack, sendControl } from "./tcp-ack.ts";
import { failSock, lingerOver, trySendFin } from "./tcp-close.ts";
import type { Tcp } from "./tcp-context.ts";
import { cloneIfLooped, emitData } from "./tcp-output.ts";
import { MAX_TCP_HEADER_BYTES, type TxSkb } from "./tx-skb.ts";

/** tcp_retries2, tcp_syn_retries, tcp_synack_retries: net/ipv4/tcp.c. */
const RETRIES_MAX = 15;
const SYN_RETRIES_MAX = 6;
const SYN_ACK_RETRIES_MAX = 5;

/** The retransmission timer has expired. */
export function onSockRto(tcp: Tcp, sock: Sock): void {
  tcp.context.costNs += TIMER_NS;
  switch (sock.state) {
    case "closed":
      break;
    case "syn-sent":
      repeatSyn(tcp, sock);
      break;
    case "syn-received":
      repeatSynAck(tcp, sock);
      break;
    case "established":
      onDataTimeout(tcp, sock);
      break;
  }
}

/** The delayed-ACK timer has expired. */
export function onSockDelack(tcp: Tcp, sock: Sock): void {
  tcp.context.costNs += TIMER_NS;
  onDelack(tcp, sock);
}

/** What must hold between any two events. */
export function assertSockTimed(sock: Sock): void {
  if (sock.state !== "established") return;
  assert(sock.retransmitQueue.length === 0 || sock.rto.isOn, "unacknowledged bytes have a timer");
  assert(
    sock.writeQueue.length === 0 || sock.retransmitQueue.length > 0,
    "unsent bytes wait for an acknowledgement of others",
  );
}

function repeatSyn(tcp: Tcp, sock: Sock): void {
  if (sock.retransmits >= SYN_RETRIES_MAX) {
    failSock(tcp, sock, "ETIMEDOUT");
    return;
  }
  tcp.context.snmp.tcpExt.TCPSynRetrans++;
  backOff(tcp, sock, sendControl(tcp, sock, "syn"));
}

function repeatSynAck(tcp: Tcp, sock: Sock): void {
  if (sock.retransmits >= SYN_ACK_RETRIES_MAX) {
    tcp.destroy(sock);
    return;
  }
  backOff(tcp, sock, sendControl(tcp, sock, "syn-ack"));
}

function onDataTimeout(tcp: Tcp, sock: Sock): void {
  if (sock.isDead && sock.finSeq === NO_SEQ) {
    trySendFin(tcp, sock);
    return;
  }
  if (sock.retransmitQueue.length === 0) {
    if (sock.isDead) lingerOver(tcp, sock);
    return;
  }
  if (sock.retransmits >= RETRIES_MAX) {
    failSock(tcp, sock, "ETIMEDOUT");
    return;
  }
  tcp.context.snmp.tcpExt.TCPTimeouts++;
  tcp.context.trace.event("net.rto", tcp.context.nowNs, sock.wire.id, sock.sndUna);
  sock.ssthreshSegments = Math.max(2, sock.cwndSegments >> 1);
  sock.cwndSegments = 1;
  backOff(tcp, sock, retransmitFirst(tcp, sock));
}

/** Send the first unacknowledged skb again; false without the memory for that. Linux: __tcp_retransmit_skb(). */
export function retransmitFirst(tcp: Tcp, sock: Sock): boolean {
  const { context } = tcp;
  const skb = sock.retransmitQueue.first;
  assert(skb !== undefined, "there is something to send again");
  if (!couldClone(tcp, skb.lenBytes > sock.mssBytes)) return false;
  context.costNs += TX_SKB_NS;
  context.snmp.tcp.RetransSegs++;
  const packet = { sock: sock.id, kind: "data", truesizeBytes: skb.truesizeBytes } as const;
  if (!tcp.neighbours.output(sock.wire.link, packet)) return true;
  // If it never left (it was dropped while its neighbour was looked for), this is its first time.
  if (skb.slices.length > 0 || (skb.isFin && !sock.isFinSent)) emitData(tcp, sock, skb);
  else {
    const carried = { skb: firstSegmentOf(sock, skb), slices: [] };
    emitSegment(tcp, sock, "again", { carried, looped: cloneIfLooped(tcp, sock, skb) });
  }
  return true;
}

/** Of a longer skb only that goes out again. */
function firstSegmentOf({ mssBytes }: Sock, { seq, lenBytes, isFin }: TxSkb): Carried["skb"] {
  const isLong = lenBytes > mssBytes;
  return { seq, lenBytes: isLong ? mssBytes : lenBytes, isFin: isFin && !isLong };
}

/**
 * An skb of one segment has its clone beside it where there are fclones (skb_clone()). A longer one is cut, for only one segment
 * goes out again: that takes another struct and another head.
 */
function couldClone({ memory, context }: Tcp, isLong: boolean): boolean {
  if (!isLong && context.era.hasFclones) return true;
  const structRef = memory.allocStruct(GFP_ATOMIC);
  if (structRef === null) return false;
  const head = isLong ? memory.kmallocHead(MAX_TCP_HEADER_BYTES, GFP_ATOMIC) : null;
  if (head !== null) memory.freeHead(head.ref);
  memory.freeStruct(structRef);
  return !isLong || head !== null;
}

/** Double the timeout after a try, or come back soon when there was no memory for one. */
function backOff(tcp: Tcp, sock: Sock, wasSent: boolean): void {
  const { nowNs, snmp } = tcp.context;
  if (!wasSent) {
    snmp.tcpExt.TCPRetransFail++;
    sock.rto.set(nowNs + RESOURCE_PROBE_NS);
    return;
  }
  sock.retransmits++;
  sock.rtoNs = Math.min(sock.rtoNs * 2, RTO_MAX_NS);
  sock.rto.set(nowNs + sock.rtoNs);
}
