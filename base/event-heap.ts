// Events in order of time: a binary heap of (atNs, seq) in typed arrays.
//
// Ties fire in the order they were pushed, so a run never depends on how the heap happens to lie. An event is two numbers
// beside its kind, never an object: a run of 10^8 events leaves nothing for the garbage collector. Cancelling is the
// owner's affair: keep a generation beside the timer and ignore a firing that carries an old one.
//
// Three things make it quick; their worth is in docs/internals/performance.md. Keys lie in heap order, so a comparison is
// one load. The root stays open after a pop until the next call: what fires usually sets another timer, which then sinks
// from there once. And the earlier child is found without a branch, since no processor could foretell that one.

import { assert } from "./assert.ts";

export interface EventHeapState {
  readonly nextSeq: number;
  readonly events: readonly (readonly [number, number, number, number, number])[];
}

/** Events that a new heap has room for. */
const ROOM_FIRST = 64;

export class EventHeap {
  /** The event that `pop` took out last. */
  atNs = 0;
  kind = 0;
  a = 0;
  b = 0;

  /** Events waiting; the one whose place is open is no longer among them. */
  #size = 0;
  #nextSeq = 0;
  /** The root was popped and its place is not yet filled: the heap reaches one place past #size. */
  #isRootOpen: boolean = false;
  /** By place in the heap, and one place more for a sentinel. */
  #at = new Float64Array(ROOM_FIRST + 1);
  #seq = new Float64Array(ROOM_FIRST + 1);
  /** Where the rest of the event is; places past the heap's end hold the slots that are free. */
  #slot = Int32Array.from({ length: ROOM_FIRST + 1 }, (_, i) => i);
  /** By slot. */
  #kind = new Int32Array(ROOM_FIRST);
  #a = new Float64Array(ROOM_FIRST);
  #b = new Float64Array(ROOM_FIRST);

  get size(): number {
    return this.#size;
  }

  /** When the earliest event is due, in ns; Infinity when there is none. */
  get nextAtNs(): number {
    this.#closeRoot();
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#at[0] ?? 0);
  }

  push(atNs: number, kind: number, a: number, b: number): void {
    assert(atNs >= 0, "an event has a time");
    if (this.#size === this.#kind.length) this.#grow();
    const place = this.#isRootOpen ? 0 : this.#size;
    const slot = this.#slot[place] ?? 0;
    this.#kind[slot] = kind;
    this.#a[slot] = a;
    this.#b[slot] = b;
    this.#size++;
    const seq = this.#nextSeq++;
    if (this.#isRootOpen) {
      this.#isRootOpen = false;
      this.#sink(atNs, seq, slot);
    } else {
      this.#at[place] = atNs;
      this.#seq[place] = seq;
      this.#rise(place);
    }
  }

  /** Take the earliest event into `atNs`, `kind`, `a` and `b`; false when there is none. */
  pop(): boolean {
    this.#closeRoot();
    if (this.#size === 0) return false;
    const slot = this.#slot[0] ?? 0;
    this.atNs = this.#at[0] ?? 0;
    this.kind = this.#kind[slot] ?? 0;
    this.a = this.#a[slot] ?? 0;
    this.b = this.#b[slot] ?? 0;
    this.#size--;
    this.#isRootOpen = true;
    return true;
  }

  save(): EventHeapState {
    const events: [number, number, number, number, number][] = [];
    this.#closeRoot();
    for (let place = 0; place < this.#size; place++) {
      const slot = this.#slot[place] ?? 0;
      events.push([
        this.#at[place] ?? 0,
        this.#seq[place] ?? 0,
        this.#kind[slot] ?? 0,
        this.#a[slot] ?? 0,
        this.#b[slot] ?? 0,
      ]);
    }
    events.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
    return { nextSeq: this.#nextSeq, events };
  }

  /** What save() gave, in its order. */
  load(state: EventHeapState): void {
    this.#size = 0;
    this.#isRootOpen = false;
    for (const [atNs, seq, kind, a, b] of state.events) {
      this.#nextSeq = seq;
      this.push(atNs, kind, a, b);
    }
    this.#nextSeq = state.nextSeq;
  }

  /** Fill the place of what was popped with the last event; its slot becomes free. */
  #closeRoot(): void {
    if (!this.#isRootOpen) return;
    this.#isRootOpen = false;
    const last = this.#size;
    if (last === 0) return;
    const slot = this.#slot[last] ?? 0;
    this.#slot[last] = this.#slot[0] ?? 0;
    this.#sink(this.#at[last] ?? 0, this.#seq[last] ?? 0, slot);
  }

  /** Move the newest event, at the heap's end, above those that are later. */
  #rise(end: number): void {
    const at = this.#at;
    const seq = this.#seq;
    const slot = this.#slot;
    const atNs = at[end] ?? 0;
    const newSeq = seq[end] ?? 0;
    const newSlot = slot[end] ?? 0;
    let place = end;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const parentNs = at[parent] ?? 0;
      // Of two at one time the newest stays below: its seq is the higher one.
      if (parentNs <= atNs) break;
      at[place] = parentNs;
      seq[place] = seq[parent] ?? 0;
      slot[place] = slot[parent] ?? 0;
      place = parent;
    }
    at[place] = atNs;
    seq[place] = newSeq;
    slot[place] = newSlot;
  }

  /** Put an event at the root and let earlier ones below it up. */
  #sink(atNs: number, eventSeq: number, eventSlot: number): void {
    const at = this.#at;
    const seq = this.#seq;
    const slot = this.#slot;
    const size = this.#size;
    // Later than every event, so that a lone child needs no test of its own.
    at[size] = Number.POSITIVE_INFINITY;
    seq[size] = Number.POSITIVE_INFINITY;
    let place = 0;
    for (;;) {
      if (2 * place + 1 >= size) break;
      const child = earlierChild(at, seq, place);
      const childNs = at[child] ?? 0;
      if (atNs < childNs || (atNs === childNs && eventSeq < (seq[child] ?? 0))) break;
      at[place] = childNs;
      seq[place] = seq[child] ?? 0;
      slot[place] = slot[child] ?? 0;
      place = child;
    }
    at[place] = atNs;
    seq[place] = eventSeq;
    slot[place] = eventSlot;
  }

  #grow(): void {
    const room = 2 * this.#kind.length;
    this.#at = enlarged(this.#at, room + 1);
    this.#seq = enlarged(this.#seq, room + 1);
    this.#a = enlarged(this.#a, room);
    this.#b = enlarged(this.#b, room);
    const kind = new Int32Array(room);
    kind.set(this.#kind);
    this.#kind = kind;
    const slot = Int32Array.from({ length: room + 1 }, (_, i) => i);
    slot.set(this.#slot);
    this.#slot = slot;
  }
}

/** Which of the two children of a place comes first. */
function earlierChild(at: Float64Array, seq: Float64Array, place: number): number {
  const left = 2 * place + 1;
  const leftNs = at[left] ?? 0;
  const rightNs = at[left + 1] ?? 0;
  if (leftNs === rightNs) return left + +((seq[left + 1] ?? 0) < (seq[left] ?? 0));
  return left + +(rightNs < leftNs);
}

function enlarged(lane: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(lane);
  return larger;
}
