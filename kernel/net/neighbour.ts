// Who has that address: the neighbour entry a packet needs before it can leave, and the old kernels' route entry.
//
// An unresolved neighbour is asked for with an ARP request, which takes GFP_ATOMIC memory and has no right to the
// reserve; until the answer comes packets wait, up to a bound. Linux: net/core/neighbour.c, net/ipv4/arp.c; the route
// cache of 2.6.12: net/ipv4/route.c.
//
// Not modelled: garbage collection of entries (a machine here knows a handful of peers), gratuitous ARP, the peer asking
// for us.

import { fromS } from "#base/units.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import { TIMER } from "../sched/timers.ts";
import type { Edge } from "./edge.ts";
import { Fifo } from "./fifo.ts";
import { FRAME, Frame } from "./frame.ts";
import { LazyTimer } from "./lazy-timer.ts";
import type { Link, OutKind } from "./link.ts";
import type { SlabCacheSource, SlabSource } from "./memory.ts";
import type { NetContext } from "./net-context.ts";
import type { SkbMemory } from "./skb-memory.ts";
import { TX_HEAD_TRUESIZE_BYTES } from "./tx-skb.ts";

/** RETRANS_TIME, MCAST_PROBES, UCAST_PROBES, DELAY_PROBE_TIME and BASE_REACHABLE_TIME of arp_tbl, net/ipv4/arp.c. */
const RETRANS_NS = fromS(1);
const PROBES_MAX = 3;
const DELAY_NS = fromS(5);
const REACHABLE_NS = fromS(30);
/** QUEUE_LEN_BYTES: SK_WMEM_MAX. */
const QUEUE_BYTES_MAX = 212_992;
/** struct neighbour with its key, and an ARP packet. */
const NEIGHBOUR_BYTES = 512;
const ARP_BYTES = 42;
/** struct rtable with its dst_entry, 2.6.12 x86-64. */
const ROUTE_BYTES = 256;

/** NUD states. `reachable` with ARP warm never ends. */
type NeighbourState = "none" | "incomplete" | "reachable" | "delay" | "probe" | "failed";

/** A packet that waits for an answer: what is needed to send it later. */
export interface HeldPacket {
  readonly sock: number;
  readonly kind: "data" | OutKind;
  readonly truesizeBytes: number;
}

class Neighbour {
  readonly link: Link;
  readonly timer: LazyTimer;
  state: NeighbourState = "none";
  entryRef: number | null = null;
  routeRef: number | null = null;
  probes = 0;
  confirmedAtNs = 0;
  readonly queue = new Fifo<HeldPacket>();
  queueBytes = 0;

  constructor(link: Link, timer: LazyTimer) {
    this.link = link;
    this.timer = timer;
  }
}

export interface NeighboursParts {
  readonly context: NetContext;
  readonly memory: SkbMemory;
  readonly slab: SlabSource;
  readonly edge: Edge;
  /** Who sends there asks nobody (NUD_NOARP). */
  readonly loopback: Link;
  readonly isWarm: boolean;
  /** Send what was held. */
  readonly release: (packet: HeldPacket) => void;
}

export class Neighbours {
  readonly #context: NetContext;
  readonly #memory: SkbMemory;
  readonly #slab: SlabSource;
  readonly #edge: Edge;
  readonly #loopback: Link;
  readonly #isWarm: boolean;
  readonly #release: (packet: HeldPacket) => void;
  readonly #routes: SlabCacheSource;
  readonly #neighbours: Neighbour[];

  constructor(parts: NeighboursParts) {
    this.#context = parts.context;
    this.#memory = parts.memory;
    this.#slab = parts.slab;
    this.#edge = parts.edge;
    this.#loopback = parts.loopback;
    this.#isWarm = parts.isWarm;
    this.#release = parts.release;
    this.#routes = parts.slab.cache("ip_dst_cache", ROUTE_BYTES);
    const { timers } = parts.context;
    this.#neighbours = [...parts.edge.links(), parts.loopback].map(
      (link) =>
        new Neighbour(link, new LazyTimer(timers, { kind: TIMER.neighbour, a: link.index })),
    );
    timers.on(TIMER.neighbour, (index) => {
      const neighbour = this.#neighbours[index];
      if (neighbour?.timer.expire() === true) this.#onTimer(neighbour);
    });
  }

  /** Whether a packet may leave for that peer now. If not it is held or dropped, and the caller frees its memory. */
  output(link: Link, packet: HeldPacket): boolean {
    if (this.isKnown(link)) return true;
    const neighbour = this.#neighbours[link.index];
    if (neighbour?.state === "incomplete") this.#hold(neighbour, packet);
    return false;
  }

  /** Whether the peer can be sent to now; if its address is not known it is asked for. */
  isKnown(link: Link): boolean {
    if (!this.hasRoute(link)) return false;
    if (this.#isWarm || link === this.#loopback) return true;
    const neighbour = this.#neighbours[link.index];
    if (neighbour === undefined) return false;
    this.#age(neighbour);
    if (neighbour.state === "none" || neighbour.state === "failed") this.#resolve(neighbour);
    return !["incomplete", "failed", "none"].includes(neighbour.state);
  }

  /** 2.6.12: a packet from or to a peer needs its route entry. */
  hasRoute(link: Link): boolean {
    const { era, snmp } = this.#context;
    if (!era.hasRouteCache) return true;
    const neighbour = this.#neighbours[link.index];
    if (neighbour === undefined) return false;
    neighbour.routeRef ??= this.#routes.alloc(this.#context.neighbourGfp(GFP_ATOMIC));
    if (neighbour.routeRef !== null) return true;
    snmp.ip.OutNoRoutes++;
    this.#context.countDrop("route-nomem", 0);
    return false;
  }

  /** TCP saw an answer of that peer: it is there. Linux: dst_confirm(). */
  confirm(link: Link): void {
    const neighbour = this.#neighbours[link.index];
    if (neighbour === undefined || this.#isWarm) return;
    neighbour.confirmedAtNs = this.#context.nowNs;
    if (neighbour.state === "delay" || neighbour.state === "probe") this.#reach(neighbour);
  }

  /** An ARP reply was taken in. */
  onReply(index: number): void {
    const neighbour = this.#neighbours[index];
    if (neighbour === undefined || neighbour.state === "none") return;
    this.#reach(neighbour);
    for (let held = neighbour.queue.shift(); held !== undefined; held = neighbour.queue.shift())
      this.#release(held);
    neighbour.queueBytes = 0;
  }

  stateOf(link: Link): NeighbourState {
    return this.#isWarm ? "reachable" : (this.#neighbours[link.index]?.state ?? "none");
  }

  /** Give the entries back: the interface goes down. */
  shutDown(): void {
    for (const neighbour of this.#neighbours) {
      if (neighbour.entryRef !== null) this.#slab.kfree(neighbour.entryRef);
      if (neighbour.routeRef !== null) this.#routes.free(neighbour.routeRef);
      neighbour.entryRef = null;
      neighbour.routeRef = null;
      neighbour.state = "none";
      neighbour.queue.clear();
      neighbour.queueBytes = 0;
      neighbour.timer.clear();
    }
  }

  #reach(neighbour: Neighbour): void {
    neighbour.state = "reachable";
    neighbour.confirmedAtNs = this.#context.nowNs;
    neighbour.timer.clear();
  }

  /** An entry that nobody confirmed is used once more for a while, then asked after. */
  #age(neighbour: Neighbour): void {
    const { nowNs } = this.#context;
    if (neighbour.state !== "reachable" || nowNs - neighbour.confirmedAtNs < REACHABLE_NS) return;
    neighbour.state = "delay";
    neighbour.probes = 0;
    neighbour.timer.set(nowNs + DELAY_NS);
  }

  #resolve(neighbour: Neighbour): void {
    neighbour.entryRef ??= this.#slab.kmalloc(
      NEIGHBOUR_BYTES,
      this.#context.neighbourGfp(GFP_ATOMIC),
    );
    if (neighbour.entryRef === null) return;
    neighbour.state = "incomplete";
    neighbour.probes = 0;
    this.#ask(neighbour);
  }

  #onTimer(neighbour: Neighbour): void {
    if (neighbour.state === "delay") neighbour.state = "probe";
    if (neighbour.probes < PROBES_MAX) {
      this.#ask(neighbour);
      return;
    }
    neighbour.state = "failed";
    for (let held = neighbour.queue.shift(); held !== undefined; held = neighbour.queue.shift())
      this.#context.countDrop("neigh-failed", held.truesizeBytes);
    neighbour.queueBytes = 0;
  }

  /** Send a request, if there is memory for one; either way come back in a second. Linux: neigh_probe(). */
  #ask(neighbour: Neighbour): void {
    neighbour.probes++;
    neighbour.timer.set(this.#context.nowNs + RETRANS_NS);
    const request = this.#memory.alloc(
      new Frame(FRAME.arpReply, neighbour.link.index, -1),
      ARP_BYTES,
      this.#context.neighbourGfp(GFP_ATOMIC),
    );
    if (request === null) return;
    this.#memory.free(request);
    this.#edge.askArp(neighbour.link);
  }

  #hold(neighbour: Neighbour, packet: HeldPacket): void {
    while (neighbour.queueBytes + packet.truesizeBytes > QUEUE_BYTES_MAX) {
      const oldest = neighbour.queue.shift();
      if (oldest === undefined) break;
      neighbour.queueBytes -= oldest.truesizeBytes;
      this.#context.countDrop("neigh-queuefull", oldest.truesizeBytes);
    }
    neighbour.queue.push(packet);
    neighbour.queueBytes += packet.truesizeBytes;
  }

  save(): readonly NeighbourSaved[] {
    return this.#neighbours.map(({ link, timer, queue, ...plain }) => ({
      ...plain,
      queue: queue.toArray(),
      timer: timer.save(),
    }));
  }

  load(state: readonly NeighbourSaved[]): void {
    state.forEach(({ timer, queue, ...plain }, i) => {
      const neighbour = this.#neighbours[i];
      if (neighbour === undefined) return;
      Object.assign(neighbour, plain);
      neighbour.queue.fill(queue);
      neighbour.timer.load(timer);
    });
  }
}

interface NeighbourSaved extends Readonly<Omit<Neighbour, "link" | "timer" | "queue">> {
  readonly queue: readonly HeldPacket[];
  readonly timer: readonly [number, number];
}

/** What a control packet that is held costs. */
export const CONTROL_TRUESIZE_BYTES = TX_HEAD_TRUESIZE_BYTES;
