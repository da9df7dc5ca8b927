// A machine's own events: the one agenda behind its timers, its CPUs and its wire.
//
// Subsystems register a handler for each kind they use and set timers by number; nothing is an object, nothing is
// cancelled (a handler ignores a firing whose `b` is an old generation). Linux: kernel/time/timer.c, without jiffies:
// timers fire at the nanosecond they were set for.

import { assert } from "#base/assert.ts";
import { EventHeap, type EventHeapState } from "#base/event-heap.ts";

/** Every kind of internal event. The order is part of a run's digest. */
export const TIMER = {
  cpu: 0,
  taskTimeout: 1,
  linkArrival: 2,
  nicRefill: 3,
  peerRto: 4,
  peerAck: 5,
  socketRto: 6,
  socketDelack: 7,
  socketProbe: 8,
  fragTimeout: 9,
  neighbour: 10,
  kswapdNap: 11,
  flusher: 12,
  wbtWindow: 13,
  psi: 14,
  sample: 15,
  requestTimeout: 16,
  load: 17,
  memRecheck: 18,
  peerProbe: 19,
  disk: 20,
  nbdTimeout: 21,
} as const;
export type TimerKind = (typeof TIMER)[keyof typeof TIMER];

type Handler = (a: number, b: number) => void;

export class Timers {
  /** The machine's present: never runs backwards. Everything in the kernel reads time here. */
  nowNs = 0;
  /** Events fired since boot. */
  firedCount = 0;
  readonly #heap = new EventHeap();
  readonly #handlers: (Handler | undefined)[] = [];

  on(kind: TimerKind, handler: Handler): void {
    assert(this.#handlers[kind] === undefined, "a kind of timer has one handler");
    this.#handlers[kind] = handler;
  }

  set(atNs: number, kind: TimerKind, a = 0, b = 0): void {
    this.#heap.push(Math.max(atNs, this.nowNs), kind, a, b);
  }

  /** When the next event is due, in ns; Infinity when nothing is armed. */
  get nextAtNs(): number {
    return this.#heap.nextAtNs;
  }

  /** Move the present to `nowNs`, before which everything has fired. */
  moveTo(nowNs: number): void {
    assert(
      nowNs >= this.nowNs && nowNs <= this.#heap.nextAtNs,
      "what is due happens before time moves on",
    );
    this.nowNs = nowNs;
  }

  /** Go on after a freeze: whatever came due meanwhile fires now, late. */
  thaw(nowNs: number): void {
    this.nowNs = Math.max(this.nowNs, nowNs);
  }

  /** Fire the earliest event, moving the present to it. */
  fire(): void {
    const heap = this.#heap;
    assert(heap.pop(), "there is an event to fire");
    this.nowNs = Math.max(this.nowNs, heap.atNs);
    this.firedCount++;
    const handler = this.#handlers[heap.kind];
    assert(handler !== undefined, "every kind that is set has a handler");
    handler(heap.a, heap.b);
  }

  save(): { readonly nowNs: number; readonly firedCount: number; readonly heap: EventHeapState } {
    return { nowNs: this.nowNs, firedCount: this.firedCount, heap: this.#heap.save() };
  }

  load(state: ReturnType<Timers["save"]>): void {
    this.nowNs = state.nowNs;
    this.firedCount = state.firedCount;
    this.#heap.load(state.heap);
  }
}
