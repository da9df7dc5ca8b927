// A timer that is moved far more often than it fires.
//
// A retransmission timer is pushed back by every acknowledgement. The agenda cannot cancel, so moving it there each time
// would leave a dead entry a segment. This one leaves its entry where it is and looks, when that fires, how far the real
// deadline has moved on. Linux does the same with mod_timer() on icsk_timeout (net/ipv4/tcp_timer.c).

import type { TimerKind, Timers } from "../sched/timers.ts";

export const NEVER = Number.MAX_SAFE_INTEGER;

export class LazyTimer {
  /** When it is to fire, in ns; NEVER is off. */
  dueNs = NEVER;
  /** When its entry on the agenda fires, in ns; NEVER is none. */
  #armedNs = NEVER;
  readonly #timers: Timers;
  readonly #kind: TimerKind;
  readonly #a: number;
  readonly #b: number;

  constructor(timers: Timers, entry: { kind: TimerKind; a: number; b?: number }) {
    this.#timers = timers;
    this.#kind = entry.kind;
    this.#a = entry.a;
    this.#b = entry.b ?? 0;
  }

  get isOn(): boolean {
    return this.dueNs !== NEVER;
  }

  /** Fire at `atNs`, whatever it was set to before. */
  set(atNs: number): void {
    this.dueNs = atNs;
    if (atNs >= this.#armedNs) return;
    this.#armedNs = atNs;
    this.#timers.set(atNs, this.#kind, this.#a, this.#b);
  }

  clear(): void {
    this.dueNs = NEVER;
  }

  /** Its entry fired: whether the deadline has really come. Clears it then. */
  expire(): boolean {
    const { nowNs } = this.#timers;
    if (nowNs < this.#armedNs) return false;
    this.#armedNs = NEVER;
    if (nowNs >= this.dueNs) {
      this.dueNs = NEVER;
      return true;
    }
    if (this.dueNs !== NEVER) this.set(this.dueNs);
    return false;
  }

  save(): readonly [number, number] {
    return [this.dueNs, this.#armedNs];
  }

  load([dueNs, armedNs]: readonly [number, number]): void {
    this.dueNs = dueNs;
    this.#armedNs = armedNs;
  }
}
