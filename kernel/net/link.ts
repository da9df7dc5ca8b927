// The wire between this machine and one peer, both directions: when a frame arrives, and whether it does.
//
// Inbound frames share one clock: each takes the wire for bytes ÷ bandwidth, then latency and jitter pass. They are judged
// when they arrive, so a cut loses what is in flight and a hold keeps it. What this machine sends is followed only as far
// as the peer's TCP must know of it (acknowledgements, windows, requests): the bytes themselves travel with the carrier.
//
// Not modelled: reordering by the network, duplication, queues of switches on the way (bandwidth is the sender's).

import type { Random } from "#base/random.ts";
import type { LinkState } from "../events.ts";
import { TIMER, type Timers } from "../sched/timers.ts";
import { Fifo } from "./fifo.ts";
import { type Frame, type FrameState, loadFrame, saveFrame } from "./frame.ts";
import { LazyTimer } from "./lazy-timer.ts";

/** Preamble, checksum and gap on the wire (IEEE 802.3). */
const WIRE_OVERHEAD_BYTES = 24;
/** Frames that raise an interrupt at once, however short ago the last one was. */
const INTERRUPT_FRAMES = 32;
/** Least time between two receive interrupts under load: e1000e's default lets through up to 20,000 a second. */
const INTERRUPT_GAP_NS = 50_000;

/** What the peer's TCP is told by a segment of ours. */
export type OutKind = "ack" | "syn" | "syn-ack" | "rst" | "probe" | "again" | "arp";

export interface OutSegment {
  readonly kind: OutKind;
  readonly stream: number;
  /** We have everything before this. */
  readonly ack: number;
  /** We take nothing from this on. */
  readonly wndEnd: number;
  /** We hold data behind a hole. */
  readonly hasHole: boolean;
  readonly atNs: number;
}

export class Link {
  readonly index: number;
  readonly peer: string;
  inbound: LinkState;
  outbound: LinkState;
  /** Frames that the wire lost on their way here. */
  lostFrames = 0;
  /** Segments of ours that it lost; who judges them is the other end, unless nobody emulates it. */
  lostSegments = 0;
  /** Frames that were sent while the wire was held. */
  heldFrames = 0;
  /** Frames that arrived. */
  carriedFrames = 0;
  /** Connections that were reset on the way. */
  resetStreams = 0;
  readonly #timers: Timers;
  readonly #random: Random;
  readonly #lane = new Fifo<Frame>();
  readonly #out = new Fifo<OutSegment>();
  readonly #arrival: LazyTimer;
  readonly #departure: LazyTimer;
  #freeAtNs = 0;
  #lastAtNs = 0;
  #outAtNs = 0;
  #interruptAtNs = 0;

  constructor(spec: {
    readonly index: number;
    readonly peer: string;
    readonly inbound: LinkState;
    readonly outbound: LinkState;
    readonly timers: Timers;
    readonly random: Random;
  }) {
    this.index = spec.index;
    this.peer = spec.peer;
    this.inbound = spec.inbound;
    this.outbound = spec.outbound;
    this.#timers = spec.timers;
    this.#random = spec.random.fork(spec.peer);
    this.#arrival = new LazyTimer(spec.timers, { kind: TIMER.linkArrival, a: spec.index, b: 0 });
    this.#departure = new LazyTimer(spec.timers, { kind: TIMER.linkArrival, a: spec.index, b: 1 });
  }

  /** Latency there and back, in ns. */
  get roundTripNs(): number {
    return this.inbound.latencyNs + this.outbound.latencyNs;
  }

  get isWhole(): boolean {
    const { inbound, outbound } = this;
    return !(inbound.cut || inbound.held || outbound.cut || outbound.held);
  }

  get framesInFlight(): number {
    return this.#lane.length;
  }

  /** The peer sends a frame. */
  put(frame: Frame): void {
    if (this.inbound.held) this.heldFrames++;
    this.#stamp(frame);
    this.#lane.push(frame);
    this.#armArrival();
  }

  /** The next frame that has arrived and was not lost; null when there is none. */
  arrive(): Frame | null {
    const { nowNs } = this.#timers;
    while (!this.inbound.held) {
      const frame = this.#lane.first;
      if (frame === undefined || frame.atNs > nowNs) break;
      this.#lane.shift();
      if (!this.#isLost(this.inbound)) {
        this.carriedFrames++;
        return frame;
      }
      this.lostFrames++;
    }
    this.#interruptAtNs = nowNs;
    this.#armArrival();
    return null;
  }

  /** This machine sends a segment; the peer's TCP hears of it a latency later. */
  send({ kind, stream, ack, wndEnd, hasHole }: Omit<OutSegment, "atNs">): void {
    const atNs = Math.max(this.#outAtNs, this.#timers.nowNs + this.outbound.latencyNs);
    this.#outAtNs = atNs;
    // Field by field: a literal that spreads another object takes V8's slow path, and this is done for every ACK.
    this.#out.push({ kind, stream, ack, wndEnd, hasHole, atNs });
    this.#armDeparture();
  }

  /** The next segment of ours that has reached the peer; null when there is none. */
  reach(): OutSegment | null {
    const { nowNs } = this.#timers;
    while (!this.outbound.held) {
      const segment = this.#out.first;
      if (segment === undefined || segment.atNs > nowNs) break;
      this.#out.shift();
      if (!this.#isLost(this.outbound)) return segment;
      this.lostSegments++;
    }
    this.#armDeparture();
    return null;
  }

  /** Whether the arrival entry (direction 0) or the departure entry (1) that fired is due. */
  expire(direction: number): boolean {
    return direction === 0 ? this.#arrival.expire() : this.#departure.expire();
  }

  /** A fault began, changed or healed. */
  setState(direction: "inbound" | "outbound", state: LinkState): void {
    const wasHeld = this[direction].held;
    this[direction] = state;
    if (wasHeld && !state.held && direction === "inbound") this.#release();
    this.#armArrival();
    this.#armDeparture();
  }

  /** What was held arrives one frame after the other, not all at once. */
  #release(): void {
    this.#freeAtNs = this.#timers.nowNs;
    for (let i = 0; i < this.#lane.length; i++) {
      const frame = this.#lane.at(i);
      if (frame === undefined || frame.atNs > this.#timers.nowNs) continue;
      this.#freeAtNs += this.#serialNs(frame);
      frame.atNs = this.#freeAtNs;
    }
    this.#lastAtNs = Math.max(this.#lastAtNs, this.#freeAtNs);
  }

  #stamp(frame: Frame): void {
    const { latencyNs, jitterNs } = this.inbound;
    this.#freeAtNs = Math.max(this.#timers.nowNs, this.#freeAtNs) + this.#serialNs(frame);
    const extraNs = jitterNs > 0 ? this.#random.below(jitterNs) : 0;
    // Later frames never overtake: order within a stream is kept, and one clock keeps it for all.
    this.#lastAtNs = Math.max(this.#lastAtNs, this.#freeAtNs + latencyNs + extraNs);
    frame.atNs = this.#lastAtNs;
  }

  #serialNs(frame: Frame): number {
    const bytes = frame.wireBytes + WIRE_OVERHEAD_BYTES;
    return Math.ceil((bytes * 1_000_000_000) / this.inbound.bandwidthBytesPerSec);
  }

  #isLost(state: LinkState): boolean {
    if (state.cut) return true;
    return state.lossPerMillion > 0 && this.#random.chance(state.lossPerMillion, 1_000_000);
  }

  #armArrival(): void {
    const first = this.#lane.first;
    if (first === undefined || this.inbound.held) {
      this.#arrival.clear();
      return;
    }
    const manyAtNs = this.#lane.at(INTERRUPT_FRAMES - 1)?.atNs ?? Number.MAX_SAFE_INTEGER;
    const calmAtNs = Math.max(first.atNs, this.#interruptAtNs + INTERRUPT_GAP_NS);
    this.#arrival.set(Math.min(calmAtNs, manyAtNs));
  }

  #armDeparture(): void {
    const first = this.#out.first;
    if (first === undefined || this.outbound.held) this.#departure.clear();
    else this.#departure.set(first.atNs);
  }

  save(): LinkSaved {
    return {
      inbound: this.inbound,
      outbound: this.outbound,
      counts: [
        this.lostFrames,
        this.lostSegments,
        this.heldFrames,
        this.carriedFrames,
        this.resetStreams,
      ],
      random: this.#random.save(),
      lane: this.#lane.toArray().map(saveFrame),
      out: this.#out.toArray(),
      arrival: this.#arrival.save(),
      departure: this.#departure.save(),
      clocks: [this.#freeAtNs, this.#lastAtNs, this.#outAtNs, this.#interruptAtNs],
    };
  }

  load(state: LinkSaved): void {
    this.inbound = state.inbound;
    this.outbound = state.outbound;
    [this.lostFrames, this.lostSegments, this.heldFrames, this.carriedFrames, this.resetStreams] =
      state.counts;
    this.#random.load(state.random);
    this.#lane.fill(state.lane.map(loadFrame));
    this.#out.fill(state.out);
    this.#arrival.load(state.arrival);
    this.#departure.load(state.departure);
    [this.#freeAtNs, this.#lastAtNs, this.#outAtNs, this.#interruptAtNs] = state.clocks;
  }
}

export interface LinkSaved {
  readonly inbound: LinkState;
  readonly outbound: LinkState;
  readonly counts: readonly [number, number, number, number, number];
  readonly random: readonly [number, number];
  readonly lane: readonly FrameState[];
  readonly out: readonly OutSegment[];
  readonly arrival: readonly [number, number];
  readonly departure: readonly [number, number];
  readonly clocks: readonly [number, number, number, number];
}
