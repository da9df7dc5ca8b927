// Wiring: the parts of one machine's network, each given what it needs of the others.
//
// The card hands packets up to protocols that hand segments down to the edge, which hands frames to the card: the circle
// is closed here and nowhere else, through `up`.

import type { Random } from "#base/random.ts";
import type { Era } from "../era.ts";
import type { Effect } from "../events.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Timers } from "../sched/timers.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { Trace } from "../trace.ts";
import { Cards } from "./cards.ts";
import { Edge, type PeerSpec } from "./edge.ts";
import { Encapsulation } from "./encapsulation.ts";
import type { Frame } from "./frame.ts";
import { Gro } from "./gro.ts";
import { IpFragments } from "./ip-fragment.ts";
import type { BufferLimits, MemLimits, NetLimits } from "./limits.ts";
import { SockStructs } from "./listen.ts";
import { Loopback } from "./loopback.ts";
import type { FrameFlags, PacketReserve, PageSource, SlabSource } from "./memory.ts";
import { type HeldPacket, Neighbours } from "./neighbour.ts";
import { NetContext, type NetParts } from "./net-context.ts";
import { netEras } from "./net-era.ts";
import type { NetSpec } from "./net-spec.ts";
import { ProtoMemory } from "./proto-memory.ts";
import { Receive } from "./receive.ts";
import type { Skb } from "./skb.ts";
import { SkbMemory } from "./skb-memory.ts";
import { mssOf, SockTable } from "./sock-table.ts";
import type { Tcp } from "./tcp-context.ts";
import { Udp } from "./udp.ts";
import { Wires } from "./wires.ts";

export interface NetStackParts {
  readonly timers: Timers;
  readonly scheduler: Scheduler;
  readonly pages: PageSource;
  readonly slab: SlabSource;
  readonly frames: FrameFlags;
  readonly reserve: PacketReserve | null;
  readonly era: Era;
  readonly policies: NetParts["policies"];
  readonly isBelowThreshold: () => boolean;
  readonly spec: NetSpec;
  readonly limits: NetLimits;
  /** The machine's own name: what it reaches over the loopback device. */
  readonly host: string;
  readonly peers: readonly PeerSpec[];
  readonly random: Random;
  readonly trace: Trace;
  readonly emit: (effect: Effect) => void;
}

/** Sleepers wait here with `what` = the id of their socket or listener. */
export interface NetQueues {
  readonly readable: WaitQueue;
  readonly writable: WaitQueue;
  readonly connecting: WaitQueue;
  readonly acceptable: WaitQueue;
}

export interface NetCore {
  readonly context: NetContext;
  readonly memory: SkbMemory;
  readonly cards: Cards;
  readonly edge: Edge;
  readonly loopback: Loopback;
  readonly neighbours: Neighbours;
  readonly tcpMemory: ProtoMemory;
  readonly udpMemory: ProtoMemory;
  readonly udp: Udp;
  readonly fragments: IpFragments;
  readonly socks: SockTable;
  readonly tcp: Tcp;
  readonly gro: Gro | null;
  readonly queues: NetQueues;
  /** A packet goes to its protocol. */
  readonly deliver: (skb: Skb) => void;
}

/** What is called upwards, set when the upper part exists. */
interface Upward {
  deliver: (skb: Skb) => void;
  release: (packet: HeldPacket) => void;
}

export function buildNet(parts: NetStackParts, release: (packet: HeldPacket) => void): NetCore {
  const era = netEras[parts.era];
  const { deviceReserve } = parts.spec;
  const random = parts.random.fork("net");
  const context = new NetContext({ ...parts, era, random, deviceReserve });
  const { marksPackets } = parts.policies.receive;
  const memory = new SkbMemory({ ...parts, current: parts.scheduler.current, era, marksPackets });
  const up: Upward = { deliver: () => undefined, release };
  const lower = buildLower(parts, { context, memory, up });
  const queues = buildQueues(parts.scheduler);
  const upper = buildUpper(parts, { context, memory, ...lower, queues });
  const tcp = buildTcp(parts, { context, memory, ...lower, ...upper, queues });
  upper.socks.wire(tcp);
  const receive = new Receive({
    tcp,
    udp: upper.udp,
    fragments: upper.fragments,
    socks: upper.socks,
  });
  const deliver = (skb: Skb): void => receive.receive(skb);
  const gro = era.hasGro ? new Gro(memory, deliver) : null;
  up.deliver = gro === null ? deliver : (skb) => gro.receive(skb);
  return { context, memory, ...lower, ...upper, tcp, gro, queues, deliver };
}

type Base = Pick<NetCore, "context" | "memory">;

function buildLower(
  parts: NetStackParts,
  { context, memory, up }: Base & { readonly up: Upward },
): Pick<NetCore, "cards" | "edge" | "loopback" | "neighbours"> {
  const { spec, peers, slab } = parts;
  const { driver, ringSize } = spec;
  const cards = new Cards({
    context,
    memory,
    mtu: spec.mtu,
    cards: [{ driver, ringSize, peers: [] }, ...spec.moreCards],
    peers: peers.map(({ peer }) => peer),
    deliver: (skb) => up.deliver(skb),
  });
  const rules = {
    mssBytes: mssOf(spec.mtu),
    initialRtoNs: context.era.initialRtoNs,
    perWriteSegments: spec.perWriteSegments,
  };
  const dma = (frame: Frame): void => {
    const { nowNs: atNs, trace } = context;
    const peer = peers[frame.link]?.peer ?? "";
    trace.card?.arrived({ atNs, peer, stream: edge.streamById(frame.stream), frame });
    cards.of(frame).dma(frame);
  };
  const edge = new Edge({ context, rules, mtu: spec.mtu, peers, dma });
  const loopback = new Loopback(context, memory, { host: parts.host, index: peers.length });
  const isWarm = spec.arp === "warm";
  const neighbours = new Neighbours({
    context,
    memory,
    slab,
    edge,
    loopback: loopback.link,
    isWarm,
    release: (held) => up.release(held),
  });
  return { cards, edge, loopback, neighbours };
}

function buildUpper(
  parts: NetStackParts,
  {
    context,
    memory,
    edge,
    neighbours,
    queues,
  }: Base & Pick<NetCore, "edge" | "neighbours" | "queues">,
): Pick<NetCore, "tcpMemory" | "udpMemory" | "udp" | "fragments" | "socks"> {
  const { spec, limits, slab } = parts;
  const { era, current } = context;
  const account = { minBytes: limits.tcpRmem.minBytes, perCpuReservePages: era.perCpuReservePages };
  const tcpPages = spec.tcpMemPages ?? marks(limits.tcpMem);
  const tcpMem = { ...account, limitPages: tcpPages, hasPressure: true };
  const udpPages = limits.udpMem === null ? NO_MARKS : marks(limits.udpMem);
  const udpMem = { ...account, limitPages: udpPages, hasPressure: false };
  const udpMemory = new ProtoMemory(udpMem, current);
  const wakeReaders = (id: number): void => queues.readable.wakeAllOn(id);
  const rcvbufBytes = limits.rmemDefaultBytes;
  const udp = new Udp({
    context,
    memory,
    proto: udpMemory,
    edge,
    neighbours,
    encapsulation: new Encapsulation(context, memory, spec.encapsulation),
    rcvbufBytes,
    wakeReaders,
  });
  const highBytes = spec.ipfragHighBytes ?? limits.ipfragHighBytes;
  const lowBytes = Math.min(limits.ipfragLowBytes, Math.floor((highBytes * 3) / 4));
  const deliver = (skb: Skb): void => udp.receive(skb);
  const fragments = new IpFragments({ context, memory, slab, highBytes, lowBytes, deliver });
  const socks = new SockTable(new SockStructs(slab, context), {
    rcvbufBytes: spec.rcvbufBytes ?? limits.tcpRmem.defaultBytes,
    sndbufBytes: spec.sndbufBytes ?? limits.tcpWmem.defaultBytes,
    mssBytes: mssOf(spec.mtu),
  });
  return { tcpMemory: new ProtoMemory(tcpMem, current), udpMemory, udp, fragments, socks };
}

function buildTcp(
  parts: NetStackParts,
  core: Base & Pick<NetCore, "edge" | "loopback" | "neighbours" | "tcpMemory" | "socks" | "queues">,
): Tcp {
  const { context, memory, edge, loopback, neighbours, socks, queues } = core;
  return {
    context,
    memory,
    slab: parts.slab,
    proto: core.tcpMemory,
    wires: new Wires(edge, loopback),
    neighbours,
    rmemBytes: sizes(parts.limits.tcpRmem),
    wmemBytes: sizes(parts.limits.tcpWmem),
    mayGrowRcvbuf: parts.spec.rcvbufBytes === null,
    wakeReaders: (sock) => queues.readable.wakeAllOn(sock.id),
    wakeWriters: (sock) => {
      queues.writable.wakeAllOn(sock.id);
      queues.connecting.wakeAllOn(sock.id);
    },
    onEstablished: (sock) => queues.acceptable.wakeAllOn(sock.listener),
    destroy: (sock) => socks.destroy(sock),
  };
}

function buildQueues(scheduler: Scheduler): NetQueues {
  return {
    readable: new WaitQueue(scheduler, "socket-readable"),
    writable: new WaitQueue(scheduler, "sndbuf"),
    connecting: new WaitQueue(scheduler, "connect"),
    acceptable: new WaitQueue(scheduler, "accept"),
  };
}

type Triple = readonly [number, number, number];
/** No limit: what a protocol without one never reaches. */
const NO_MARKS: Triple = [1e9, 1e9, 1e9];

const marks = (mem: MemLimits): Triple => [mem.minPages, mem.pressurePages, mem.maxPages];
const sizes = (buffer: BufferLimits): Triple => [
  buffer.minBytes,
  buffer.defaultBytes,
  buffer.maxBytes,
];
