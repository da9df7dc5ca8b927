// A machine's network: told by the machine what the carrier did, asked by tasks, polled as a softirq.
//
// Nothing here sleeps: a task that finds nothing to read or no room to write goes to sleep on one of the queues, with the
// socket's id, and asks again when it is woken.
//
// Not modelled: IPv6, routes and addresses of several cards (each peer is reached over one).

import type { LinkState } from "../events.ts";
import { __GFP_MEMALLOC, type Gfp } from "../mm/gfp.ts";
import type { SoftirqSource } from "../sched/scheduler.ts";
import { TIMER } from "../sched/timers.ts";
import type { WaitQueue } from "../sched/wait-queue.ts";
import type { Cards } from "./cards.ts";
import type { DropCounts } from "./drop-reason.ts";
import type { Link } from "./link.ts";
import type { Listener } from "./listen.ts";
import type { HeldPacket, Neighbours } from "./neighbour.ts";
import { buildNet, type NetCore, type NetStackParts } from "./net-build.ts";
import { NetCould } from "./net-could.ts";
import { loadNet, type NetStackState, saveNet } from "./net-state.ts";
import type { ProtoMemory } from "./proto-memory.ts";
import type { Snmp } from "./snmp.ts";
import type { Sock } from "./sock.ts";
import { type SockView, viewOf } from "./sock-view.ts";
import { emitSegment } from "./tcp-ack.ts";
import { abort, closeSock, shutdownSend } from "./tcp-close.ts";
import { emitData, type SendResult, sendBytes } from "./tcp-output.ts";
import { readBytes } from "./tcp-read.ts";
import { assertSockTimed, onSockDelack, onSockRto } from "./tcp-timer.ts";
import type { ReceivedDatagram, UdpSock } from "./udp.ts";

/** Time of one round, in ns: 2 ticks at HZ=1000, netdev_budget_usecs. */
const BUDGET_NS = 2_000_000;
/** SOMAXCONN, include/linux/socket.h (4096 since 5.4). */
const BACKLOG = { "2.6.12": 128, "3.x": 128, "6.1": 4096 } as const;

export class NetStack implements SoftirqSource {
  /** `what` of their sleepers is a socket or a listener. */
  readonly readable: WaitQueue;
  readonly writable: WaitQueue;
  readonly connecting: WaitQueue;
  readonly acceptable: WaitQueue;
  readonly #core: NetCore;
  readonly #budgetPackets: number;
  /** What `#runTimer` works on: set before each softirq, so that no closure is made for one. */
  #due: Sock | null = null;
  #dueKind: "rto" | "delack" = "rto";
  readonly #runTimer = (): number => this.#timerWork();

  constructor(parts: NetStackParts) {
    this.#core = buildNet(parts, (packet) => this.#release(packet));
    this.#budgetPackets = parts.limits.budgetPackets;
    const { queues } = this.#core;
    this.readable = queues.readable;
    this.writable = queues.writable;
    this.connecting = queues.connecting;
    this.acceptable = queues.acceptable;
    parts.timers.on(TIMER.socketRto, (id) => this.#onTimer(id, "rto"));
    parts.timers.on(TIMER.socketDelack, (id) => this.#onTimer(id, "delack"));
    parts.scheduler.serveSoftirq(this);
  }

  // Told by the machine.
  /** The interface comes up: its ring is filled from this machine's memory. */
  boot(): void {
    this.#core.cards.boot();
  }

  /** `peer` opened a connection to our `port`. */
  incoming(stream: number, peer: string, port: number): void {
    this.#core.edge.incoming(stream, peer, port);
  }

  /** The peer's host took our connection. */
  connected(stream: number): void {
    this.#core.edge.connected(stream);
  }

  /** Bytes of a stream; nobody changes them afterwards. */
  received(stream: number, bytes: Uint8Array): void {
    this.#core.edge.received(stream, bytes);
  }

  /** The peer's host took this many more of our bytes. */
  sent(stream: number, countBytes: number): void {
    this.#core.edge.sent(stream, countBytes);
  }

  /** The peer closed (null) or reset the connection. */
  closed(stream: number, errno: string | null): void {
    this.#core.edge.closed(stream, errno);
  }

  datagram(peer: string, fromPort: number, port: number, bytes: Uint8Array): void {
    this.#core.edge.datagram(peer, { fromPort, port, bytes });
  }

  /** A fault on the link with `peer`: `inbound` is what comes from it. */
  linkChanged(peer: string, direction: "inbound" | "outbound", state: LinkState): void {
    this.#core.edge.linkChanged(peer, direction, state);
  }

  // Asked by tasks.

  listen(port: number, backlogMax?: number): Listener {
    const { context, socks } = this.#core;
    return socks.listen(port, backlogMax ?? BACKLOG[context.era.name]);
  }

  /** The connection that has waited longest; null when none does. */
  accept(listener: Listener): Sock | null {
    return listener.ready.shift() ?? null;
  }

  /** Begin a connection; null without a link to the peer or memory for the socket. */
  connect(peer: string, port: number): Sock | null {
    return this.#core.socks.connect(peer, port);
  }

  isConnected(sock: Sock): boolean {
    return sock.state === "established";
  }

  /** Up to `maxBytes`, as slices. Empty: nothing there; then see isAtEnd() and errno. */
  recv(sock: Sock, maxBytes: number): Uint8Array[] {
    return readBytes(this.#core.tcp, sock, maxBytes);
  }

  /** Nothing more will come. */
  isAtEnd(sock: Sock): boolean {
    return sock.availableBytes === 0 && (sock.isPeerDone || sock.state === "closed");
  }

  availableBytes(sock: Sock): number {
    return sock.availableBytes;
  }

  /** Take what buffer and memory allow; `result` says how much, and what was lacking for the rest. */
  send(sock: Sock, slices: readonly Uint8Array[], result: SendResult): void {
    sendBytes(this.#core.tcp, sock, slices, result);
  }

  /** No more will be written. */
  shutdown(sock: Sock): void {
    shutdownSend(this.#core.tcp, sock);
  }

  /** Let go of the socket: with unread data the peer is reset. */
  close(sock: Sock): void {
    closeSock(this.#core.tcp, sock);
  }

  /** Let go of it with a reset, whatever is queued. */
  reset(sock: Sock): void {
    if (sock.isDead) return;
    sock.isDead = true;
    if (sock.state === "closed") this.#core.tcp.destroy(sock);
    else abort(this.#core.tcp, sock);
  }

  /** Stop listening; connections nobody accepted are reset. */
  closeListener(listener: Listener): void {
    listener.isOpen = false;
    for (let sock = listener.ready.shift(); sock !== undefined; sock = listener.ready.shift())
      this.close(sock);
  }

  /** Mark the socket as one the VM depends on, or take the mark off. Linux: sk_set_memalloc(). */
  setMemalloc(sock: Sock | UdpSock, isOn: boolean): void {
    if (sock.memalloc === isOn) return;
    sock.memalloc = isOn;
    this.#core.context.countMarked(isOn ? 1 : -1);
    if (!("allocation" in sock)) return;
    sock.allocation = isOn ? sock.allocation | __GFP_MEMALLOC : sock.allocation & ~__GFP_MEMALLOC;
  }

  /** A program says that the machine is in emergency, or that it is over. */
  orderEmergency(change: 1 | -1): void {
    this.#core.context.emergencyOrders += change;
  }

  get isEmergency(): boolean {
    return this.#core.context.isEmergency();
  }

  /** The mask for the socket's data and its ACKs, as its owner wants it. Linux: a plain store to sk_allocation. */
  setAllocation(sock: Sock, gfp: Gfp): void {
    sock.allocation = gfp;
  }

  /** A UDP socket; null when the port is taken. */
  udpBind(port: number): UdpSock | null {
    return this.#core.udp.bind(this.#core.socks.newId(), port);
  }

  udpRecv(sock: UdpSock): ReceivedDatagram | null {
    return this.#core.udp.take(sock);
  }

  /** False without memory for the packet. */
  udpSend(
    sock: UdpSock,
    to: { readonly peer: string; readonly port: number },
    bytes: Uint8Array,
  ): boolean {
    return this.#core.udp.send(to, sock, bytes);
  }

  udpClose(sock: UdpSock): void {
    this.setMemalloc(sock, false);
    this.#core.udp.close(sock);
  }

  // Softirq.

  hasWork(): boolean {
    return this.#core.cards.hasWork() || this.#core.loopback.hasWork();
  }

  /** Polls until there is nothing left or the budget is used; the CPU time it took, in ns. Linux: net_rx_action(). */
  run(): number {
    const { context, cards, gro, loopback, deliver } = this.#core;
    const startNs = context.costNs;
    let packets = 0;
    while (
      this.hasWork() &&
      packets < this.#budgetPackets &&
      context.costNs - startNs < BUDGET_NS
    ) {
      packets += cards.poll();
      gro?.flush();
      packets += loopback.poll(deliver);
    }
    return context.costNs - startNs;
  }

  // For observers.

  get snmp(): Snmp {
    return this.#core.context.snmp;
  }

  get drops(): DropCounts {
    return this.#core.context.drops;
  }

  get tcpMemory(): ProtoMemory {
    return this.#core.tcpMemory;
  }

  get udpMemory(): ProtoMemory {
    return this.#core.udpMemory;
  }

  get neighbours(): Neighbours {
    return this.#core.neighbours;
  }

  get cards(): Cards {
    return this.#core.cards;
  }

  get reserveHeldBytes(): number {
    return this.#core.memory.reserveHeldBytes;
  }

  get deviceUsedPackets(): number {
    return this.#core.context.device.usedPackets;
  }

  get memallocSockets(): number {
    return this.#core.context.memallocSockets;
  }

  /** CPU time taken in all contexts, in ns. Take the difference around a call to cost it. */
  get costNs(): number {
    return this.#core.context.costNs;
  }

  /** In blocks that buffers are cut from. */
  get fragPages(): number {
    return this.#core.memory.blocks.pages;
  }

  /** sk_buffs that hold received data. */
  get liveSkbs(): number {
    return this.#core.memory.liveSkbs;
  }

  /** IP reassembly: bytes of truesize, and datagrams that are being put together. */
  get fragments(): { readonly memoryBytes: number; readonly queueCount: number } {
    return this.#core.fragments;
  }

  /** What it could do now; for a copy of the machine. */
  could(): NetCould {
    return new NetCould(this.#core);
  }

  streamIds(): number[] {
    return this.#core.edge.streams().map(({ id }) => id);
  }

  goOnFrom(before: NetStack): void {
    this.#core.edge.goOnFrom(before.#core.edge);
  }

  links(): readonly Link[] {
    return this.#core.edge.links();
  }

  /** The longest retransmission or probe timer that is armed, ours or a peer's, from arming to due, in ns. */
  largestTimerNs(): number {
    let longestNs = 0;
    for (const { rto, rtoNs } of this.#core.socks.all())
      if (rto.isOn) longestNs = Math.max(longestNs, rtoNs);
    for (const { rto, probe, rtoNs, probeNs } of this.#core.edge.streams())
      longestNs = Math.max(longestNs, rto.isOn ? rtoNs : 0, probe.isOn ? probeNs : 0);
    return longestNs;
  }

  sockById(id: number): Sock | null {
    return this.#core.socks.byId(id);
  }

  socks(): readonly Sock[] {
    return this.#core.socks.all();
  }

  listeners(): readonly Listener[] {
    return this.#core.socks.listeners();
  }

  udpSocks(): readonly UdpSock[] {
    return this.#core.udp.sockets();
  }

  view(sock: Sock): SockView {
    return viewOf(sock);
  }

  /** Frames in flight to us, and whether each parked stream and ring will be looked at again. */
  assertAlive(): void {
    this.#core.edge.assertAlive();
    this.#core.cards.assertAlive();
    for (const sock of this.#core.socks.all()) assertSockTimed(sock);
  }

  /** Give every page and object back: the interface goes down, all sockets with it. */
  shutDown(): void {
    const { socks, udp, fragments, cards, memory, neighbours, loopback } = this.#core;
    for (const listener of socks.listeners()) this.closeListener(listener);
    for (const sock of socks.all()) socks.destroy(sock);
    for (const sock of udp.sockets()) this.udpClose(sock);
    fragments.clear();
    loopback.drain();
    cards.shutDown();
    neighbours.shutDown();
    memory.drain();
  }

  #onTimer(id: number, kind: "rto" | "delack"): void {
    const sock = this.#core.socks.byId(id);
    if (sock === null || !sock[kind].expire()) return;
    this.#due = sock;
    this.#dueKind = kind;
    this.#core.context.scheduler.asSoftirq(this.#runTimer);
  }

  #timerWork(): number {
    const { context, tcp } = this.#core;
    const startNs = context.costNs;
    if (this.#due !== null) (this.#dueKind === "rto" ? onSockRto : onSockDelack)(tcp, this.#due);
    this.#due = null;
    return context.costNs - startNs;
  }

  /** A neighbour answered: what waited for it leaves, in the order of the stream. */
  #release(packet: HeldPacket): void {
    const { tcp, socks } = this.#core;
    const sock = socks.byId(packet.sock);
    if (sock === null || sock.state === "closed") return;
    if (packet.kind !== "data") {
      emitSegment(tcp, sock, packet.kind);
      return;
    }
    for (const skb of sock.retransmitQueue.toArray())
      if (skb.slices.length > 0 || (skb.isFin && !sock.isFinSent)) emitData(tcp, sock, skb);
  }

  save(): NetStackState {
    return saveNet(this.#core);
  }

  /** Into a stack of the same spec. Tasks are loaded before it, for the queues name them. */
  load(state: NetStackState): void {
    loadNet(this.#core, state);
  }
}
