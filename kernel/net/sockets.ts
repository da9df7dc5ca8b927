// Sockets as programs and drivers see them: by number, with the CPU time of each call, and with somebody told when one has
// something to do. Linux: net/socket.c, and the callbacks that epoll hangs on a socket.

import type { Gfp } from "../mm/gfp.ts";
import type { WaitQueue } from "../sched/wait-queue.ts";
import type { NetStack } from "./net-stack.ts";
import type { Sock } from "./sock.ts";
import type { SendResult } from "./tcp-output.ts";
import type { ReceivedDatagram, UdpSock } from "./udp.ts";

export class Sockets {
  readonly stack: NetStack;
  /** A watched socket has something to do: data, room, a connection, an end. */
  onReady: (watcher: number, sock: number) => void = () => {};
  readonly #watchers = new Map<number, number>();
  readonly #sent: SendResult = { takenBytes: 0, lack: null };
  #costSeenNs = 0;

  constructor(stack: NetStack) {
    this.stack = stack;
    const tell = (sock: number): void => {
      const watcher = this.#watchers.get(sock);
      if (watcher !== undefined) this.onReady(watcher, sock);
    };
    for (const queue of [stack.readable, stack.writable, stack.acceptable]) queue.onWake = tell;
  }

  get readable(): WaitQueue {
    return this.stack.readable;
  }

  get writable(): WaitQueue {
    return this.stack.writable;
  }

  get connecting(): WaitQueue {
    return this.stack.connecting;
  }

  /** Tell `watcher` whenever this socket or listener has something to do. */
  watch(sock: number, watcher: number): void {
    this.#watchers.set(sock, watcher);
  }

  /** CPU time of the calls since this was asked last, in ns; whoever made them pays. */
  takeCostNs(): number {
    const costNs = this.stack.costNs - this.#costSeenNs;
    this.#costSeenNs = this.stack.costNs;
    return costNs;
  }

  listen(port: number): number {
    return this.stack.listen(port).id;
  }

  /** Whoever listened is gone; so are connections that nobody has accepted. */
  stopListening(id: number): void {
    const found = this.stack.listeners().find((each) => each.id === id);
    if (found !== undefined) this.stack.closeListener(found);
  }

  /** The connection that has waited longest; null when none does. */
  accept(listener: number): number | null {
    const found = this.stack.listeners().find(({ id }) => id === listener);
    return found === undefined ? null : (this.stack.accept(found)?.id ?? null);
  }

  /** Begin a connection; -1 without a link to the peer or memory for the socket. */
  connect(peer: string, port: number): number {
    this.#mark();
    return this.stack.connect(peer, port)?.id ?? -1;
  }

  /** Whose host is at the other end; "" of a socket that is gone. */
  peerOf(sock: number): string {
    return this.#sock(sock)?.wire.link.peer ?? "";
  }

  isConnected(sock: number): boolean {
    return this.#sock(sock)?.state === "established";
  }

  /** Nothing more will come, or the socket is gone. */
  isClosed(sock: number): boolean {
    const found = this.#sock(sock);
    return found === null || this.stack.isAtEnd(found);
  }

  availableBytes(sock: number): number {
    const datagrams = this.#udpSock(sock);
    if (datagrams === null) return this.#sock(sock)?.availableBytes ?? 0;
    return datagrams.queue.toArray().reduce((sum, { lenBytes }) => sum + lenBytes, 0);
  }

  /** Up to `maxBytes`, as slices; empty when there is nothing. */
  recv(sock: number, maxBytes: number): Uint8Array[] {
    this.#mark();
    const found = this.#sock(sock);
    return found === null ? [] : this.stack.recv(found, maxBytes);
  }

  /** Take what buffer and memory allow. The answer is overwritten by the next call. */
  send(sock: number, bytes: Uint8Array): SendResult {
    this.#mark();
    const found = this.#sock(sock);
    this.#sent.takenBytes = 0;
    this.#sent.lack = "closed";
    if (found !== null) this.stack.send(found, [bytes], this.#sent);
    return this.#sent;
  }

  /** Let go of it: in order, or with a reset. */
  close(sock: number, how: "fin" | "reset"): void {
    this.#mark();
    this.#watchers.delete(sock);
    const datagrams = this.#udpSock(sock);
    if (datagrams !== null) this.stack.udpClose(datagrams);
    const found = this.#sock(sock);
    if (found === null) return;
    if (how === "reset") this.stack.reset(found);
    else this.stack.close(found);
  }

  /** A socket for datagrams; -1 when the port is taken. */
  bindDatagrams(port: number): number {
    return this.stack.udpBind(port)?.id ?? -1;
  }

  /** The oldest datagram; null when there is none. */
  takeDatagram(sock: number): ReceivedDatagram | null {
    this.#mark();
    const found = this.#udpSock(sock);
    return found === null ? null : this.stack.udpRecv(found);
  }

  /** False without memory for it, or a link to the peer. */
  sendDatagram(
    sock: number,
    to: { readonly peer: string; readonly port: number },
    bytes: Uint8Array,
  ): boolean {
    this.#mark();
    const found = this.#udpSock(sock);
    return found !== null && this.stack.udpSend(found, to, bytes);
  }

  setMemalloc(sock: number, mark: "on" | "off"): void {
    const found = this.#sock(sock) ?? this.#udpSock(sock);
    if (found !== null) this.stack.setMemalloc(found, mark === "on");
  }

  setAllocation(sock: number, gfp: Gfp): void {
    const found = this.#sock(sock);
    if (found !== null) this.stack.setAllocation(found, gfp);
  }

  #sock(id: number): Sock | null {
    return this.stack.sockById(id);
  }

  #udpSock(id: number): UdpSock | null {
    return this.stack.udpSocks().find((sock) => sock.id === id) ?? null;
  }

  /** Work that softirqs did since the last call is not the caller's. */
  #mark(): void {
    this.#costSeenNs = this.stack.costNs;
  }

  save(): readonly (readonly [number, number])[] {
    return [...this.#watchers];
  }

  load(state: readonly (readonly [number, number])[]): void {
    this.#watchers.clear();
    for (const [sock, watcher] of state) this.#watchers.set(sock, watcher);
  }
}
