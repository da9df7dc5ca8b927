// Which frame holds which page of a file: an array of frames behind nodes that cost memory. Linux: struct xarray, lib/xarray.c.
//
// Not modelled: the upper levels (1 node in 64), shadow entries of pages that were thrown out.

import { assert } from "#base/assert.ts";
import type { NodeMemory } from "./swap-space.ts";

/** XA_CHUNK_SHIFT: slots of one node, as a power of two (include/linux/xarray.h). */
const NODE_SHIFT = 6;

export class PageTree {
  readonly #memory: NodeMemory;
  /** Frame of each page; -1 when it is not there. */
  readonly #frames: Int32Array;
  readonly #nodes: Int32Array;
  readonly #nodeUse: Uint8Array;
  /** Pages that are there. */
  countPages = 0;

  constructor(pageCount: number, memory: NodeMemory) {
    this.#memory = memory;
    this.#frames = new Int32Array(pageCount).fill(-1);
    const nodeCount = (pageCount >> NODE_SHIFT) + 1;
    this.#nodes = new Int32Array(nodeCount).fill(-1);
    this.#nodeUse = new Uint8Array(nodeCount);
  }

  /** The frame of page `index`; -1 when it is not there. */
  frameAt(index: number): number {
    return this.#frames[index] ?? -1;
  }

  /** Put a frame at a place that is free; false when there is no memory for the node. */
  set(index: number, pfn: number): boolean {
    assert(this.frameAt(index) === -1, "a page of a file is in memory once");
    const node = index >> NODE_SHIFT;
    if (this.#nodes[node] === -1) {
      const memory = this.#memory.allocNode();
      if (memory === null) return false;
      this.#nodes[node] = memory;
    }
    this.#nodeUse[node] = (this.#nodeUse[node] ?? 0) + 1;
    this.#frames[index] = pfn;
    this.countPages++;
    return true;
  }

  remove(index: number): void {
    assert(this.frameAt(index) !== -1, "only a page that is there is taken out");
    this.#frames[index] = -1;
    this.countPages--;
    const node = index >> NODE_SHIFT;
    const use = (this.#nodeUse[node] ?? 0) - 1;
    this.#nodeUse[node] = use;
    if (use > 0) return;
    this.#memory.freeNode(this.#nodes[node] ?? -1);
    this.#nodes[node] = -1;
  }

  save(): PageTreeState {
    return {
      frames: this.#frames.slice(),
      nodes: this.#nodes.slice(),
      nodeUse: this.#nodeUse.slice(),
      countPages: this.countPages,
    };
  }

  load(state: PageTreeState): void {
    this.#frames.set(state.frames);
    this.#nodes.set(state.nodes);
    this.#nodeUse.set(state.nodeUse);
    this.countPages = state.countPages;
  }
}

export interface PageTreeState {
  readonly frames: Int32Array;
  readonly nodes: Int32Array;
  readonly nodeUse: Uint8Array;
  readonly countPages: number;
}
