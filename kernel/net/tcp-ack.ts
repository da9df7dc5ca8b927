// Acknowledging: when, and that it takes memory. Linux 6.1: tcp_send_ack(), tcp_send_delayed_ack() (tcp_output.c),
// __tcp_ack_snd_check(), tcp_event_data_recv() (tcp_input.c), tcp_cleanup_rbuf() (tcp.c).
//
// An ACK is an skb like any other. Without memory for it the peer hears nothing, sends again, and its duplicate costs a
// receive buffer: a machine that cannot say "I have it" receives everything twice.
//
// Not modelled: ACK compression of SACK streams, ECN.

import { __GFP_MEMALLOC, __GFP_NOWARN, GFP_ATOMIC, type Gfp } from "../mm/gfp.ts";
import type { Carried } from "./card-tap.ts";
import { TX_ACK_NS } from "./costs.ts";
import { isLooped } from "./frame.ts";
import type { OutKind } from "./link.ts";
import type { ControlKind } from "./loopback.ts";
import { CONTROL_TRUESIZE_BYTES } from "./neighbour.ts";
import { DELACK_MAX_NS, DELACK_MIN_NS, QUICKACKS_MAX, RTO_MAX_NS } from "./net-era.ts";
import type { Skb } from "./skb.ts";
import type { Sock } from "./sock.ts";
import type { Tcp } from "./tcp-context.ts";
import { advertise, advMssBytes, growWindow, receiveWindow, windowToOffer } from "./tcp-window.ts";
import { MAX_TCP_HEADER_BYTES } from "./tx-skb.ts";

/** TCP_MSS_DEFAULT: shorter segments than this are taken for the end of a write. */
const MSS_DEFAULT_BYTES = 536;
/** Shorter segments tell nothing about the peer's segment size. */
const GROW_LEN_MIN_BYTES = 128;

/** Mask for packets that TCP makes in softirqs. Linux: sk_gfp_mask(). */
export const atomicMask = (sock: Sock): Gfp =>
  GFP_ATOMIC | __GFP_NOWARN | (sock.allocation & __GFP_MEMALLOC);

/** Send an ACK now, or, without memory for it, later. */
export function sendAck(tcp: Tcp, sock: Sock): void {
  if (sock.state === "closed") return;
  if (sendControl(tcp, sock, "ack")) return;
  const delayNs = DELACK_MAX_NS * (1 << sock.ackRetries);
  if (delayNs < RTO_MAX_NS) sock.ackRetries++;
  sock.isAckScheduled = true;
  sock.atoNs = DELACK_MIN_NS;
  sock.delack.set(tcp.context.nowNs + Math.min(delayNs, RTO_MAX_NS));
}

/** Send a segment without data; false when there is no memory for it. */
export function sendControl(tcp: Tcp, sock: Sock, kind: ControlKind): boolean {
  const { memory, context, wires } = tcp;
  const mask = atomicMask(sock);
  if (isLooped(sock.wire.id)) {
    const skb = wires.loopback.control(sock.wire, kind, mask);
    if (skb === null) return false;
    context.costNs += TX_ACK_NS;
    emitSegment(tcp, sock, kind, { carried: null, looped: skb });
    return true;
  }
  const structRef = memory.allocStruct(mask);
  if (structRef === null) return false;
  const head = memory.kmallocHead(MAX_TCP_HEADER_BYTES, mask);
  if (head !== null) memory.freeHead(head.ref);
  memory.freeStruct(structRef);
  if (head === null) return false;
  context.costNs += TX_ACK_NS;
  const packet = { sock: sock.id, kind, truesizeBytes: CONTROL_TRUESIZE_BYTES };
  if (tcp.neighbours.output(sock.wire.link, packet)) emitSegment(tcp, sock, kind);
  return true;
}

/** What is in a segment. */
interface Content {
  readonly carried: Carried | null;
  /** Its skb, where that goes to the other end; null: the card is done with it. */
  readonly looped: Skb | null;
}
const NOTHING: Content = { carried: null, looped: null };

/** The segment is on the wire: it carries our acknowledgement and window. */
export function emitSegment(
  tcp: Tcp,
  sock: Sock,
  kind: OutKind,
  { carried, looped }: Content = NOTHING,
): void {
  const { context, wires } = tcp;
  // The window of a handshake is the one it began with, not scaled.
  const isOpen = sock.state === "established";
  const wndEnd = isOpen ? advertise(tcp, sock) : sock.rcvNxt + sock.rcvWndBytes;
  context.snmp.tcp.OutSegs++;
  context.snmp.dev.tx_packets++;
  context.trace.event("net.ack", context.nowNs, sock.wire.id, sock.rcvNxt);
  const { sndNxt: seq, rcvNxt: ack } = sock;
  const fields = { seq, ack, wndEnd, hasHole: sock.ofoQueue.length > 0, carried };
  wires.segment(sock.wire, kind, fields, looped);
  if (sock.quickAcks > 0) sock.quickAcks--;
  sock.isAckScheduled = false;
  sock.isAckNow = false;
  sock.isAckPushed = false;
  sock.isAckPushed2 = false;
  sock.ackRetries = 0;
  sock.delack.clear();
}

/** Data was taken in: an ACK is due some time, and the window may grow. Linux: tcp_event_data_recv(). */
export function noteReceived(tcp: Tcp, sock: Sock, skb: Skb): void {
  sock.isAckScheduled = true;
  measureMss(sock, skb);
  const { nowNs } = tcp.context;
  const gapNs = nowNs - sock.lastReceivedNs;
  if (sock.atoNs === 0) {
    quickAckMode(sock);
    sock.atoNs = DELACK_MIN_NS;
  } else if (gapNs <= DELACK_MIN_NS / 2)
    sock.atoNs = Math.floor(sock.atoNs / 2) + DELACK_MIN_NS / 2;
  else if (gapNs < sock.atoNs)
    sock.atoNs = Math.min(Math.floor(sock.atoNs / 2) + gapNs, sock.rtoNs);
  else if (gapNs > sock.rtoNs) quickAckMode(sock);
  sock.lastReceivedNs = nowNs;
  if (skb.lenBytes >= GROW_LEN_MIN_BYTES) growWindow(tcp, sock, skb);
}

/** The next segments are acknowledged one by one: the peer may be in slow start. Linux: tcp_incr_quickack(). */
export function quickAckMode(sock: Sock): void {
  const segments = Math.max(2, Math.floor(sock.rcvWndBytes / (2 * sock.rcvMssBytes)));
  sock.quickAcks = Math.max(sock.quickAcks, Math.min(segments, QUICKACKS_MAX));
}

/** After each segment: acknowledge now, or arm the timer. Linux: tcp_ack_snd_check(). */
export function checkAck(tcp: Tcp, sock: Sock): void {
  if (!sock.isAckScheduled && !sock.isAckNow) return;
  const isFullFrame = sock.rcvNxt - sock.rcvWupSeq > sock.rcvMssBytes;
  const movesOn = isFullFrame && windowToOffer(tcp, sock) >= sock.rcvWndBytes;
  const isQuick = sock.quickAcks > 0 && !sock.isPingpong;
  if (movesOn || isQuick || sock.isAckNow || sock.ofoQueue.length > 0) sendAck(tcp, sock);
  else delayAck(tcp, sock);
}

/** The delayed-ACK timer has expired. */
export function onDelack(tcp: Tcp, sock: Sock): void {
  if (!sock.isAckScheduled || sock.state === "closed") return;
  sock.atoNs = sock.isPingpong ? DELACK_MIN_NS : Math.min(sock.atoNs * 2, sock.rtoNs);
  sock.isPingpong = false;
  tcp.context.snmp.tcpExt.DelayedACKs++;
  sendAck(tcp, sock);
}

/** Something was read: acknowledge what waited for that, or tell that the window is open again. */
export function ackAfterRead(tcp: Tcp, sock: Sock, copiedBytes: number): void {
  if (sock.state !== "established") return;
  if (isAckDueAfterRead(sock, copiedBytes) || opensWindow(tcp, sock, copiedBytes))
    sendAck(tcp, sock);
}

function isAckDueAfterRead(sock: Sock, copiedBytes: number): boolean {
  if (!sock.isAckScheduled) return false;
  if (sock.rcvNxt - sock.rcvWupSeq > sock.rcvMssBytes) return true;
  const isPushed = sock.isAckPushed2 || (sock.isAckPushed && !sock.isPingpong);
  return copiedBytes > 0 && isPushed && sock.rmemAllocBytes === 0;
}

/** The window is told when it is at least twice what the peer knows of. */
function opensWindow(tcp: Tcp, sock: Sock, copiedBytes: number): boolean {
  if (copiedBytes === 0 || sock.isPeerDone) return false;
  const leftBytes = receiveWindow(sock);
  if (2 * leftBytes > sock.windowClampBytes) return false;
  const offerBytes = windowToOffer(tcp, sock);
  return offerBytes > 0 && offerBytes >= 2 * leftBytes;
}

function delayAck(tcp: Tcp, sock: Sock): void {
  const { nowNs } = tcp.context;
  const delayNs = Math.min(Math.max(sock.atoNs, DELACK_MIN_NS), DELACK_MAX_NS);
  let dueNs = nowNs + delayNs;
  if (sock.delack.isOn) {
    if (sock.delack.dueNs <= nowNs + (delayNs >> 2)) {
      sendAck(tcp, sock);
      return;
    }
    dueNs = Math.min(dueNs, sock.delack.dueNs);
  }
  sock.isAckScheduled = true;
  sock.delack.set(dueNs);
}

/** Linux: tcp_measure_rcv_mss(). */
function measureMss(sock: Sock, skb: Skb): void {
  const lenBytes = skb.segments > 1 ? skb.frame.lenBytes : skb.lenBytes;
  if (lenBytes >= sock.rcvMssBytes) {
    sock.rcvMssBytes = Math.min(lenBytes, advMssBytes(sock));
    if (skb.isPush) sock.isAckPushed = true;
    return;
  }
  if (lenBytes >= MSS_DEFAULT_BYTES && !skb.isPush) sock.rcvMssBytes = lenBytes;
  if (sock.isAckPushed) sock.isAckPushed2 = true;
  sock.isAckPushed = true;
}
