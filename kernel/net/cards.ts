// The network cards of a machine: the first, and others for the peers they are named for. Each has a ring and receive buffers of
// its own; what they take them from is the same memory.

import { TIMER } from "../sched/timers.ts";
import { type DriverName, drivers } from "./drivers.ts";
import type { Frame } from "./frame.ts";
import type { NetContext } from "./net-context.ts";
import { Nic, type NicState } from "./nic.ts";
import { RxBuffers, type RxBuffersState } from "./rx-buffers.ts";
import type { Skb } from "./skb.ts";
import type { SkbMemory } from "./skb-memory.ts";

export interface CardSpec {
  readonly driver: DriverName;
  /** Receive descriptors; null is the driver's default. */
  readonly ringSize: number | null;
  /** Who is reached over it. */
  readonly peers: readonly string[];
}

export interface CardsParts {
  readonly context: NetContext;
  readonly memory: SkbMemory;
  readonly mtu: number;
  /** The first has every peer that no other is for. */
  readonly cards: readonly [CardSpec, ...CardSpec[]];
  /** Of every link, in their order. */
  readonly peers: readonly string[];
  readonly deliver: (skb: Skb) => void;
}

/** Receive descriptors with a buffer that is free, all of them, and frames that wait for a poll. */
export interface RingView {
  readonly filled: number;
  readonly size: number;
  readonly waiting: number;
}

interface Card {
  readonly nic: Nic;
  readonly buffers: RxBuffers;
}

export class Cards {
  readonly #first: Card;
  readonly #others: readonly Card[];
  /** By the index of a link. */
  readonly #ofLink: readonly Card[];
  readonly #indexOf: ReadonlyMap<string, number>;

  constructor(parts: CardsParts) {
    const { context, cards, peers } = parts;
    const [first, ...others] = cards;
    this.#first = build(parts, first, 0);
    this.#others = others.map((card, i) => build(parts, card, i + 1));
    this.#indexOf = new Map(others.flatMap((card, i) => card.peers.map((peer) => [peer, i + 1])));
    this.#ofLink = peers.map((peer) => this.#at(this.indexOf(peer)));
    context.timers.on(TIMER.nicRefill, (index) => this.#at(index).nic.onRetry());
  }

  /** Of the first. */
  get ring(): RingView {
    return viewOf(this.#first.nic);
  }

  get rings(): readonly RingView[] {
    return this.#all.map(viewOf);
  }

  get #all(): readonly Nic[] {
    return [this.#first, ...this.#others].map(({ nic }) => nic);
  }

  /** Which of them leads to a peer; 0 is the first. */
  indexOf(peer: string): number {
    return this.#indexOf.get(peer) ?? 0;
  }

  of(frame: Frame): Nic {
    return (this.#ofLink[frame.link] ?? this.#first).nic;
  }

  boot(): void {
    this.#first.nic.boot();
    for (const { nic } of this.#others) nic.boot();
  }

  hasWork(): boolean {
    return this.#first.nic.hasWork() || this.#others.some(({ nic }) => nic.hasWork());
  }

  /** One poll of each that has work; how many packets there were. */
  poll(): number {
    let count = this.#first.nic.hasWork() ? this.#first.nic.poll() : 0;
    for (const { nic } of this.#others) if (nic.hasWork()) count += nic.poll();
    return count;
  }

  assertAlive(): void {
    for (const nic of this.#all) nic.assertAlive();
  }

  shutDown(): void {
    for (const nic of this.#all) nic.shutDown();
  }

  #at(index: number): Card {
    return this.#others[index - 1] ?? this.#first;
  }

  save(): CardsState {
    return [this.#first, ...this.#others].map(({ nic, buffers }) => ({
      nic: nic.save(),
      buffers: buffers.save(),
    }));
  }

  load(state: CardsState): void {
    state.forEach(({ nic, buffers }, i) => {
      const card = this.#at(i);
      card.buffers.load(buffers);
      card.nic.load(nic);
    });
  }
}

export type CardsState = readonly { readonly nic: NicState; readonly buffers: RxBuffersState }[];

const viewOf = ({ filledCount, ringSize, waitingFrames }: Nic): RingView => ({
  filled: filledCount,
  size: ringSize,
  waiting: waitingFrames,
});

function build({ context, memory, mtu, deliver }: CardsParts, spec: CardSpec, index: number): Card {
  const driver = drivers[spec.driver];
  const buffers = new RxBuffers(context, memory, { driver, mtu });
  const ringSize = spec.ringSize ?? driver.ringSize;
  return { buffers, nic: new Nic({ context, buffers, driver, ringSize, index, deliver }) };
}
