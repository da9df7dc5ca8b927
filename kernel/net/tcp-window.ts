// The receive window: how much a socket advertises, and how its buffer grows. Linux 6.1: __tcp_select_window() and
// tcp_select_window() (net/ipv4/tcp_output.c), tcp_grow_window(), tcp_clamp_window(), tcp_rcv_space_adjust() (tcp_input.c).
//
// Half of the buffer is held back for overhead; small segments need far more than half. The window that was offered is
// never taken back, so for them the buffer grows instead, up to tcp_rmem[2], while global memory is plentiful: that is how
// 64 KiB of payload come to cost 700.
//
// Not modelled: tcp_shrink_window (off by default), receive low-water mark.

import type { NetEra } from "./net-era.ts";
import type { Skb } from "./skb.ts";
import { skbTruesize } from "./skb.ts";
import type { Sock } from "./sock.ts";
import type { Tcp } from "./tcp-context.ts";
import { MAX_TCP_HEADER_BYTES } from "./tx-skb.ts";

/** Room that timestamps take from a segment; the advertised MSS does not count it. */
const TIMESTAMP_BYTES = 12;
/** sysctl rmem_max, net/core/sock.c. */
const RMEM_MAX_BYTES = 212_992;
const U16_MAX = 65_535;
/** TCP_MAX_WSCALE, include/net/tcp.h. */
const WINDOW_SCALE_MAX = 14;

export const advMssBytes = (sock: Sock): number => sock.mssBytes + TIMESTAMP_BYTES;

/** What of `bytes` of buffer is promised as window. Linux: tcp_win_from_space(). */
export function winFromSpace(era: NetEra, bytes: number): number {
  return bytes - (bytes >> era.advWinScale);
}

/** What is left of the offered window. Linux: tcp_receive_window(). */
export const receiveWindow = (sock: Sock): number =>
  Math.max(0, sock.rcvWupSeq + sock.rcvWndBytes - sock.rcvNxt);

const roundUp = (bytes: number, scale: number): number =>
  ((bytes + (1 << scale) - 1) >> scale) << scale;
const roundDown = (bytes: number, unit: number): number => bytes - (bytes % unit);

/** A new connection's window. Linux: tcp_select_initial_window(), tcp_init_buffer_space(). */
export function initWindow(tcp: Tcp, sock: Sock): void {
  const { era } = tcp.context;
  const advMss = advMssBytes(sock);
  const fullBytes = winFromSpace(era, sock.rcvbufBytes);
  let wndBytes = Math.min(fullBytes > advMss ? roundDown(fullBytes, advMss) : fullBytes, U16_MAX);
  if (era.initialWindowSegments > 0)
    wndBytes = Math.min(wndBytes, era.initialWindowSegments * advMss);
  const scaleBits = 31 - Math.clz32(Math.max(fullBytes, tcp.rmemBytes[2], RMEM_MAX_BYTES));
  sock.windowScale = Math.min(Math.max(scaleBits - 15, 0), WINDOW_SCALE_MAX);
  sock.rcvWndBytes = wndBytes;
  sock.windowClampBytes = Math.max(2 * advMss, fullBytes - advMss);
  sock.rcvSsthreshBytes = Math.min(wndBytes, sock.windowClampBytes);
  sock.spaceBytes = Math.min(sock.rcvSsthreshBytes, wndBytes, 10 * advMss);
}

/** The window to offer now, in bytes. Linux: __tcp_select_window(). */
export function windowToOffer(tcp: Tcp, sock: Sock): number {
  const { era } = tcp.context;
  const allowedBytes = winFromSpace(era, sock.rcvbufBytes);
  const fullBytes = Math.min(sock.windowClampBytes, allowedBytes);
  const mssBytes = Math.min(sock.rcvMssBytes, fullBytes);
  if (mssBytes <= 0) return 0;
  let freeBytes = winFromSpace(era, sock.rcvbufBytes - sock.rmemAllocBytes);
  if (freeBytes < fullBytes >> 1) {
    sock.quickAcks = 0;
    if (tcp.proto.isUnderPressure) limitSsthresh(sock);
    freeBytes = (freeBytes >> sock.windowScale) << sock.windowScale;
    if (freeBytes < allowedBytes >> 4 || freeBytes < mssBytes) return 0;
  }
  freeBytes = Math.min(freeBytes, sock.rcvSsthreshBytes);
  return sock.windowScale > 0
    ? roundUp(freeBytes, sock.windowScale)
    : unscaledWindow(sock, freeBytes, { mssBytes, fullBytes });
}

/** Put the window into an ACK: remember it, never take back what was offered. Its right edge. */
export function advertise(tcp: Tcp, sock: Sock): number {
  const { tcpExt } = tcp.context.snmp;
  const oldBytes = sock.rcvWndBytes;
  const leftBytes = receiveWindow(sock);
  let newBytes = windowToOffer(tcp, sock);
  if (newBytes < leftBytes) {
    if (newBytes === 0) tcpExt.TCPWantZeroWindowAdv++;
    newBytes = roundUp(leftBytes, sock.windowScale);
  }
  sock.rcvWndBytes = newBytes;
  sock.rcvWupSeq = sock.rcvNxt;
  if (newBytes === 0 && oldBytes > 0) tcpExt.TCPToZeroWindowAdv++;
  else if (newBytes > 0 && oldBytes === 0) tcpExt.TCPFromZeroWindowAdv++;
  return sock.rcvNxt + Math.min(newBytes, U16_MAX << sock.windowScale);
}

/** A segment came in: may the next windows be larger? Linux: tcp_grow_window(). */
export function growWindow(tcp: Tcp, sock: Sock, skb: Skb): void {
  const { era } = tcp.context;
  const spaceBytes = winFromSpace(era, sock.rcvbufBytes - sock.rmemAllocBytes);
  const roomBytes = Math.min(sock.windowClampBytes, spaceBytes) - sock.rcvSsthreshBytes;
  if (roomBytes <= 0) return;
  if (tcp.proto.isUnderPressure) {
    limitSsthresh(sock);
    return;
  }
  const stepBytes = growStep(tcp, sock, skb);
  if (stepBytes === 0) return;
  sock.rcvSsthreshBytes += Math.min(roomBytes, Math.max(stepBytes, 2 * skb.lenBytes));
  sock.quickAcks |= 1;
}

/** The buffer is over: let it grow if memory allows, else shrink the windows to come. Linux: tcp_clamp_window(). */
export function clampWindow(tcp: Tcp, sock: Sock): void {
  sock.quickAcks = 0;
  const { proto } = tcp;
  const maxBytes = tcp.rmemBytes[2];
  const mayGrow = tcp.mayGrowRcvbuf && sock.rcvbufBytes < maxBytes;
  if (mayGrow && !proto.isUnderPressure && proto.allocatedPages < proto.limitPages[0])
    sock.rcvbufBytes = Math.min(sock.rmemAllocBytes, maxBytes);
  if (sock.rmemAllocBytes > sock.rcvbufBytes)
    sock.rcvSsthreshBytes = Math.min(sock.windowClampBytes, 2 * advMssBytes(sock));
}

/** Under pressure a window stays at four segments. Linux: tcp_adjust_rcv_ssthresh(). */
export function limitSsthresh(sock: Sock): void {
  sock.rcvSsthreshBytes = Math.min(sock.rcvSsthreshBytes, 4 * advMssBytes(sock));
}

/** Somebody reads: size the buffer by what a round trip brings. Linux: tcp_rcv_space_adjust(). */
export function adjustSpace(tcp: Tcp, sock: Sock): void {
  const { nowNs } = tcp.context;
  if (nowNs - sock.spaceAtNs < sock.wire.link.roundTripNs) return;
  const copiedBytes = sock.copiedSeq - sock.spaceSeq;
  if (copiedBytes > sock.spaceBytes) {
    if (tcp.mayGrowRcvbuf) growRcvbuf(tcp, sock, copiedBytes);
    sock.spaceBytes = copiedBytes;
  }
  sock.spaceSeq = sock.copiedSeq;
  sock.spaceAtNs = nowNs;
}

function growRcvbuf(tcp: Tcp, sock: Sock, copiedBytes: number): void {
  const { era } = tcp.context;
  const advMss = advMssBytes(sock);
  let wndBytes = copiedBytes * 2 + 16 * advMss;
  wndBytes +=
    2 * Math.floor((wndBytes * (copiedBytes - sock.spaceBytes)) / Math.max(1, sock.spaceBytes));
  let perSegmentBytes = skbTruesize(advMss + MAX_TCP_HEADER_BYTES);
  while (winFromSpace(era, perSegmentBytes) < advMss) perSegmentBytes += 128;
  const wantedBytes = Math.floor(wndBytes / advMss) * perSegmentBytes;
  const rcvbufBytes = Math.min(wantedBytes, tcp.rmemBytes[2]);
  if (rcvbufBytes <= sock.rcvbufBytes) return;
  sock.rcvbufBytes = rcvbufBytes;
  sock.windowClampBytes = winFromSpace(era, rcvbufBytes);
}

function growStep(tcp: Tcp, sock: Sock, skb: Skb): number {
  const { era } = tcp.context;
  const advMss = advMssBytes(sock);
  if (winFromSpace(era, skb.truesizeBytes) <= skb.lenBytes) return 2 * advMss;
  let truesizeBytes = winFromSpace(era, skb.truesizeBytes) >> 1;
  let windowBytes = winFromSpace(era, tcp.rmemBytes[2]) >> 1;
  while (sock.rcvSsthreshBytes <= windowBytes) {
    if (truesizeBytes <= skb.lenBytes) return 2 * sock.rcvMssBytes;
    truesizeBytes >>= 1;
    windowBytes >>= 1;
  }
  return 0;
}

/** Without scaling the window moves by whole segments only. */
function unscaledWindow(
  sock: Sock,
  freeBytes: number,
  limits: { readonly mssBytes: number; readonly fullBytes: number },
): number {
  const { mssBytes, fullBytes } = limits;
  const windowBytes = sock.rcvWndBytes;
  if (windowBytes <= freeBytes - mssBytes || windowBytes > freeBytes)
    return roundDown(freeBytes, mssBytes);
  if (mssBytes === fullBytes && freeBytes > windowBytes + (fullBytes >> 1)) return freeBytes;
  return windowBytes;
}
