// Writeback throttling: a quota of writes in flight that shrinks while reads are slow. Linux: block/blk-wbt.c, blk-rq-qos.c.
//
// Reclaimers that are over quota sleep here, kswapd among them, each under a limit of its own. It is one of the places
// where a whole machine stands still: the quota comes back only with answers from the server.
//
// Not modelled: the flush queue's own quota, cookies of tracked syncs, per-cpu statistics (one window, exact minimum).

import { fromMs } from "#base/units.ts";
import { PF_KSWAPD, type Task } from "../sched/task.ts";

/** RWB_DEF_DEPTH: writes in flight before anything was measured. */
const DEFAULT_DEPTH = 16;
/** RWB_WINDOW_NSEC: how long reads are watched before the depth is judged. */
export const WINDOW_NS = fromMs(100);
/** wbt_default_latency_nsec() of a non-rotational device. */
const TARGET_READ_NS = fromMs(2);
/** close_io(): other traffic less than this ago makes background writes step back, HZ/10. */
const RECENT_NS = fromMs(100);

export class WritebackThrottle {
  readonly #queueDepth: number;
  /** Writes in flight that count against the quota. */
  inFlight = 0;
  #scaleStep = 0;
  #scaledToMax = false;
  #readNsMin = Number.MAX_SAFE_INTEGER;
  #reads = 0;
  #lastReadNs = -RECENT_NS;
  #windowArmed = false;

  constructor(queueDepth: number) {
    this.#queueDepth = queueDepth;
  }

  /** rq_depth_calc_max_depth(): 16, halved for each step down, doubled for each step up to 3/4 of the queue. */
  get depth(): number {
    const base = Math.min(DEFAULT_DEPTH, this.#queueDepth);
    if (this.#scaleStep > 0) return 1 + ((base - 1) >> Math.min(31, this.#scaleStep));
    const wide = 1 + ((base - 1) << Math.min(16, -this.#scaleStep));
    return Math.min(wide, Math.floor((3 * this.#queueDepth) / 4));
  }

  /** Whether this task's next write has to wait. */
  isFull(task: Task, nowNs: number): boolean {
    return this.inFlight >= this.#limit(task, nowNs);
  }

  /** get_limit(): kswapd gets all of it, others half, a quarter just after reads. */
  #limit(task: Task, nowNs: number): number {
    const { depth } = this;
    if ((task.flags & PF_KSWAPD) !== 0) return depth;
    if (depth <= 2) return nowNs - this.#lastReadNs < RECENT_NS ? 1 : depth;
    return nowNs - this.#lastReadNs < RECENT_NS ? (depth + 3) >> 2 : (depth + 1) >> 1;
  }

  /** A read was sent or answered; `tookNs` when it was answered. */
  noteRead(nowNs: number, tookNs?: number): void {
    this.#lastReadNs = nowNs;
    if (tookNs === undefined) return;
    this.#reads++;
    this.#readNsMin = Math.min(this.#readNsMin, tookNs);
  }

  /** Whether a window has to be started: one runs while writes are in flight. */
  armWindow(): boolean {
    if (this.#windowArmed) return false;
    this.#windowArmed = true;
    return true;
  }

  /** wb_timer_fn(): judge the window that ends; true when another one should follow. */
  endWindow(): boolean {
    const isSlow = this.#reads > 0 && this.#readNsMin > TARGET_READ_NS;
    if (isSlow) this.#scaleDown();
    else if (this.#reads > 0) this.#scaleUp();
    else this.#scaleBack();
    this.#reads = 0;
    this.#readNsMin = Number.MAX_SAFE_INTEGER;
    this.#windowArmed = this.inFlight > 0 || this.#scaleStep !== 0;
    return this.#windowArmed;
  }

  save(): WbtState {
    return {
      inFlight: this.inFlight,
      scaleStep: this.#scaleStep,
      scaledToMax: this.#scaledToMax,
      readNsMin: this.#readNsMin,
      reads: this.#reads,
      lastReadNs: this.#lastReadNs,
      windowArmed: this.#windowArmed,
    };
  }

  load(state: WbtState): void {
    this.inFlight = state.inFlight;
    this.#scaleStep = state.scaleStep;
    this.#scaledToMax = state.scaledToMax;
    this.#readNsMin = state.readNsMin;
    this.#reads = state.reads;
    this.#lastReadNs = state.lastReadNs;
    this.#windowArmed = state.windowArmed;
  }

  // rq_depth_scale_down(): a depth that was raised above the default goes back there first.
  #scaleDown(): void {
    if (this.depth === 1) return;
    this.#scaleStep = this.#scaleStep < 0 ? 0 : this.#scaleStep + 1;
    this.#scaledToMax = false;
  }

  #scaleUp(): void {
    if (this.#scaledToMax) return;
    this.#scaleStep--;
    this.#scaledToMax = this.depth >= Math.floor((3 * this.#queueDepth) / 4);
  }

  // LAT_UNKNOWN: nothing to judge by, so the depth drifts back to the default.
  #scaleBack(): void {
    if (this.#scaleStep > 0) this.#scaleUp();
    else if (this.#scaleStep < 0) this.#scaleStep++;
  }
}

export interface WbtState {
  readonly inFlight: number;
  readonly scaleStep: number;
  readonly scaledToMax: boolean;
  readonly readNsMin: number;
  readonly reads: number;
  readonly lastReadNs: number;
  readonly windowArmed: boolean;
}
