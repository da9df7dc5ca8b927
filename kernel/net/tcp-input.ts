// A segment for an established connection. Linux 6.1: tcp_rcv_established(), tcp_data_queue(), tcp_data_queue_ofo(),
// tcp_try_rmem_schedule() (net/ipv4/tcp_input.c).
//
// Not modelled: header prediction (a faster way to the same result, but that data in window is not measured against the
// buffer as often), urgent data, PAWS, challenge ACKs.

import { tryCoalesce } from "./coalesce.ts";
import type { DropReason } from "./drop-reason.ts";
import { FRAME } from "./frame.ts";
import type { Skb } from "./skb.ts";
import type { Sock } from "./sock.ts";
import { checkAck, noteReceived, quickAckMode, sendAck } from "./tcp-ack.ts";
import { finishIfDone, resetByPeer } from "./tcp-close.ts";
import type { Tcp } from "./tcp-context.ts";
import { onAcked, pushPending } from "./tcp-output.ts";
import { freeRx, ownRx, pruneOfo, pruneQueue } from "./tcp-prune.ts";
import { retransmitFirst } from "./tcp-timer.ts";
import { growWindow, receiveWindow } from "./tcp-window.ts";

/** Take in a segment of an established connection; the skb is gone afterwards. */
export function receiveEstablished(tcp: Tcp, sock: Sock, skb: Skb): void {
  const { frame } = skb;
  if (frame.kind === FRAME.rst) {
    tcp.memory.free(skb);
    resetByPeer(tcp, sock);
    return;
  }
  onAcked(tcp, sock, frame.ack);
  if (frame.wndEnd >= 0) onWindow(tcp, sock, frame.wndEnd);
  if (frame.kind === FRAME.data) queueData(tcp, sock, skb);
  else {
    tcp.memory.free(skb);
    // Whoever answers is there, however little it takes: a closed window is probed for ever.
    if (frame.kind === FRAME.ack) sock.retransmits = 0;
    // A probe, or a SYN-ACK that came again because our ACK was lost: tell where we are.
    else sendAck(tcp, sock);
  }
  pushPending(tcp, sock);
  checkAck(tcp, sock);
  finishIfDone(tcp, sock);
}

/** The other end's window, which is known where that is a socket of this machine. Opened again: what did not fit goes now. */
function onWindow(tcp: Tcp, sock: Sock, wndEnd: number): void {
  const peer = tcp.wires.loopback.twinOf(sock.wire);
  if (peer === null || wndEnd <= peer.wndEnd) return;
  const wasClosed = (sock.retransmitQueue.first?.endSeq ?? 0) > peer.wndEnd;
  peer.wndEnd = wndEnd;
  if (wasClosed) retransmitFirst(tcp, sock);
}

/** Linux: tcp_data_queue(). */
function queueData(tcp: Tcp, sock: Sock, skb: Skb): void {
  if (skb.segments === 1) {
    const { frame } = skb;
    skb.seq = frame.seq;
    skb.endSeq = frame.seq + frame.lenBytes + (frame.isFin ? 1 : 0);
    skb.isFin = frame.isFin;
    skb.isPush = frame.isPush;
  }
  if (skb.endSeq <= sock.rcvNxt) {
    tcp.context.snmp.tcpExt.DelayedACKLost++;
    outOfWindow(tcp, sock, skb, "tcp-old-data");
  } else if (skb.seq > sock.rcvNxt) queueBehindHole(tcp, sock, skb);
  else if (receiveWindow(sock) === 0 && skb.lenBytes > 0) {
    tcp.context.snmp.tcpExt.TCPZeroWindowDrop++;
    outOfWindow(tcp, sock, skb, "tcp-zerowindow");
  } else queueInOrder(tcp, sock, skb);
}

function queueInOrder(tcp: Tcp, sock: Sock, skb: Skb): void {
  if (sock.receiveQueue.length === 0 && passesWhenEmpty(tcp))
    tcp.proto.force(sock, skb.truesizeBytes);
  else if (!tryRmemSchedule(tcp, sock, skb)) {
    tcp.context.snmp.tcpExt.TCPRcvQDrop++;
    // Whoever can read should: that is what makes room.
    tcp.wakeReaders(sock);
    drop(tcp, skb, "proto-mem");
    return;
  }
  const { isFin } = skb;
  noteReceived(tcp, sock, skb);
  append(tcp, sock, skb);
  if (isFin) sock.isPeerDone = true;
  if (sock.ofoQueue.length > 0) {
    takeFromOfo(tcp, sock);
    if (sock.ofoQueue.length === 0) sock.isAckNow = true;
  }
  tcp.wakeReaders(sock);
}

/** Behind what is there already, in the last skb if it fits. Linux: tcp_queue_rcv(). */
function append(tcp: Tcp, sock: Sock, skb: Skb): void {
  const { endSeq } = skb;
  const last = sock.receiveQueue.last;
  const isEaten = last !== undefined && coalesceRx(tcp, sock, last, skb);
  sock.rcvNxt = endSeq;
  if (isEaten) return;
  sock.receiveQueue.push(skb);
  ownRx(sock, skb);
}

/** Whether `from` went into `to`, the queue's neighbour before it; then it is charged, and gone. */
function coalesceRx(tcp: Tcp, sock: Sock, to: Skb, from: Skb): boolean {
  if (!tcp.context.era.coalesces || from.seq !== to.endSeq || to.isFin) return false;
  const { endSeq, isFin } = from;
  const deltaBytes = tryCoalesce(tcp.memory, to, from);
  if (deltaBytes === null) return false;
  to.endSeq = endSeq;
  to.isFin = isFin;
  sock.rmemAllocBytes += deltaBytes;
  sock.forwardAllocBytes -= deltaBytes;
  tcp.context.snmp.tcpExt.TCPRcvCoalesce++;
  return true;
}

function queueBehindHole(tcp: Tcp, sock: Sock, skb: Skb): void {
  if (skb.seq >= sock.rcvNxt + receiveWindow(sock)) {
    outOfWindow(tcp, sock, skb, "tcp-overwindow");
    return;
  }
  if (!tryRmemSchedule(tcp, sock, skb)) {
    tcp.context.snmp.tcpExt.TCPOFODrop++;
    tcp.wakeReaders(sock);
    drop(tcp, skb, "proto-mem");
    return;
  }
  sock.isAckScheduled = true;
  tcp.context.snmp.tcpExt.TCPOFOQueue++;
  insertOfo(tcp, sock, skb);
}

/** Linux: tcp_data_queue_ofo(). Mostly at the end; else where it belongs, without what it covers. */
function insertOfo(tcp: Tcp, sock: Sock, skb: Skb): void {
  const queue = sock.ofoQueue;
  let at = queue.length;
  while (at > 0 && (queue[at - 1]?.seq ?? 0) > skb.seq) at--;
  const before = queue[at - 1];
  if (before !== undefined && before.endSeq >= skb.endSeq) {
    tcp.context.snmp.tcpExt.TCPOFOMerge++;
    drop(tcp, skb, "tcp-ofomerge");
    return;
  }
  if (before !== undefined && skb.seq === before.endSeq) {
    growWindow(tcp, sock, skb);
    if (coalesceRx(tcp, sock, before, skb)) return;
  }
  queue.splice(at, 0, skb);
  ownRx(sock, skb);
  growWindow(tcp, sock, skb);
  for (
    let next = queue[at + 1];
    next !== undefined && next.endSeq <= skb.endSeq;
    next = queue[at + 1]
  ) {
    queue.splice(at + 1, 1);
    tcp.context.snmp.tcpExt.TCPOFOMerge++;
    tcp.context.countDropOf(next.frame, "tcp-ofomerge", next.lenBytes);
    freeRx(tcp, sock, next);
  }
}

/** A hole was filled: what waited behind it moves up. Linux: tcp_ofo_queue(). */
function takeFromOfo(tcp: Tcp, sock: Sock): void {
  const queue = sock.ofoQueue;
  let taken = 0;
  for (const skb of queue) {
    if (skb.seq > sock.rcvNxt) break;
    taken++;
    const { endSeq, isFin } = skb;
    if (endSeq <= sock.rcvNxt) {
      freeRx(tcp, sock, skb);
      continue;
    }
    // It is on the account already: what coalescing charges again comes off first.
    sock.rmemAllocBytes -= skb.truesizeBytes;
    sock.forwardAllocBytes += skb.truesizeBytes;
    append(tcp, sock, skb);
    sock.rcvNxt = endSeq;
    if (isFin) sock.isPeerDone = true;
  }
  queue.splice(0, taken);
  tcp.proto.reclaim(sock);
}

/** Whether the global limit's policy lets the first skb of an empty queue pass. */
export function passesWhenEmpty(tcp: Tcp): boolean {
  const view = { pfmemalloc: false, memallocSocket: false, receiveQueueEmpty: true };
  return tcp.context.limits.mayPassLimit(view);
}

/** Room for the skb in the socket's buffer and in the protocol's. Linux: tcp_try_rmem_schedule(). */
export function tryRmemSchedule(tcp: Tcp, sock: Sock, skb: Skb): boolean {
  if (sock.rmemAllocBytes <= sock.rcvbufBytes && rmemSchedule(tcp, sock, skb)) return true;
  if (!pruneQueue(tcp, sock)) return false;
  while (!rmemSchedule(tcp, sock, skb)) if (!pruneOfo(tcp, sock)) return false;
  return true;
}

function rmemSchedule(tcp: Tcp, sock: Sock, skb: Skb): boolean {
  const { proto, context } = tcp;
  const pressures = proto.pressures;
  const fits = proto.scheduleReceive(sock, skb.truesizeBytes);
  context.snmp.tcpExt.TCPMemoryPressures += proto.pressures - pressures;
  if (fits) return true;
  const receiveQueueEmpty = sock.receiveQueue.length === 0;
  const view = { pfmemalloc: skb.pfmemalloc, memallocSocket: sock.memalloc, receiveQueueEmpty };
  if (!context.limits.mayPassLimit(view)) return false;
  proto.force(sock, skb.truesizeBytes);
  return true;
}

/** Old or unwanted data: say at once what we have. */
function outOfWindow(tcp: Tcp, sock: Sock, skb: Skb, reason: DropReason): void {
  quickAckMode(sock);
  sock.isPingpong = false;
  sock.isAckScheduled = true;
  drop(tcp, skb, reason);
}

function drop(tcp: Tcp, skb: Skb, reason: DropReason): void {
  tcp.context.countDropOf(skb.frame, reason, skb.lenBytes);
  tcp.memory.free(skb);
}
