// How a connection ends: by FIN from either side, by RST, by a timeout. Linux: tcp_close(), tcp_reset(), tcp_fin()
// (net/ipv4/tcp.c, tcp_input.c).
//
// Not modelled: TIME_WAIT (its 256 bytes for a minute), simultaneous close as a state of its own.

import { fromS } from "#base/units.ts";
import { RESOURCE_PROBE_NS } from "./net-era.ts";
import { NO_SEQ } from "./peer-stream.ts";
import type { Sock } from "./sock.ts";
import type { Tcp } from "./tcp-context.ts";
import { freeTx, pushPending, queueFin } from "./tcp-output.ts";
import { freeRx } from "./tcp-prune.ts";

/** tcp_fin_timeout: how long an orphan waits for the peer's FIN. */
const FIN_TIMEOUT_NS = fromS(60);

/** No more will be written: FIN follows the last byte. */
export function shutdownSend(tcp: Tcp, sock: Sock): void {
  if (sock.state !== "established" || sock.finSeq !== NO_SEQ) return;
  trySendFin(tcp, sock);
}

/** The owner lets go. With unread data the peer is reset, else the connection ends in order. */
export function closeSock(tcp: Tcp, sock: Sock): void {
  if (sock.isDead) return;
  sock.isDead = true;
  if (sock.state !== "established") {
    if (sock.state !== "closed") tcp.wires.emitReset(sock.wire);
    tcp.destroy(sock);
    return;
  }
  if (sock.availableBytes > 0) {
    tcp.context.snmp.tcpExt.TCPAbortOnData++;
    abort(tcp, sock);
    return;
  }
  if (sock.finSeq === NO_SEQ) trySendFin(tcp, sock);
  finishIfDone(tcp, sock);
}

/** Reset the connection, whatever is queued. */
export function abort(tcp: Tcp, sock: Sock): void {
  tcp.context.snmp.tcp.OutRsts++;
  // Without memory Linux sends no reset and the peer finds out later; the carrier must be told, or it would never know.
  tcp.wires.emitReset(sock.wire);
  tcp.destroy(sock);
}

/** Queue and send FIN; without memory for it, try again when the timer says so. */
export function trySendFin(tcp: Tcp, sock: Sock): void {
  if (queueFin(tcp, sock)) pushPending(tcp, sock);
  else if (!sock.rto.isOn) sock.rto.set(tcp.context.nowNs + RESOURCE_PROBE_NS);
}

/** An orphan whose FIN was acknowledged is done as soon as the peer is. */
export function finishIfDone(tcp: Tcp, sock: Sock): void {
  if (!sock.isDead || sock.state !== "established") return;
  if (sock.availableBytes > 0) {
    abort(tcp, sock);
    return;
  }
  const isFinAcked = sock.finSeq !== NO_SEQ && sock.sndUna > sock.finSeq;
  if (!isFinAcked) return;
  if (sock.isPeerDone) tcp.destroy(sock);
  else if (!sock.rto.isOn) sock.rto.set(tcp.context.nowNs + FIN_TIMEOUT_NS);
}

/** The peer never said FIN: the orphan goes without it. */
export function lingerOver(tcp: Tcp, sock: Sock): void {
  tcp.wires.emitReset(sock.wire);
  tcp.destroy(sock);
}

/** The peer reset the connection. What was received before can still be read. Linux: tcp_reset(). */
export function resetByPeer(tcp: Tcp, sock: Sock): void {
  if (sock.state === "syn-received") {
    tcp.destroy(sock);
    return;
  }
  tcp.context.snmp.tcp.EstabResets++;
  failSock(tcp, sock, sock.state === "syn-sent" ? "ECONNREFUSED" : "ECONNRESET");
}

/** The connection is over with an error; an orphan goes at once. */
export function failSock(tcp: Tcp, sock: Sock, errno: string): void {
  if (errno === "ETIMEDOUT") tcp.wires.emitReset(sock.wire);
  sock.state = "closed";
  sock.errno = errno;
  purgeSend(tcp, sock);
  sock.rto.clear();
  sock.delack.clear();
  tcp.wakeReaders(sock);
  tcp.wakeWriters(sock);
  if (sock.isDead) tcp.destroy(sock);
}

/** Free everything the socket holds; its struct is the caller's. */
export function purge(tcp: Tcp, sock: Sock): void {
  purgeSend(tcp, sock);
  for (const skb of sock.ofoQueue) freeRx(tcp, sock, skb);
  sock.ofoQueue = [];
  for (let skb = sock.receiveQueue.shift(); skb !== undefined; skb = sock.receiveQueue.shift())
    freeRx(tcp, sock, skb);
  sock.txFrags.drain();
  sock.rto.clear();
  sock.delack.clear();
  tcp.proto.reclaim(sock);
}

function purgeSend(tcp: Tcp, sock: Sock): void {
  for (const queue of [sock.writeQueue, sock.retransmitQueue])
    for (let skb = queue.shift(); skb !== undefined; skb = queue.shift()) freeTx(tcp, sock, skb);
}
