// Reading from a socket: bytes to the reader, memory back to the machine, window to the peer.
// Linux: tcp_recvmsg_locked() and tcp_cleanup_rbuf(), net/ipv4/tcp.c.

import { SOCKET_CALL_NS } from "./costs.ts";
import type { Sock } from "./sock.ts";
import { ackAfterRead } from "./tcp-ack.ts";
import { finishIfDone } from "./tcp-close.ts";
import type { Tcp } from "./tcp-context.ts";
import { freeRx } from "./tcp-prune.ts";
import { adjustSpace } from "./tcp-window.ts";

/** Take up to `maxBytes`, as slices that nobody changes; none when there is nothing to read. */
export function readBytes(tcp: Tcp, sock: Sock, maxBytes: number): Uint8Array[] {
  tcp.context.costNs += SOCKET_CALL_NS;
  const countBytes = Math.min(maxBytes, sock.availableBytes);
  if (countBytes <= 0) return [];
  const slices = sock.wire.bytes.take(countBytes);
  sock.copiedSeq += countBytes;
  const { receiveQueue } = sock;
  for (let skb = receiveQueue.first; skb !== undefined; skb = receiveQueue.first) {
    if (skb.endSeq - (skb.isFin ? 1 : 0) > sock.copiedSeq) break;
    receiveQueue.shift();
    freeRx(tcp, sock, skb);
  }
  adjustSpace(tcp, sock);
  ackAfterRead(tcp, sock, countBytes);
  finishIfDone(tcp, sock);
  return slices;
}
