// The network card and its driver's receive ring. Linux: a driver's poll function, net/core/dev.c (NAPI).
//
// The card writes a frame into a buffer that waits in the ring; without one it drops the frame unseen, whoever it was for.
// The poll takes frames up and refills the ring with the rights the driver's allocation has. A ring that stayed empty
// would never be looked at again, since no interrupt comes, so each driver has its own way to try again.
//
// Not modelled: transmit ring (a frame is on the wire as soon as it is built), several queues.

import { assert } from "#base/assert.ts";
import { TIMER } from "../sched/timers.ts";
import { POLL_NS, REFILL_NS, RX_PACKET_NS } from "./costs.ts";
import type { DriverProfile } from "./drivers.ts";
import { Fifo } from "./fifo.ts";
import { type Frame, type FrameState, loadFrame, saveFrame } from "./frame.ts";
import { LazyTimer } from "./lazy-timer.ts";
import type { NetContext } from "./net-context.ts";
import type { RefillContext, RxBuffer, RxBuffers } from "./rx-buffers.ts";
import type { Skb } from "./skb.ts";

/** NAPI_POLL_WEIGHT, include/linux/netdevice.h. */
export const POLL_WEIGHT = 64;
/** E1000_RX_BUFFER_WRITE: buffers go back to the card in batches. */
const REFILL_BATCH = 16;

export interface NicParts {
  readonly context: NetContext;
  readonly buffers: RxBuffers;
  readonly driver: DriverProfile;
  readonly ringSize: number;
  /** Which of the machine's cards it is, from 0. */
  readonly index: number;
  /** Takes each packet up: GRO, or the protocols at once. */
  readonly deliver: (skb: Skb) => void;
}

export class Nic {
  readonly ringSize: number;
  readonly #context: NetContext;
  readonly #buffers: RxBuffers;
  readonly #driver: DriverProfile;
  readonly #deliver: (skb: Skb) => void;
  /** Buffers the card may write to. */
  readonly #filled = new Fifo<RxBuffer>();
  /** Frames written, and the buffers they lie in, head by head. */
  readonly #frames = new Fifo<Frame>();
  readonly #used = new Fifo<RxBuffer>();
  /** Buffers whose frame was copied out: they go back without an allocation. */
  readonly #spare = new Fifo<RxBuffer>();
  readonly #retry: LazyTimer;
  /** The driver gave up in the middle of a poll and waits for an interrupt. */
  #isStalled = false;
  #isPollAsked = false;

  constructor(parts: NicParts) {
    this.#context = parts.context;
    this.#buffers = parts.buffers;
    this.#driver = parts.driver;
    this.#deliver = parts.deliver;
    this.ringSize = parts.ringSize;
    this.#retry = new LazyTimer(parts.context.timers, { kind: TIMER.nicRefill, a: parts.index });
  }

  /** Descriptors with a buffer that is free to be written to. */
  get filledCount(): number {
    return this.#filled.length;
  }

  /** Frames that wait for a poll. */
  get waitingFrames(): number {
    return this.#frames.length;
  }

  hasWork(): boolean {
    return this.#isPollAsked || (this.#frames.length > 0 && !this.#isStalled);
  }

  /** Fill the ring when the driver comes up. */
  boot(): void {
    this.#refill("boot");
    this.#ensureRetry();
  }

  /** A frame reaches the card. */
  dma(frame: Frame): void {
    const { snmp, trace } = this.#context;
    const buffer = this.#filled.shift();
    if (buffer === undefined) {
      snmp.dev.rx_missed_errors++;
      this.#context.drops.add("rx-missed");
      trace.card?.dropped(frame, "rx-missed", frame.lenBytes);
      trace.event("net.rxMissed", this.#context.nowNs, frame.stream, frame.lenBytes);
      return;
    }
    this.#frames.push(frame);
    this.#used.push(buffer);
    this.#isStalled = false;
  }

  /** One poll: up to POLL_WEIGHT packets go up, and the ring is refilled. How many there were. */
  poll(): number {
    const context = this.#context;
    this.#isPollAsked = false;
    context.costNs += POLL_NS;
    let count = 0;
    while (count < POLL_WEIGHT && this.#frames.length > 0) {
      if (!this.#takeUp()) {
        this.#isStalled = true;
        break;
      }
      count++;
      context.costNs += RX_PACKET_NS;
      if (this.#driver.refillThreshold === 1 && count % REFILL_BATCH === 0) this.#refill("poll");
    }
    if (this.#emptyCount() >= this.#driver.refillThreshold) this.#refill("poll");
    this.#ensureRetry();
    if (count > 0) context.trace.event("net.rx", context.nowNs, count, this.#filled.length);
    return count;
  }

  /** The skb of a frame that came now; null, or "buffer", when the one or the other cannot be had. Keeps what it takes. */
  tryOne(frame: Frame): Skb | "buffer" | null {
    const buffer =
      this.#filled.shift() ??
      this.#used.shift() ??
      this.#spare.shift() ??
      this.#buffers.take("poll") ??
      (this.#driver.retry.by === "work" ? this.#buffers.take("work") : null);
    return buffer === null ? "buffer" : this.#skbOf(frame, buffer);
  }

  /** Give every buffer back: the driver goes down. */
  shutDown(): void {
    for (const ring of [this.#filled, this.#used, this.#spare]) {
      for (const buffer of ring.toArray()) this.#buffers.give(buffer);
      ring.clear();
    }
    this.#frames.clear();
    this.#retry.clear();
    this.#buffers.drain();
  }

  /** An empty ring gets no interrupt: something else must come back to it. */
  assertAlive(): void {
    const isDry = this.#filled.length === 0 && !this.hasWork();
    assert(!isDry || this.#retry.isOn, "an empty ring is tried again");
  }

  #emptyCount(): number {
    const usable = this.ringSize - this.#driver.unusedDescriptors;
    return usable - this.#filled.length - this.#used.length;
  }

  /** Take the next frame up; false when the driver must leave it in the ring for want of memory. */
  #takeUp(): boolean {
    const frame = this.#frames.first;
    const buffer = this.#used.first;
    assert(frame !== undefined && buffer !== undefined, "each frame lies in a buffer");
    const skb = this.#skbOf(frame, buffer);
    if (skb === null && this.#leavesInRing()) {
      this.#context.snmp.dev.alloc_rx_buff_failed++;
      return false;
    }
    this.#frames.shift();
    this.#used.shift();
    this.#context.snmp.dev.rx_packets++;
    if (skb !== null) this.#deliver(skb);
    return true;
  }

  /** The skb of a frame. The buffer is gone into it, or is spare, or (null, and left in the ring) as it was. */
  #skbOf(frame: Frame, buffer: RxBuffer): Skb | null {
    if (this.#driver.whenRefused === "recycle") return this.#swapOut(frame, buffer);
    if (this.#buffers.isCopied(frame)) {
      const copy = this.#buffers.copy(frame);
      if (copy !== null) {
        this.#recycle(buffer);
        return copy;
      }
      if (this.#driver.rxClass === "page_frag_refill") return this.#dropped(frame, buffer);
    }
    const skb = this.#buffers.wrap(frame, buffer);
    if (skb !== null || this.#leavesInRing()) return skb;
    return this.#dropped(frame, buffer);
  }

  /** e1000 and ixgbe leave the descriptor for the next interrupt, virtio drops the packet. */
  #leavesInRing(): boolean {
    const { rxClass } = this.#driver;
    return rxClass === "napi_alloc_frag" || rxClass === "dev_alloc_page";
  }

  /** Only give the packet up against a new buffer, else drop it and keep the old one. */
  #swapOut(frame: Frame, buffer: RxBuffer): Skb | null {
    const fresh = this.#buffers.take("poll");
    if (fresh === null) {
      this.#spare.push(buffer);
      return this.#countDropped(frame);
    }
    this.#spare.push(fresh);
    return this.#buffers.wrap(frame, buffer);
  }

  /** virtio gives the pages of a copied packet back and takes new ones; the others keep the buffer. */
  #recycle(buffer: RxBuffer): void {
    if (this.#driver.rxClass === "page_frag_refill") this.#buffers.give(buffer);
    else this.#spare.push(buffer);
  }

  #dropped(frame: Frame, buffer: RxBuffer): null {
    this.#buffers.give(buffer);
    return this.#countDropped(frame);
  }

  #countDropped(frame: Frame): null {
    this.#context.snmp.dev.rx_dropped++;
    this.#context.countDropOf(frame, "rx-nomem", frame.lenBytes);
    return null;
  }

  /** Whether the ring is full now. */
  #refill(by: RefillContext): boolean {
    const context = this.#context;
    for (let empty = this.#emptyCount(); empty > 0; empty--) {
      const buffer = this.#spare.shift() ?? this.#buffers.take(by);
      if (buffer === null) {
        context.snmp.dev.alloc_rx_buff_failed++;
        context.trace.event("net.refill", context.nowNs, this.#filled.length, empty);
        if (this.#driver.retry.by === "work") this.#retryIn(by === "work" ? null : 0);
        return false;
      }
      context.costNs += REFILL_NS;
      this.#filled.push(buffer);
    }
    return true;
  }

  #retryIn(delayNs: number | null): void {
    if (this.#retry.isOn) return;
    this.#retry.set(this.#context.nowNs + (delayNs ?? this.#driver.retry.everyNs));
  }

  #ensureRetry(): void {
    if (this.#filled.length === 0 || this.#isStalled) this.#retryIn(null);
  }

  onRetry(): void {
    if (!this.#retry.expire()) return;
    if (this.#driver.retry.by === "work") {
      this.#refill("work");
      this.#ensureRetry();
      return;
    }
    this.#isStalled = false;
    this.#isPollAsked = true;
    this.#context.scheduler.raiseSoftirq();
  }

  save(): NicState {
    return {
      filled: this.#filled.toArray(),
      frames: this.#frames.toArray().map(saveFrame),
      used: this.#used.toArray(),
      spare: this.#spare.toArray(),
      retry: this.#retry.save(),
      isStalled: this.#isStalled,
      isPollAsked: this.#isPollAsked,
    };
  }

  load(state: NicState): void {
    this.#filled.fill(state.filled);
    this.#frames.fill(state.frames.map(loadFrame));
    this.#used.fill(state.used);
    this.#spare.fill(state.spare);
    this.#retry.load(state.retry);
    this.#isStalled = state.isStalled;
    this.#isPollAsked = state.isPollAsked;
  }
}

export interface NicState {
  readonly filled: readonly RxBuffer[];
  readonly frames: readonly FrameState[];
  readonly used: readonly RxBuffer[];
  readonly spare: readonly RxBuffer[];
  readonly retry: readonly [number, number];
  readonly isStalled: boolean;
  readonly isPollAsked: boolean;
}
