// Listening sockets: from a SYN to a connection that waits to be accepted. Linux: tcp_conn_request(), tcp_check_req(),
// tcp_v4_syn_recv_sock() (net/ipv4/tcp_input.c, tcp_minisocks.c, tcp_ipv4.c).
//
// Every step takes GFP_ATOMIC memory: the request, its SYN-ACK, the child. Without it the peer is silent and tries again.
//
// Not modelled: SYN cookies, defer-accept, fast open, the separate limit on half-open requests.

import { GFP_ATOMIC } from "../mm/gfp.ts";
import { Fifo } from "./fifo.ts";
import type { SlabCacheSource, SlabSource } from "./memory.ts";
import type { NetContext } from "./net-context.ts";
import { NO_SEQ } from "./peer-stream.ts";
import type { Sock } from "./sock.ts";

/** Objects of request_sock_TCP and TCP, 6.1 x86-64 (/proc/slabinfo). */
const REQUEST_BYTES = 304;
const TCP_SOCK_BYTES = 2240;

export class Listener {
  readonly id: number;
  readonly port: number;
  /** Connections that may wait to be accepted, as listen() was told. */
  readonly backlogMax: number;
  /** Connections that wait to be accepted. */
  readonly ready = new Fifo<Sock>();
  isOpen = true;

  constructor(id: number, port: number, backlogMax: number) {
    this.id = id;
    this.port = port;
    this.backlogMax = backlogMax;
  }
}

/** The structs of sockets, by the cache they come from. */
export class SockStructs {
  readonly #requests: SlabCacheSource;
  readonly #socks: SlabCacheSource;
  readonly #context: NetContext;

  constructor(slab: SlabSource, context: NetContext) {
    this.#requests = slab.cache("request_sock_TCP", REQUEST_BYTES);
    this.#socks = slab.cache("TCP", TCP_SOCK_BYTES);
    this.#context = context;
  }

  /** The half-open connection that a SYN begins; false without memory. */
  takeRequest(sock: Sock): boolean {
    const ref = this.#requests.alloc(GFP_ATOMIC);
    if (ref === null) return false;
    sock.structRef = ref;
    sock.isRequest = true;
    return true;
  }

  /** Make a full socket of a half-open one. */
  promote(sock: Sock): boolean {
    const ref = this.#socks.alloc(GFP_ATOMIC);
    if (ref === null) {
      this.#context.snmp.tcpExt.ListenDrops++;
      return false;
    }
    this.#requests.free(sock.structRef);
    sock.structRef = ref;
    sock.isRequest = false;
    return true;
  }

  /** A socket of our own. */
  take(sock: Sock, gfp: number): boolean {
    const ref = this.#socks.alloc(gfp);
    if (ref === null) return false;
    sock.structRef = ref;
    return true;
  }

  free(sock: Sock): void {
    if (sock.structRef === NO_SEQ) return;
    if (sock.isRequest) this.#requests.free(sock.structRef);
    else this.#socks.free(sock.structRef);
    sock.structRef = NO_SEQ;
  }
}
