// Swap slots, the swap cache, and the small memory that bookkeeping itself needs. Linux: mm/swapfile.c, mm/swap_state.c.
//
// A slot has one owner page. It is taken when a page joins the swap cache on its way out, and given back when the page is
// written again, or its owner goes away. The cache is a radix tree whose nodes (64 slots each) come out of the slab: a
// swap-out that finds no memory for a node does not happen.
//
// Not modelled: per-CPU clusters and slot caches (slots are taken next-fit, which is what they amount to with one device),
// discard, several devices at one priority, the upper levels of the tree (1 node in 64).

import { assert } from "#base/assert.ts";

/** RADIX_TREE_MAP_SHIFT: slots that one node holds, as a power of two (include/linux/xarray.h). */
const NODE_SHIFT = 6;

/** Where the tree's nodes come from. */
export interface NodeMemory {
  /** A node for the swap cache; null when memory is refused. */
  allocNode(): number | null;
  freeNode(node: number): void;
}

export class SwapSpace {
  readonly slotCount: number;
  usedSlots = 0;
  readonly #memory: NodeMemory;
  // Each number is one more than what it stands for, 0 is none: memory that the host gives is zero, and swap may be large.
  /** Frame in the swap cache for each slot. */
  readonly #cached: Int32Array;
  /** Owner of each slot, and which of its pages. */
  readonly #owner: Int32Array;
  readonly #index: Int32Array;
  readonly #nodes: Int32Array;
  readonly #nodeUse: Uint8Array;
  #next = 0;

  constructor(slotCount: number, memory: NodeMemory) {
    this.slotCount = slotCount;
    this.#memory = memory;
    this.#cached = new Int32Array(slotCount);
    this.#owner = new Int32Array(slotCount);
    this.#index = new Int32Array(slotCount);
    const nodeCount = (slotCount >> NODE_SHIFT) + 1;
    this.#nodes = new Int32Array(nodeCount);
    this.#nodeUse = new Uint8Array(nodeCount);
  }

  get freeSlots(): number {
    return this.slotCount - this.usedSlots;
  }

  /** Take a slot for page `index` of `owner`; -1 when swap is full. */
  takeSlot(owner: number, index: number): number {
    if (this.usedSlots === this.slotCount) return -1;
    while (this.#owner[this.#next] !== 0)
      this.#next = this.#next + 1 === this.slotCount ? 0 : this.#next + 1;
    const slot = this.#next;
    this.#owner[slot] = owner + 1;
    this.#index[slot] = index + 1;
    this.usedSlots++;
    this.#next = slot + 1 === this.slotCount ? 0 : slot + 1;
    return slot;
  }

  freeSlot(slot: number): void {
    assert(this.ownerOf(slot) !== -1, "only a taken slot is given back");
    assert(this.frameAt(slot) === -1, "a slot that is given back is not in the cache");
    this.#owner[slot] = 0;
    this.usedSlots--;
  }

  /** Which space's page the slot holds; -1 when it is free or out of range. */
  ownerOf(slot: number): number {
    return (this.#owner[slot] ?? 0) - 1;
  }

  indexOf(slot: number): number {
    return (this.#index[slot] ?? 0) - 1;
  }

  /** The frame that caches the slot; -1 when none. */
  frameAt(slot: number): number {
    return (this.#cached[slot] ?? 0) - 1;
  }

  /** Put a frame into the cache; false when there is no memory for the node. */
  addToCache(slot: number, pfn: number): boolean {
    assert(this.frameAt(slot) === -1, "a slot is cached once");
    const node = slot >> NODE_SHIFT;
    if (this.#nodes[node] === 0) {
      const memory = this.#memory.allocNode();
      if (memory === null) return false;
      this.#nodes[node] = memory + 1;
    }
    this.#nodeUse[node] = (this.#nodeUse[node] ?? 0) + 1;
    this.#cached[slot] = pfn + 1;
    return true;
  }

  removeFromCache(slot: number): void {
    assert(this.frameAt(slot) !== -1, "only a cached slot is uncached");
    this.#cached[slot] = 0;
    const node = slot >> NODE_SHIFT;
    const use = (this.#nodeUse[node] ?? 0) - 1;
    this.#nodeUse[node] = use;
    if (use > 0) return;
    this.#memory.freeNode((this.#nodes[node] ?? 0) - 1);
    this.#nodes[node] = 0;
  }

  save(): SwapSpaceState {
    return {
      usedSlots: this.usedSlots,
      next: this.#next,
      cached: this.#cached.slice(),
      owner: this.#owner.slice(),
      index: this.#index.slice(),
      nodes: this.#nodes.slice(),
      nodeUse: this.#nodeUse.slice(),
    };
  }

  load(state: SwapSpaceState): void {
    this.usedSlots = state.usedSlots;
    this.#next = state.next;
    this.#cached.set(state.cached);
    this.#owner.set(state.owner);
    this.#index.set(state.index);
    this.#nodes.set(state.nodes);
    this.#nodeUse.set(state.nodeUse);
  }
}

export interface SwapSpaceState {
  readonly usedSlots: number;
  readonly next: number;
  readonly cached: Int32Array;
  readonly owner: Int32Array;
  readonly index: Int32Array;
  readonly nodes: Int32Array;
  readonly nodeUse: Uint8Array;
}
