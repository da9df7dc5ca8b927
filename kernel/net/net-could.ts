// What the network could do at this moment, found out by doing it. What is taken is kept, so this is asked of a copy of
// the machine (Machine.copy), never of the machine itself.

import { FRAME, Frame } from "./frame.ts";
import type { NetCore } from "./net-build.ts";
import { Skb } from "./skb.ts";
import type { Sock } from "./sock.ts";
import { sendControl } from "./tcp-ack.ts";
import { passesWhenEmpty, tryRmemSchedule } from "./tcp-input.ts";
import { retransmitFirst } from "./tcp-timer.ts";
import { receiveWindow, windowToOffer } from "./tcp-window.ts";

/** What a segment lacks on its way into a socket's queue. */
export type ReceiveLack = "buffer" | "skb" | "quota";

export class NetCould {
  readonly #core: NetCore;

  constructor(core: NetCore) {
    this.#core = core;
  }

  /** What keeps a full segment from the queue of `sock`; null: nothing does. */
  receive(sock: Sock): ReceiveLack | null {
    const { tcp } = this.#core;
    const skb = this.#takeUp(sock);
    if (skb === "buffer") return "buffer";
    if (skb === null) return "skb";
    const isFirst = sock.receiveQueue.length === 0;
    if (isFirst && passesWhenEmpty(tcp)) return null;
    return tryRmemSchedule(tcp, sock, skb) ? null : "quota";
  }

  /** Whether a full segment would be dropped for the memory it lies in, where its socket is found. */
  tosses(sock: Sock): boolean {
    const skb = this.#takeUp(sock);
    return skb instanceof Skb && this.#core.context.tossesAtDemux(skb, sock.memalloc);
  }

  /** Whether the peer could be told what this socket has. */
  acknowledge(sock: Sock): boolean {
    const { tcp, context } = this.#core;
    let isSent = false;
    context.scheduler.asSoftirq(() => {
      isSent = sendControl(tcp, sock, "ack");
      return 0;
    });
    return isSent;
  }

  #takeUp(sock: Sock): Skb | "buffer" | null {
    const { cards, context } = this.#core;
    const frame = new Frame(FRAME.data, sock.wire.link.index, sock.wire.id);
    frame.lenBytes = sock.mssBytes;
    const found: { skb: Skb | "buffer" | null } = { skb: null };
    context.scheduler.asSoftirq(() => {
      found.skb = cards.of(frame).tryOne(frame);
      return 0;
    });
    return found.skb;
  }

  /** Whether the socket's window is open, or would be if it were asked: else nothing is taken until somebody reads. */
  offersWindow(sock: Sock): boolean {
    return receiveWindow(sock) > 0 || windowToOffer(this.#core.tcp, sock) > 0;
  }

  /** Give these connections up; what they held goes back to the slabs, and a slab that is empty to the page allocator. */
  giveUp(ids: readonly number[]): void {
    const { tcp, socks } = this.#core;
    for (const id of ids) {
      const sock = socks.byId(id);
      if (sock !== null) tcp.destroy(sock);
    }
  }

  /** Whether the first unacknowledged segment of `sock` could be sent again. */
  retransmit(sock: Sock): boolean {
    const { tcp, context } = this.#core;
    let isSent = false;
    context.scheduler.asSoftirq(() => {
      isSent = sock.retransmitQueue.length > 0 && retransmitFirst(tcp, sock);
      return 0;
    });
    return isSent;
  }
}
