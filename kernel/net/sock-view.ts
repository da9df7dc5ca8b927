// A socket as others look at it: plain data, with no way back to the socket.

import { pagesOf } from "#base/units.ts";
import type { Sock } from "./sock.ts";

/** What a socket holds, for screens and for pages by owner. */
export interface SockView {
  readonly id: number;
  readonly peer: string;
  readonly port: number;
  readonly state: string;
  readonly memalloc: boolean;
  readonly unreadBytes: number;
  readonly receiveTruesizeBytes: number;
  readonly behindHoleSkbs: number;
  readonly sendTruesizeBytes: number;
  readonly rcvbufBytes: number;
  readonly sndbufBytes: number;
  /** truesize of both directions, in whole pages. */
  readonly pages: number;
}

export function viewOf(sock: Sock): SockView {
  return {
    id: sock.id,
    peer: sock.wire.link.peer,
    port: sock.wire.port,
    state: sock.state,
    memalloc: sock.memalloc,
    unreadBytes: sock.availableBytes,
    receiveTruesizeBytes: sock.rmemAllocBytes,
    behindHoleSkbs: sock.ofoQueue.length,
    sendTruesizeBytes: sock.wmemQueuedBytes,
    rcvbufBytes: sock.rcvbufBytes,
    sndbufBytes: sock.sndbufBytes,
    pages: pagesOf(sock.rmemAllocBytes + sock.wmemQueuedBytes),
  };
}
