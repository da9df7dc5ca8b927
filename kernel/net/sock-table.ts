// All TCP sockets of a machine, and how one comes to be: by connect, or by a SYN. Linux: net/ipv4/tcp_ipv4.c.

import { assert } from "#base/assert.ts";
import { GFP_KERNEL } from "../mm/gfp.ts";
import type { DropReason } from "./drop-reason.ts";
import { isLooped } from "./frame.ts";
import { Listener, type SockStructs } from "./listen.ts";
import { LOOPBACK_MTU_BYTES } from "./loopback.ts";
import type { PeerStream } from "./peer-stream.ts";
import { Sock, type SockSaved, type SockState } from "./sock.ts";
import { sendAck, sendControl } from "./tcp-ack.ts";
import { purge } from "./tcp-close.ts";
import type { Tcp } from "./tcp-context.ts";
import { baseSockRtoNs, expandSndbuf } from "./tcp-output.ts";
import { initWindow } from "./tcp-window.ts";

/** TCP and IPv4 headers with timestamps. */
const MSS_HEADERS_BYTES = 52;

/** Payload of a full segment, in bytes. */
export const mssOf = (mtuBytes: number): number => mtuBytes - MSS_HEADERS_BYTES;

export interface SockSizes {
  readonly rcvbufBytes: number;
  readonly sndbufBytes: number;
  readonly mssBytes: number;
}

export class SockTable {
  readonly #structs: SockStructs;
  readonly #sizes: SockSizes;
  readonly #byId = new Map<number, Sock>();
  readonly #byStream = new Map<number, Sock>();
  readonly #listeners: Listener[] = [];
  #nextId = 1;
  /** Set once, when the stack is wired. */
  #tcp: Tcp | null = null;

  constructor(structs: SockStructs, sizes: SockSizes) {
    this.#structs = structs;
    this.#sizes = sizes;
  }

  wire(tcp: Tcp): void {
    assert(this.#tcp === null, "a table belongs to one stack");
    this.#tcp = tcp;
  }

  newId(): number {
    return this.#nextId++;
  }

  byId(id: number): Sock | null {
    return this.#byId.get(id) ?? null;
  }

  byStream(stream: number): Sock | null {
    return this.#byStream.get(stream) ?? null;
  }

  all(): readonly Sock[] {
    return [...this.#byId.values()];
  }

  listeners(): readonly Listener[] {
    return this.#listeners;
  }

  listen(port: number, backlogMax: number): Listener {
    const listener = new Listener(this.newId(), port, backlogMax);
    this.#listeners.push(listener);
    return listener;
  }

  listenerFor(streamId: number): Listener | null {
    const stream = this.#wired.wires.streamById(streamId);
    if (stream === null) return null;
    return this.#listeners.find(({ port, isOpen }) => isOpen && port === stream.port) ?? null;
  }

  listenerById(id: number): Listener | null {
    return this.#listeners.find((listener) => listener.id === id) ?? null;
  }

  /** Open a connection; null without a way to the peer or memory for the socket. */
  connect(peer: string, port: number): Sock | null {
    const tcp = this.#wired;
    const wire = tcp.wires.open(peer, port);
    if (wire === null) return null;
    const sock = this.#make(wire, "syn-sent");
    if (!this.#structs.take(sock, GFP_KERNEL)) {
      this.#forget(sock);
      return null;
    }
    tcp.proto.sockets++;
    tcp.context.snmp.tcp.ActiveOpens++;
    sendControl(tcp, sock, "syn");
    sock.rto.set(tcp.context.nowNs + sock.rtoNs);
    return sock;
  }

  /** A SYN for a listener: a half-open connection, answered with a SYN-ACK; false without memory. */
  request(listener: Listener, streamId: number): boolean {
    const tcp = this.#wired;
    const wire = tcp.wires.streamById(streamId);
    if (wire === null) return false;
    const sock = this.#make(wire, "syn-received");
    sock.listener = listener.id;
    if (!this.#structs.takeRequest(sock) || !sendControl(tcp, sock, "syn-ack")) {
      this.#structs.free(sock);
      this.#forget(sock);
      return false;
    }
    sock.rto.set(tcp.context.nowNs + sock.rtoNs);
    return true;
  }

  /** The peer's SYN came again: our SYN-ACK was lost. */
  answerSyn(sock: Sock): void {
    sendControl(this.#wired, sock, "syn-ack");
  }

  /** The handshake's last ACK came in; null, or why there is no connection yet. Linux: tcp_v4_syn_recv_sock(). */
  complete(sock: Sock): DropReason | null {
    const tcp = this.#wired;
    const listener = this.listenerById(sock.listener);
    if (listener === null || !listener.isOpen) return "no-socket";
    if (listener.ready.length > listener.backlogMax) {
      tcp.context.snmp.tcpExt.ListenOverflows++;
      return "listen-overflow";
    }
    if (!this.#structs.promote(sock)) return "listen-nomem";
    this.#establish(sock);
    tcp.proto.sockets++;
    tcp.context.snmp.tcp.PassiveOpens++;
    listener.ready.push(sock);
    tcp.onEstablished(sock);
    return null;
  }

  /** The SYN-ACK to our SYN was taken in. */
  onSynAck(sock: Sock): void {
    const tcp = this.#wired;
    this.#establish(sock);
    sendAck(tcp, sock);
    tcp.wakeWriters(sock);
  }

  /** Free all that the socket has, and the socket. */
  destroy(sock: Sock): void {
    const tcp = this.#wired;
    if (!this.#byId.has(sock.id)) return;
    purge(tcp, sock);
    if (!sock.isRequest) tcp.proto.sockets--;
    // Its mark goes with it and its count does not: only sk_clear_memalloc() lowers memalloc_socks_key, and NBD never calls it.
    sock.memalloc = false;
    sock.state = "closed";
    this.#structs.free(sock);
    this.#forget(sock);
    tcp.wires.orphan(sock.wire);
  }

  get #wired(): Tcp {
    assert(this.#tcp !== null, "the table was wired");
    return this.#tcp;
  }

  #make(wire: PeerStream, state: SockState): Sock {
    const tcp = this.#wired;
    const { era, timers } = tcp.context;
    const sock = new Sock({
      ...this.#sizes,
      ...(isLooped(wire.id) ? { mssBytes: mssOf(LOOPBACK_MTU_BYTES) } : {}),
      id: this.newId(),
      wire,
      state,
      allocation: GFP_KERNEL,
      initialRtoNs: era.initialRtoNs,
      cwndSegments: era.initialCwndSegments,
      fragOrder: era.fragOrder,
      blocks: tcp.memory.blocks,
      timers,
    });
    wire.isOrphan = false;
    initWindow(tcp, sock);
    this.#byId.set(sock.id, sock);
    this.#byStream.set(wire.id, sock);
    return sock;
  }

  #establish(sock: Sock): void {
    const tcp = this.#wired;
    sock.state = "established";
    sock.retransmits = 0;
    sock.rto.clear();
    sock.rtoNs = baseSockRtoNs(sock);
    sock.spaceAtNs = tcp.context.nowNs;
    expandSndbuf(tcp, sock);
  }

  #forget(sock: Sock): void {
    this.#byId.delete(sock.id);
    this.#byStream.delete(sock.wire.id);
  }

  save(): SockTableState {
    return {
      socks: this.all().map((sock) => sock.save()),
      listeners: this.#listeners.map(({ ready, ...plain }) => ({
        ...plain,
        ready: ready.toArray().map(({ id }) => id),
      })),
      nextId: this.#nextId,
    };
  }

  load(state: SockTableState): void {
    const { wires } = this.#wired;
    this.#byId.clear();
    this.#byStream.clear();
    for (const saved of state.socks) {
      const wire = wires.streamById(saved.stream);
      assert(wire !== null, "a saved socket has its stream");
      this.#nextId = saved.id;
      this.#make(wire, saved.state).load(saved);
    }
    this.#listeners.length = 0;
    for (const { ready, ...plain } of state.listeners) {
      const listener = new Listener(plain.id, plain.port, plain.backlogMax);
      listener.isOpen = plain.isOpen;
      for (const id of ready) {
        const sock = this.#byId.get(id);
        if (sock !== undefined) listener.ready.push(sock);
      }
      this.#listeners.push(listener);
    }
    this.#nextId = state.nextId;
  }
}

export interface SockTableState {
  readonly socks: readonly SockSaved[];
  readonly listeners: readonly {
    readonly id: number;
    readonly port: number;
    readonly backlogMax: number;
    readonly isOpen: boolean;
    readonly ready: readonly number[];
  }[];
  readonly nextId: number;
}
