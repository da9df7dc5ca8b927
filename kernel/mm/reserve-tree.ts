// Memory set aside for a known worst case: a tree of parts, each with its pages, its limit and what of it is in use.
//
// Pages add up to the root and are kept above every mark of every zone. It is attached as long as some socket is marked.
// What is taken is charged to one part and refused when its limit is reached; nothing is charged upwards. The limits of
// unlike parts add up too, and mean nothing there. Zijlstra, mm/reserve.c and sk_adjust_memalloc() (linux-mm, 2007-10-30).
//
// Not modelled: waiting for a charge (who may sleep tries again after the pause of sk_stream_wait_memory()), failure to
// raise the marks (swap is turned on at boot, when memory is free), IPv6 (no host here speaks it).

import { assert } from "#base/assert.ts";
import type { ReserveDemand, ReservePart } from "../policy/reserve/policy.ts";
import { estimatePages } from "./reserve-estimate.ts";

export interface ReserveNode {
  readonly name: string;
  /** 0 is the root. */
  readonly depth: number;
  pages: number;
  /** In the unit of its demand: pages, bytes, objects. */
  limit: number;
  /** In bytes; 0 ≤ usageBytes < limit of the part that is charged, 0 of all others. */
  usageBytes: number;
}

export interface ReserveTreeSpec {
  readonly part: ReservePart;
  readonly cpuCount: number;
  /** So many pages are to be kept above the marks from now on. */
  readonly resize: (pages: number) => void;
}

export class ReserveTree {
  /** Each part, whatever is above it before it. */
  readonly nodes: readonly ReserveNode[];
  readonly #spec: ReserveTreeSpec;
  readonly #packets: ReserveNode;
  #sockets = 0;

  constructor(spec: ReserveTreeSpec) {
    this.#spec = spec;
    this.nodes = partsOf(spec.part).map(({ part, depth }) => ({
      name: part.name,
      depth,
      pages: 0,
      limit: 0,
      usageBytes: 0,
    }));
    const place = partsOf(spec.part).findIndex(({ part }) => part.role === "packets");
    const packets = this.nodes[place];
    assert(packets !== undefined, "received packets are charged to some part");
    this.#packets = packets;
    this.#measure();
  }

  /** Pages kept above the marks now: those of all parts while it is attached, else none. */
  get attachedPages(): number {
    return this.#sockets > 0 ? (this.nodes[0]?.pages ?? 0) : 0;
  }

  /** What received packets hold of it, in bytes. */
  get usageBytes(): number {
    return this.#packets.usageBytes;
  }

  /** So many sockets are marked now: the first attaches it, the last takes it off. */
  setSockets(count: number): void {
    this.#sockets = count;
    this.#measure();
    this.#spec.resize(this.attachedPages);
  }

  /** Whether a packet may take so much of it; if so it is charged. */
  charge(bytes: number): boolean {
    const packets = this.#packets;
    if (packets.usageBytes + bytes >= packets.limit) return false;
    packets.usageBytes += bytes;
    return true;
  }

  uncharge(bytes: number): void {
    this.#packets.usageBytes -= bytes;
    assert(this.#packets.usageBytes >= 0, "no more is given back to a reserve than was taken");
  }

  save(): ReserveTreeState {
    return { sockets: this.#sockets, usageBytes: this.usageBytes };
  }

  /** Into a tree of the same spec; the zones are loaded with what is kept for it. */
  load(state: ReserveTreeState): void {
    this.#sockets = state.sockets;
    this.#packets.usageBytes = state.usageBytes;
    this.#measure();
  }

  /** Size every part by what it has to hold now. */
  #measure(): void {
    const { part, cpuCount } = this.#spec;
    const parts = partsOf(part);
    this.nodes.forEach((node, i) => {
      node.pages = 0;
      node.limit = 0;
      for (const leaf of leavesOf(parts[i]?.part ?? part)) {
        const times = leaf.role === "each-socket" ? this.#sockets : 1;
        node.pages += estimatePages(leaf.demand, cpuCount) * times;
        node.limit += limitOf(leaf.demand) * times;
      }
    });
  }
}

export interface ReserveTreeState {
  readonly sockets: number;
  readonly usageBytes: number;
}

interface Placed {
  readonly part: ReservePart;
  readonly depth: number;
}

function partsOf(part: ReservePart, depth = 0): Placed[] {
  const below = (part.parts ?? []).flatMap((child) => partsOf(child, depth + 1));
  return [{ part, depth }, ...below];
}

type Leaf = Pick<ReservePart, "role"> & { readonly demand: ReserveDemand };

function leavesOf(part: ReservePart): Leaf[] {
  const below = (part.parts ?? []).flatMap(leavesOf);
  const { demand, role } = part;
  if (demand === undefined) return below;
  return [role === undefined ? { demand } : { demand, role }, ...below];
}

function limitOf(demand: ReserveDemand): number {
  switch (demand.type) {
    case "pages":
      return demand.pages;
    case "kmalloc":
      return demand.bytes;
    case "objects":
      return demand.count;
  }
}
