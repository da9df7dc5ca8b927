// Events in order of time: a binary heap of (atNs, seq) in typed arrays.
//
// Ties fire in the order they were pushed, so a run never depends on how the heap happens to lie. An event is two numbers
// beside its kind, never an object: a run of 10^8 events leaves nothing for the garbage collector. Cancelling is the
// owner's affair: keep a generation beside the timer and ignore a firing that carries an old one.

import { assert } from "./assert.ts";

export interface EventHeapState {
  readonly nextSeq: number;
  readonly events: readonly (readonly [number, number, number, number, number])[];
}

export class EventHeap {
  /** The event that `pop` took out last. */
  atNs = 0;
  kind = 0;
  a = 0;
  b = 0;

  #size = 0;
  #nextSeq = 0;
  #heap = new Int32Array(64);
  #at = new Float64Array(64);
  #seq = new Float64Array(64);
  #kind = new Int32Array(64);
  #a = new Float64Array(64);
  #b = new Float64Array(64);

  constructor() {
    for (let i = 0; i < this.#heap.length; i++) this.#heap[i] = i;
  }

  get size(): number {
    return this.#size;
  }

  /** When the earliest event is due, in ns; Infinity when there is none. */
  get nextAtNs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#at[this.#heap[0] ?? 0] ?? 0);
  }

  push(atNs: number, kind: number, a: number, b: number): void {
    assert(atNs >= 0, "an event has a time");
    if (this.#size === this.#heap.length) this.#grow();
    const slot = this.#heap[this.#size] ?? 0;
    this.#at[slot] = atNs;
    this.#seq[slot] = this.#nextSeq++;
    this.#kind[slot] = kind;
    this.#a[slot] = a;
    this.#b[slot] = b;
    this.#siftUp(this.#size++, slot);
  }

  /** Take the earliest event into `atNs`, `kind`, `a` and `b`; false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false;
    const heap = this.#heap;
    const slot = heap[0] ?? 0;
    this.atNs = this.#at[slot] ?? 0;
    this.kind = this.#kind[slot] ?? 0;
    this.a = this.#a[slot] ?? 0;
    this.b = this.#b[slot] ?? 0;
    const last = heap[--this.#size] ?? 0;
    heap[this.#size] = slot;
    if (this.#size > 0) this.#siftDown(last);
    return true;
  }

  save(): EventHeapState {
    const events: [number, number, number, number, number][] = [];
    for (let i = 0; i < this.#size; i++) {
      const s = this.#heap[i] ?? 0;
      events.push([
        this.#at[s] ?? 0,
        this.#seq[s] ?? 0,
        this.#kind[s] ?? 0,
        this.#a[s] ?? 0,
        this.#b[s] ?? 0,
      ]);
    }
    events.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    return { nextSeq: this.#nextSeq, events };
  }

  load(state: EventHeapState): void {
    this.#size = 0;
    for (const [atNs, seq, kind, a, b] of state.events) {
      this.#nextSeq = seq;
      this.push(atNs, kind, a, b);
    }
    this.#nextSeq = state.nextSeq;
  }

  #before(x: number, y: number): boolean {
    const dx = this.#at[x] ?? 0;
    const dy = this.#at[y] ?? 0;
    return dx < dy || (dx === dy && (this.#seq[x] ?? 0) < (this.#seq[y] ?? 0));
  }

  #siftUp(start: number, slot: number): void {
    const heap = this.#heap;
    let i = start;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (!this.#before(slot, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = slot;
  }

  #siftDown(slot: number): void {
    const heap = this.#heap;
    const size = this.#size;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(heap[child + 1] ?? 0, heap[child] ?? 0)) child++;
      const below = heap[child] ?? 0;
      if (!this.#before(below, slot)) break;
      heap[i] = below;
      i = child;
    }
    heap[i] = slot;
  }

  #grow(): void {
    const from = this.#heap.length;
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const bigger = new Float64Array(from * 2);
      bigger.set(old);
      return bigger;
    };
    this.#at = grown(this.#at);
    this.#seq = grown(this.#seq);
    this.#a = grown(this.#a);
    this.#b = grown(this.#b);
    const kind = new Int32Array(from * 2);
    kind.set(this.#kind);
    this.#kind = kind;
    const heap = new Int32Array(from * 2);
    heap.set(this.#heap);
    for (let i = from; i < heap.length; i++) heap[i] = i;
    this.#heap = heap;
  }
}
