// Fragments of datagrams that wait for the rest of them. Linux: net/ipv4/ip_fragment.c, inet_fragment.c.
//
// What waits here belongs to no socket and is charged to none: up to 4 MiB (256 KiB in older kernels), for up to 30 s.
// A fragment from the reserve is kept like any other, so half a datagram holds reserve pages until it times out.
//
// Not modelled: ipfrag_max_dist, overlapping fragments (the edge sends none), per-peer limits.

import { fromS } from "#base/units.ts";
import { GFP_ATOMIC } from "../mm/gfp.ts";
import { TIMER } from "../sched/timers.ts";
import { tryCoalesce } from "./coalesce.ts";
import type { DropReason } from "./drop-reason.ts";
import type { SlabCacheSource, SlabSource } from "./memory.ts";
import type { NetContext } from "./net-context.ts";
import type { Skb } from "./skb.ts";
import type { SkbMemory } from "./skb-memory.ts";
import { loadSkb, type SkbState, saveSkb } from "./skb-state.ts";

/** IP_FRAG_TIME, include/net/ip.h. */
const TIMEOUT_NS = fromS(30);
/** sizeof(struct ipq), x86-64. */
const QUEUE_BYTES = 208;
/** The UDP header at the front of what is put together. */
const UDP_HEADER_BYTES = 8;

interface FragQueue {
  readonly number: number;
  readonly datagramId: number;
  readonly ref: number;
  readonly link: number;
  readonly skbs: Skb[];
  gotBytes: number;
}

export interface IpFragmentsParts {
  readonly context: NetContext;
  readonly memory: SkbMemory;
  readonly slab: SlabSource;
  readonly highBytes: number;
  readonly lowBytes: number;
  /** Takes a datagram that was put together. */
  readonly deliver: (skb: Skb) => void;
}

export class IpFragments {
  readonly #parts: IpFragmentsParts;
  readonly #cache: SlabCacheSource;
  /** Oldest first. */
  readonly #queues = new Map<number, FragQueue>();
  #nextNumber = 1;
  /** truesize of all fragments that wait, and their queues. */
  memoryBytes = 0;

  constructor(parts: IpFragmentsParts) {
    this.#parts = parts;
    this.#cache = parts.slab.cache("ip4-frags", QUEUE_BYTES);
    parts.context.timers.on(TIMER.fragTimeout, (number) => this.#onTimeout(number));
  }

  get queueCount(): number {
    return this.#queues.size;
  }

  /** A fragment came in; it is kept, passed on with the others, or gone. */
  receive(skb: Skb): void {
    const { context, highBytes, lowBytes } = this.#parts;
    context.snmp.ip.ReasmReqds++;
    if (this.memoryBytes > highBytes) {
      if (!context.era.fragEvicts) {
        this.#refuse(skb, "frag-limit");
        return;
      }
      this.#evict(lowBytes);
    }
    const queue = this.#find(skb) ?? this.#create(skb);
    if (queue === null) this.#refuse(skb, "frag-nomem");
    else this.#keep(queue, skb);
  }

  /** Forget everything: the machine goes down. */
  clear(): void {
    for (const queue of [...this.#queues.values()]) this.#kill(queue, "frag-timeout");
  }

  #keep(queue: FragQueue, skb: Skb): void {
    const { context } = this.#parts;
    if (queue.skbs.some(({ frame }) => frame.seq === skb.frame.seq)) {
      context.countDropOf(skb.frame, "frag-duplicate", skb.lenBytes);
      this.#parts.memory.free(skb);
      return;
    }
    queue.skbs.push(skb);
    queue.gotBytes += skb.lenBytes;
    this.memoryBytes += skb.truesizeBytes;
    const bytes = skb.frame.datagram?.bytes.length ?? 0;
    if (queue.gotBytes === bytes + UDP_HEADER_BYTES) this.#assemble(queue);
  }

  #find(skb: Skb): FragQueue | null {
    for (const queue of this.#queues.values())
      if (queue.link === skb.frame.link && queue.datagramId === skb.frame.datagram?.id)
        return queue;
    return null;
  }

  #create(skb: Skb): FragQueue | null {
    const { context } = this.#parts;
    const ref = this.#cache.alloc(GFP_ATOMIC);
    if (ref === null) return null;
    const number = this.#nextNumber++;
    const datagramId = skb.frame.datagram?.id ?? -1;
    const queue = { number, datagramId, ref, link: skb.frame.link, skbs: [], gotBytes: 0 };
    this.#queues.set(number, queue);
    this.memoryBytes += QUEUE_BYTES;
    context.timers.set(context.nowNs + TIMEOUT_NS, TIMER.fragTimeout, number);
    return queue;
  }

  #refuse(skb: Skb, reason: DropReason): void {
    const { context, memory } = this.#parts;
    context.snmp.ip.ReasmFails++;
    context.countDropOf(skb.frame, reason, skb.lenBytes);
    memory.free(skb);
  }

  /** Throw the oldest away until there is less than `lowBytes`. Linux 2.6.12: ip_evictor(). */
  #evict(lowBytes: number): void {
    for (const queue of [...this.#queues.values()]) {
      if (this.memoryBytes <= lowBytes) return;
      this.#parts.context.snmp.ip.ReasmFails++;
      this.#kill(queue, "frag-evicted");
    }
  }

  #onTimeout(number: number): void {
    const queue = this.#queues.get(number);
    if (queue === undefined) return;
    const { ip } = this.#parts.context.snmp;
    ip.ReasmTimeout++;
    ip.ReasmFails++;
    this.#kill(queue, "frag-timeout");
  }

  #kill(queue: FragQueue, reason: DropReason): void {
    this.#forget(queue);
    for (const skb of queue.skbs) {
      this.#parts.context.countDropOf(skb.frame, reason, skb.lenBytes);
      this.#parts.memory.free(skb);
    }
  }

  #forget(queue: FragQueue): void {
    this.#queues.delete(queue.number);
    this.#cache.free(queue.ref);
    this.memoryBytes -= QUEUE_BYTES;
    for (const skb of queue.skbs) this.memoryBytes -= skb.truesizeBytes;
  }

  /** Linux: ip_frag_reasm(). What cannot be merged behind the first head hangs on its list, whole. */
  #assemble(queue: FragQueue): void {
    const { context, memory, deliver } = this.#parts;
    this.#forget(queue);
    const [head, ...rest] = queue.skbs.toSorted((x, y) => x.frame.seq - y.frame.seq);
    if (head === undefined) return;
    for (const skb of rest) {
      if (context.era.coalesces && tryCoalesce(memory, head, skb) !== null) continue;
      head.list ??= [];
      head.list.push(skb);
      head.lenBytes += skb.lenBytes;
      head.truesizeBytes += skb.truesizeBytes;
    }
    context.snmp.ip.ReasmOKs++;
    deliver(head);
  }

  save(): IpFragmentsState {
    return {
      queues: [...this.#queues.values()].map(({ skbs, ...plain }) => ({
        ...plain,
        skbs: skbs.map(saveSkb),
      })),
      nextNumber: this.#nextNumber,
      memoryBytes: this.memoryBytes,
    };
  }

  load(state: IpFragmentsState): void {
    this.#queues.clear();
    for (const queue of state.queues)
      this.#queues.set(queue.number, { ...queue, skbs: queue.skbs.map(loadSkb) });
    this.#nextNumber = state.nextNumber;
    this.memoryBytes = state.memoryBytes;
  }
}

export interface IpFragmentsState {
  readonly queues: readonly (Readonly<Omit<FragQueue, "skbs">> & {
    readonly skbs: readonly SkbState[];
  })[];
  readonly nextNumber: number;
  readonly memoryBytes: number;
}
