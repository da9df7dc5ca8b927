// Sending data: what a writer's bytes cost until the peer has acknowledged them. Linux 6.1: tcp_sendmsg_locked()
// (net/ipv4/tcp.c), tcp_write_xmit() (tcp_output.c), tcp_clean_rtx_queue() (tcp_input.c).
//
// Bytes are copied into page fragments behind an fclone skb; both live until an acknowledgement that covers them was taken
// in, which takes a receive descriptor and memory on the way.
//
// Not modelled: Nagle (every writer here sets TCP_NODELAY), TCP small queues and pacing (an skb goes out whole as soon as
// the congestion window is open at all), the window of a peer over a card (its host takes bytes or does not), tail loss probe, SACK.

import { assert } from "#base/assert.ts";
import { TX_SKB_NS } from "./costs.ts";
import { isLooped } from "./frame.ts";
import { RTO_MIN_NS } from "./net-era.ts";
import { NO_SEQ } from "./peer-stream.ts";
import { moderateSndbuf } from "./proto-memory.ts";
import { MAX_SKB_FRAGS, type Skb } from "./skb.ts";
import type { Sock } from "./sock.ts";
import { atomicMask, emitSegment } from "./tcp-ack.ts";
import type { Tcp } from "./tcp-context.ts";
import { MAX_TCP_HEADER_BYTES, TX_HEAD_TRUESIZE_BYTES, type TxSkb } from "./tx-skb.ts";

/** What a writer was given, and what it lacked for the rest. */
export interface SendResult {
  takenBytes: number;
  lack: null | "sndbuf" | "memory" | "closed";
}

/** Beyond this in flight a peer's window is closed: the carriers' hosts take no more for us to follow. */
const PEER_WINDOW_BYTES = 1024 * 1024;
const CWND_MAX = 1024;

/** Take as many of the bytes as buffer and memory allow; never sleeps. */
export function sendBytes(
  tcp: Tcp,
  sock: Sock,
  slices: readonly Uint8Array[],
  result: SendResult,
): void {
  result.takenBytes = 0;
  result.lack = null;
  if (sock.state === "closed" || sock.finSeq !== NO_SEQ) result.lack = "closed";
  else if (sock.state !== "established") result.lack = "sndbuf";
  else for (const slice of slices) if (!queueSlice(tcp, sock, slice, result)) break;
  noteLack(sock, result);
  if (sock.state === "established") pushPending(tcp, sock);
}

/** RTO with a round-trip sample. */
export const baseSockRtoNs = (sock: Sock): number => sock.wire.link.roundTripNs + RTO_MIN_NS;

/** Send what is queued as far as the congestion window allows. Linux: tcp_write_xmit(). */
export function pushPending(tcp: Tcp, sock: Sock): void {
  const windowBytes = Math.min(sock.cwndSegments * sock.mssBytes, PEER_WINDOW_BYTES);
  const windowEnd = tcp.wires.peerWindowEnd(sock.wire);
  for (let skb = sock.writeQueue.first; skb !== undefined; skb = sock.writeQueue.first) {
    if (sock.sndNxt - sock.sndUna >= windowBytes) break;
    // The first that does not fit goes all the same, and again until it does: so a closed window is asked after.
    if (skb.endSeq > windowEnd && sock.retransmitQueue.length > 0) break;
    transmit(tcp, sock, skb);
  }
}

/** The peer has everything before `ack`. */
export function onAcked(tcp: Tcp, sock: Sock, ack: number): void {
  if (ack <= sock.sndUna || ack > sock.sndNxt) return;
  sock.retransmits = 0;
  tcp.neighbours.confirm(sock.wire.link);
  const segments = Math.ceil((ack - sock.sndUna) / sock.mssBytes);
  sock.sndUna = ack;
  for (let skb = sock.retransmitQueue.first; skb !== undefined; skb = sock.retransmitQueue.first) {
    if (skb.endSeq > ack) break;
    sock.retransmitQueue.shift();
    freeTx(tcp, sock, skb);
  }
  growCwnd(sock, segments);
  sock.rtoNs = baseSockRtoNs(sock);
  if (sock.retransmitQueue.length > 0) sock.rto.set(tcp.context.nowNs + sock.rtoNs);
  else sock.rto.clear();
  checkSpace(tcp, sock);
}

/** Free a sent or queued skb. */
export function freeTx(tcp: Tcp, sock: Sock, skb: TxSkb): void {
  for (const block of skb.blocks) tcp.memory.blocks.put(block);
  tcp.memory.freeHead(skb.headRef);
  tcp.memory.freeFclone(skb.structRef);
  sock.wmemQueuedBytes -= skb.truesizeBytes;
  tcp.proto.uncharge(sock, skb.truesizeBytes);
}

/** Queue our FIN: on the last unsent skb, or on one of its own; false when there is no memory for it. */
export function queueFin(tcp: Tcp, sock: Sock): boolean {
  const tail = sock.writeQueue.last;
  if (tail !== undefined) {
    tail.isFin = true;
    tail.endSeq++;
  } else {
    const skb = newTxSkb(tcp, sock, { gfp: atomicMask(sock), isForced: true });
    if (skb === null) return false;
    skb.isFin = true;
    skb.endSeq++;
    sock.writeQueue.push(skb);
  }
  sock.finSeq = sock.writeSeq++;
  return true;
}

/** Tell a waiting writer when a third of the buffer is free. Linux: sk_stream_write_space(). */
export function checkSpace(tcp: Tcp, sock: Sock): void {
  if (!sock.hasNoSpace) return;
  expandSndbuf(tcp, sock);
  if (sock.sndbufBytes - sock.wmemQueuedBytes < sock.wmemQueuedBytes >> 1) return;
  sock.hasNoSpace = false;
  tcp.wakeWriters(sock);
}

/** Twice what the congestion window holds, in skbs of their full cost. Linux: tcp_sndbuf_expand(). */
export function expandSndbuf(tcp: Tcp, sock: Sock): void {
  const { proto, context } = tcp;
  if (proto.isUnderPressure || proto.allocatedPages >= proto.limitPages[0]) return;
  // 2.6.12 doubles too, but begins with three segments and not with ten.
  const segments = Math.max(context.era.initialCwndSegments, sock.cwndSegments);
  const perSegmentBytes = 4096 + 256;
  const wantedBytes = 2 * segments * perSegmentBytes;
  sock.sndbufBytes = Math.max(sock.sndbufBytes, Math.min(wantedBytes, tcp.wmemBytes[2]));
}

/** Who waits for room or memory is told when an acknowledgement frees some. */
function noteLack(sock: Sock, { lack }: SendResult): void {
  if (lack === "sndbuf" || lack === "memory") sock.hasNoSpace = true;
}

function queueSlice(tcp: Tcp, sock: Sock, slice: Uint8Array, result: SendResult): boolean {
  let at = 0;
  while (at < slice.length) {
    const skb = tailWithRoom(tcp, sock, result);
    if (skb === null) return false;
    const room = goalBytesOf(tcp, sock) - skb.lenBytes;
    const lenBytes = copyIn(tcp, sock, skb, Math.min(room, slice.length - at));
    if (lenBytes === 0) {
      dropEmptyTail(tcp, sock, skb);
      result.lack = sock.wmemQueuedBytes < sock.sndbufBytes ? "memory" : "sndbuf";
      return false;
    }
    skb.slices.push(slice.subarray(at, at + lenBytes));
    at += lenBytes;
    result.takenBytes += lenBytes;
  }
  return true;
}

/** Linux: tcp_xmit_size_goal(). A segment of the loopback device is as long as an skb may be. */
const goalBytesOf = ({ context }: Tcp, { wire, mssBytes }: Sock): number =>
  isLooped(wire.id) ? mssBytes : context.era.segmentsPerTxSkb * mssBytes;

/** The unsent skb that takes more bytes; a new one if the socket may have it. */
function tailWithRoom(tcp: Tcp, sock: Sock, result: SendResult): TxSkb | null {
  const tail = sock.writeQueue.last;
  const goalBytes = goalBytesOf(tcp, sock);
  if (tail !== undefined && tail.lenBytes < goalBytes && tail.blocks.length < MAX_SKB_FRAGS)
    return tail;
  if (sock.wmemQueuedBytes >= sock.sndbufBytes) {
    result.lack = "sndbuf";
    return null;
  }
  const isForced = sock.isAllAcked;
  const skb = newTxSkb(tcp, sock, { gfp: sock.allocation, isForced });
  if (skb === null) result.lack = "memory";
  else sock.writeQueue.push(skb);
  return skb;
}

/** Linux: tcp_stream_alloc_skb(). */
function newTxSkb(
  tcp: Tcp,
  sock: Sock,
  how: { readonly gfp: number; readonly isForced: boolean },
): TxSkb | null {
  const { memory, proto } = tcp;
  const structRef = memory.allocFclone(how.gfp);
  const head = structRef === null ? null : memory.kmallocHead(MAX_TCP_HEADER_BYTES, how.gfp);
  if (structRef === null || head === null) {
    if (structRef !== null) memory.freeFclone(structRef);
    lackMemory(tcp, sock);
    return null;
  }
  const truesizeBytes = TX_HEAD_TRUESIZE_BYTES;
  if (how.isForced) proto.force(sock, truesizeBytes);
  else if (!proto.scheduleSend(sock, truesizeBytes)) {
    memory.freeHead(head.ref);
    memory.freeFclone(structRef);
    return null;
  }
  sock.wmemQueuedBytes += truesizeBytes;
  sock.forwardAllocBytes -= truesizeBytes;
  const seq = sock.writeSeq;
  return {
    structRef,
    headRef: head.ref,
    pfmemalloc: head.pfmemalloc,
    blocks: [],
    slices: [],
    seq,
    endSeq: seq,
    lenBytes: 0,
    truesizeBytes,
    isFin: false,
  };
}

/** Copy up to `bytes` into the skb's pages; how many there was room, memory and account for. */
function copyIn(tcp: Tcp, sock: Sock, skb: TxSkb, bytes: number): number {
  const roomBytes = sock.txFrags.room(sock.allocation);
  if (roomBytes === 0) {
    lackMemory(tcp, sock);
    return 0;
  }
  const lenBytes = chargeCopy(tcp, sock, Math.min(bytes, roomBytes));
  if (lenBytes === 0) return 0;
  const block = sock.txFrags.alloc(lenBytes, sock.allocation);
  assert(block !== null, "a block that has room gives it");
  // Bytes that follow in the same block share the fragment that is there.
  if (skb.blocks.at(-1) === block) tcp.memory.blocks.put(block);
  else skb.blocks.push(block);
  skb.lenBytes += lenBytes;
  skb.endSeq += lenBytes;
  skb.truesizeBytes += lenBytes;
  sock.writeSeq += lenBytes;
  sock.wmemQueuedBytes += lenBytes;
  sock.forwardAllocBytes -= lenBytes;
  return lenBytes;
}

/** Linux: tcp_wmem_schedule(). A socket that holds nothing gets some, so that something always moves. */
function chargeCopy(tcp: Tcp, sock: Sock, bytes: number): number {
  if (tcp.proto.scheduleSend(sock, bytes)) return bytes;
  const leftBytes = tcp.wmemBytes[0] - sock.wmemQueuedBytes;
  if (leftBytes > 0) tcp.proto.force(sock, Math.min(leftBytes, bytes));
  return Math.max(0, Math.min(bytes, sock.forwardAllocBytes));
}

function dropEmptyTail(tcp: Tcp, sock: Sock, skb: TxSkb): void {
  if (skb.lenBytes > 0) return;
  sock.writeQueue.pop();
  freeTx(tcp, sock, skb);
}

function lackMemory(tcp: Tcp, sock: Sock): void {
  tcp.proto.enterPressure();
  moderateSndbuf(sock);
}

function transmit(tcp: Tcp, sock: Sock, skb: TxSkb): void {
  const { context } = tcp;
  sock.writeQueue.shift();
  sock.retransmitQueue.push(skb);
  sock.sndNxt = skb.endSeq;
  context.costNs += TX_SKB_NS;
  if (!sock.rto.isOn) sock.rto.set(context.nowNs + sock.rtoNs);
  if (context.nowNs - sock.lastReceivedNs < sock.atoNs) sock.isPingpong = true;
  const packet = { sock: sock.id, kind: "data", truesizeBytes: skb.truesizeBytes } as const;
  if (tcp.neighbours.output(sock.wire.link, packet)) emitData(tcp, sock, skb);
}

/** The skb's bytes leave; only the first time they are handed to the carrier. */
export function emitData(tcp: Tcp, sock: Sock, skb: TxSkb): void {
  const { context, wires } = tcp;
  if (skb.seq !== sock.emittedSeq) emitEarlier(tcp, sock, skb);
  const { slices } = skb;
  for (const slice of slices) wires.emitBytes(sock.wire, slice);
  skb.slices = [];
  sock.emittedSeq = Math.max(sock.emittedSeq, skb.endSeq);
  context.trace.event("net.tx", context.nowNs, sock.wire.id, skb.endSeq);
  if (skb.isFin && !sock.isFinSent) {
    sock.isFinSent = true;
    wires.emitFin(sock.wire, skb.endSeq - 1);
  }
  const looped = cloneIfLooped(tcp, sock, skb);
  emitSegment(tcp, sock, "ack", { carried: { skb, slices }, looped });
}

/** What the other end gets, if that is a socket of this machine. */
export function cloneIfLooped({ wires }: Tcp, { wire }: Sock, skb: TxSkb): Skb | null {
  return isLooped(wire.id) ? wires.loopback.clone(wire, skb) : null;
}

/** The carrier takes bytes in order: what a failed neighbour kept back goes first. */
function emitEarlier(tcp: Tcp, sock: Sock, skb: TxSkb): void {
  for (const earlier of sock.retransmitQueue.toArray()) {
    if (earlier.seq >= skb.seq) return;
    for (const slice of earlier.slices) tcp.wires.emitBytes(sock.wire, slice);
    earlier.slices = [];
  }
}

function growCwnd(sock: Sock, segments: number): void {
  if (sock.cwndSegments < sock.ssthreshSegments) sock.cwndSegments += segments;
  else {
    sock.avoided += segments;
    if (sock.avoided < sock.cwndSegments) return;
    sock.avoided -= sock.cwndSegments;
    sock.cwndSegments++;
  }
  sock.cwndSegments = Math.min(sock.cwndSegments, CWND_MAX);
}
