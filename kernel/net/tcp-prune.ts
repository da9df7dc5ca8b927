// A receive buffer is over its limit: make the windows smaller, pack what is there, throw away what is behind a hole.
//
// Packing copies many small segments into few full pages, which takes new memory, GFP_ATOMIC, before it gives any back.
// Linux: tcp_prune_queue(), tcp_collapse(), tcp_prune_ofo_queue() (net/ipv4/tcp_input.c).
//
// Not modelled: collapsing of several ranges behind holes in one go (each contiguous range is packed on its own).

import { GFP_ATOMIC } from "../mm/gfp.ts";
import { SHARED_INFO_BYTES, type Skb } from "./skb.ts";
import type { Sock } from "./sock.ts";
import type { Tcp } from "./tcp-context.ts";
import { clampWindow, limitSsthresh, winFromSpace } from "./tcp-window.ts";

/** SKB_MAX_ORDER(0, 0): what fits a page beside the shared info. */
const PAGE_SKB_BYTES = 4096 - SHARED_INFO_BYTES;

/** Charge a received skb to the socket. Linux: skb_set_owner_r(). */
export function ownRx(sock: Sock, skb: Skb): void {
  sock.rmemAllocBytes += skb.truesizeBytes;
  sock.forwardAllocBytes -= skb.truesizeBytes;
}

/** Take a received skb off the socket's account, and free it. */
export function freeRx(tcp: Tcp, sock: Sock, skb: Skb): void {
  sock.rmemAllocBytes -= skb.truesizeBytes;
  tcp.proto.uncharge(sock, skb.truesizeBytes);
  tcp.memory.free(skb);
}

/** Whether the socket may have more now. Linux: tcp_prune_queue(). */
export function pruneQueue(tcp: Tcp, sock: Sock): boolean {
  const { tcpExt } = tcp.context.snmp;
  tcpExt.PruneCalled++;
  if (sock.rmemAllocBytes >= sock.rcvbufBytes) clampWindow(tcp, sock);
  else if (tcp.proto.isUnderPressure) limitSsthresh(sock);
  if (sock.rmemAllocBytes <= sock.rcvbufBytes) return true;
  collapseOfo(tcp, sock);
  const queue = sock.receiveQueue;
  if (queue.length > 0)
    queue.fill(
      collapse(tcp, sock, queue.toArray(), { startSeq: sock.copiedSeq, endSeq: sock.rcvNxt }),
    );
  if (sock.rmemAllocBytes <= sock.rcvbufBytes) return true;
  pruneOfo(tcp, sock);
  if (sock.rmemAllocBytes <= sock.rcvbufBytes) return true;
  tcpExt.RcvPruned++;
  return false;
}

/** Throw away what lies behind a hole, last first, an eighth of the buffer at a time; false when there is nothing. */
export function pruneOfo(tcp: Tcp, sock: Sock): boolean {
  if (sock.ofoQueue.length === 0) return false;
  tcp.context.snmp.tcpExt.OfoPruned++;
  let goalBytes = sock.rcvbufBytes >> 3;
  for (let skb = sock.ofoQueue.pop(); skb !== undefined; skb = sock.ofoQueue.pop()) {
    goalBytes -= skb.truesizeBytes;
    tcp.context.countDropOf(skb.frame, "tcp-ofo-queue-prune", skb.lenBytes);
    freeRx(tcp, sock, skb);
    if (goalBytes > 0 && sock.ofoQueue.length > 0) continue;
    if (sock.rmemAllocBytes <= sock.rcvbufBytes && !tcp.proto.isUnderPressure) break;
    goalBytes = sock.rcvbufBytes >> 3;
  }
  return true;
}

/** Pack the skbs of one contiguous range into full pages; what is left of the list, in order. Linux: tcp_collapse(). */
export function collapse(
  tcp: Tcp,
  sock: Sock,
  skbs: readonly Skb[],
  range: { readonly startSeq: number; readonly endSeq: number },
): Skb[] {
  const packed: Skb[] = [];
  let at = 0;
  let { startSeq } = range;
  for (let skb = skbs[at]; skb !== undefined; skb = skbs[at]) {
    if (isWorthIt(tcp, skb, skbs[at + 1], startSeq)) break;
    packed.push(skb);
    startSeq = skb.endSeq;
    at++;
  }
  let skb = skbs[at];
  while (skb !== undefined && !skb.isFin && startSeq < range.endSeq) {
    const page = newPage(tcp, sock, skb, {
      startSeq,
      lenBytes: Math.min(PAGE_SKB_BYTES, range.endSeq - startSeq),
    });
    if (page === null) break;
    packed.push(page);
    startSeq = page.endSeq;
    while (skb !== undefined && skb.endSeq <= startSeq && !skb.isFin) {
      tcp.context.snmp.tcpExt.TCPRcvCollapsed++;
      freeRx(tcp, sock, skb);
      skb = skbs[++at];
    }
  }
  packed.push(...skbs.slice(at));
  return packed;
}

/** An skb that wastes more than half of what it costs, or that has bytes nobody needs. */
function isWorthIt(tcp: Tcp, skb: Skb, next: Skb | undefined, startSeq: number): boolean {
  if (skb.isFin) return true;
  const isBloated = winFromSpace(tcp.context.era, skb.truesizeBytes) > skb.lenBytes;
  return isBloated || skb.seq < startSeq || (next !== undefined && next.seq !== skb.endSeq);
}

function newPage(
  tcp: Tcp,
  sock: Sock,
  like: Skb,
  range: { readonly startSeq: number; readonly lenBytes: number },
): Skb | null {
  const page = tcp.memory.alloc(like.frame, range.lenBytes, GFP_ATOMIC);
  if (page === null) return null;
  page.seq = range.startSeq;
  page.endSeq = range.startSeq + range.lenBytes;
  page.lenBytes = range.lenBytes;
  page.linearBytes = range.lenBytes;
  page.tailroomBytes = PAGE_SKB_BYTES - range.lenBytes;
  page.pfmemalloc ||= like.pfmemalloc;
  ownRx(sock, page);
  return page;
}

function collapseOfo(tcp: Tcp, sock: Sock): void {
  const skbs = sock.ofoQueue;
  const packed: Skb[] = [];
  for (let from = 0; from < skbs.length; ) {
    const first = skbs[from];
    if (first === undefined) break;
    let to = from + 1;
    let { endSeq } = first;
    for (let next = skbs[to]; next !== undefined && next.seq <= endSeq; next = skbs[++to])
      endSeq = Math.max(endSeq, next.endSeq);
    const range = skbs.slice(from, to);
    // A single small skb is not worth a page.
    if (range.length > 1 || endSeq - first.seq >= PAGE_SKB_BYTES)
      packed.push(...collapse(tcp, sock, range, { startSeq: first.seq, endSeq }));
    else packed.push(first);
    from = to;
  }
  sock.ofoQueue = packed;
}
