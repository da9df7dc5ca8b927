// A packet on its way up: who may have it. Linux 6.1: __netif_receive_skb(), tcp_v4_rcv(), sk_filter_trim_cap().
//
// What lies in the reserve is looked at with the rights of the reserve (PF_MEMALLOC for the whole run of the protocols),
// and kept only by a socket that helps to free memory. Everybody else's packet is dropped as soon as that is known: the
// reserve is in use for as long as it takes to look.
//
// Not modelled: packet taps (they are skipped for such packets anyway), netfilter, forwarding, VLANs.

import { GFP_ATOMIC } from "../mm/gfp.ts";
import { PF_MEMALLOC } from "../sched/task.ts";
import { TX_ACK_NS } from "./costs.ts";
import { FRAME } from "./frame.ts";
import type { IpFragments } from "./ip-fragment.ts";
import type { Listener } from "./listen.ts";
import type { Skb } from "./skb.ts";
import type { Sock } from "./sock.ts";
import type { SockTable } from "./sock-table.ts";
import type { Tcp } from "./tcp-context.ts";
import { receiveEstablished } from "./tcp-input.ts";
import { MAX_TCP_HEADER_BYTES } from "./tx-skb.ts";
import type { Udp } from "./udp.ts";

export class Receive {
  readonly #tcp: Tcp;
  readonly #udp: Udp;
  readonly #fragments: IpFragments;
  readonly #socks: SockTable;

  constructor(parts: { tcp: Tcp; udp: Udp; fragments: IpFragments; socks: SockTable }) {
    this.#tcp = parts.tcp;
    this.#udp = parts.udp;
    this.#fragments = parts.fragments;
    this.#socks = parts.socks;
  }

  /** Take a packet to its protocol; the skb is queued or gone afterwards. */
  receive(skb: Skb): void {
    const { context } = this.#tcp;
    const { current } = context;
    context.snmp.ip.InReceives++;
    const digs = context.memallocSockets > 0 && skb.pfmemalloc;
    if (!digs) {
      this.#demux(skb);
      return;
    }
    const flags = current.processFlags;
    current.processFlags = flags | PF_MEMALLOC;
    this.#demux(skb);
    current.processFlags = flags;
  }

  #demux(skb: Skb): void {
    const { context, memory, neighbours, wires } = this.#tcp;
    const link = wires.linkAt(skb.frame.link);
    if (link === undefined || !neighbours.hasRoute(link)) {
      memory.free(skb);
      return;
    }
    switch (skb.frame.kind) {
      case FRAME.arpReply:
        neighbours.onReply(skb.frame.link);
        memory.free(skb);
        return;
      case FRAME.fragment:
        this.#fragments.receive(skb);
        return;
      case FRAME.datagram:
        this.#udp.receive(skb);
        return;
      case FRAME.data:
      case FRAME.ack:
      case FRAME.syn:
      case FRAME.synAck:
      case FRAME.rst:
      case FRAME.probe:
        context.snmp.tcp.InSegs += skb.segments;
        this.#segment(skb);
        return;
    }
  }

  #segment(skb: Skb): void {
    const sock = this.#socks.byStream(skb.frame.stream);
    if (sock === null) {
      this.#strange(skb);
      return;
    }
    const { drops } = this.#tcp.context;
    drops.isForMarked = sock.memalloc;
    if (!this.#isTossed(skb, sock.memalloc)) this.#toSock(sock, skb);
    drops.isForMarked = false;
  }

  #toSock(sock: Sock, skb: Skb): void {
    const { memory } = this.#tcp;
    const { kind } = skb.frame;
    switch (sock.state) {
      case "established":
        receiveEstablished(this.#tcp, sock, skb);
        return;
      case "syn-received":
        this.#toRequest(sock, skb);
        return;
      case "syn-sent":
        if (kind === FRAME.synAck) {
          memory.free(skb);
          this.#socks.onSynAck(sock);
        } else if (kind === FRAME.rst) receiveEstablished(this.#tcp, sock, skb);
        else this.#drop(skb, "tcp-close");
        return;
      case "closed":
        this.#drop(skb, "tcp-close");
        return;
    }
  }

  /** A half-open connection: its SYN again, or the ACK (alone, or with data) that completes it. */
  #toRequest(sock: Sock, skb: Skb): void {
    const { kind } = skb.frame;
    if (kind === FRAME.syn) {
      this.#tcp.memory.free(skb);
      this.#socks.answerSyn(sock);
      return;
    }
    const refusal = kind === FRAME.rst ? null : this.#socks.complete(sock);
    if (refusal === null) receiveEstablished(this.#tcp, sock, skb);
    else this.#drop(skb, refusal);
  }

  /** No socket knows it: a SYN for a listener, or nobody's. */
  #strange(skb: Skb): void {
    const { frame } = skb;
    const listener = frame.kind === FRAME.syn ? this.#socks.listenerFor(frame.stream) : null;
    if (listener !== null) {
      if (this.#isTossed(skb, false)) return;
      this.#onSyn(listener, skb);
      return;
    }
    this.#drop(skb, "no-socket");
    if (frame.kind !== FRAME.rst) this.#reset(frame.stream);
  }

  #onSyn(listener: Listener, skb: Skb): void {
    const { context } = this.#tcp;
    const { stream } = skb.frame;
    if (listener.ready.length > listener.backlogMax) {
      context.snmp.tcpExt.ListenOverflows++;
      this.#drop(skb, "listen-overflow");
    } else if (this.#socks.request(listener, stream)) this.#tcp.memory.free(skb);
    else this.#drop(skb, "listen-nomem");
  }

  /** Whether the policy drops it at its socket. Linux: sk_filter_trim_cap(). */
  #isTossed(skb: Skb, memallocSocket: boolean): boolean {
    const { context } = this.#tcp;
    if (!context.tossesAtDemux(skb, memallocSocket)) return false;
    context.snmp.tcpExt.PFMemallocDrop += skb.segments;
    this.#drop(skb, "pfmemalloc");
    return true;
  }

  #drop(skb: Skb, reason: Parameters<Tcp["context"]["countDrop"]>[0]): void {
    this.#tcp.context.countDropOf(skb.frame, reason, skb.lenBytes);
    this.#tcp.memory.free(skb);
  }

  /** Tell the peer that there is no such connection, if there is memory to say so. Linux: tcp_v4_send_reset(). */
  #reset(streamId: number): void {
    const { memory, wires, context } = this.#tcp;
    const stream = wires.streamById(streamId);
    if (stream === null) return;
    const structRef = memory.allocStruct(GFP_ATOMIC);
    if (structRef === null) return;
    const head = memory.kmallocHead(MAX_TCP_HEADER_BYTES, GFP_ATOMIC);
    if (head !== null) memory.freeHead(head.ref);
    memory.freeStruct(structRef);
    if (head === null) return;
    context.costNs += TX_ACK_NS;
    context.snmp.tcp.OutRsts++;
    wires.emitReset(stream);
  }
}
