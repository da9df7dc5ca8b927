// A network stack on a bench: memory that counts and can run out, a carrier that plays the peers' hosts, a clock to turn.

import { assert } from "#base/assert.ts";
import { Random } from "#base/random.ts";
import { fromMs, fromS, fromUs, MIB } from "#base/units.ts";
import type { Era } from "#kernel/era.ts";
import type { Effect, LinkState } from "#kernel/events.ts";
import { type DriverName, drivers } from "#kernel/net/drivers.ts";
import { netLimits } from "#kernel/net/limits.ts";
import type { PacketReserve } from "#kernel/net/memory.ts";
import { NetContext } from "#kernel/net/net-context.ts";
import { netEras } from "#kernel/net/net-era.ts";
import { defaultNetSpec, type NetSpec } from "#kernel/net/net-spec.ts";
import { NetStack } from "#kernel/net/net-stack.ts";
import { RxBuffers } from "#kernel/net/rx-buffers.ts";
import { SkbMemory } from "#kernel/net/skb-memory.ts";
import { criticalityPolicies } from "#kernel/policy/criticality/index.ts";
import { limitsPolicies } from "#kernel/policy/limits/index.ts";
import { receivePolicies } from "#kernel/policy/receive/index.ts";
import { Programs } from "#kernel/sched/program.ts";
import { Scheduler } from "#kernel/sched/scheduler.ts";
import { Timers } from "#kernel/sched/timers.ts";
import { Trace } from "#kernel/trace.ts";
import { CountedMemory } from "./counted-memory.ts";

/** A driver's buffers alone. */
export function receiveMemory(
  driver: DriverName,
  mtu = 1500,
): {
  readonly memory: CountedMemory;
  readonly context: NetContext;
  readonly buffers: RxBuffers;
} {
  const memory = new CountedMemory(60_000);
  const timers = new Timers();
  const scheduler = new Scheduler(timers, new Programs(), 1);
  const era = netEras["6.1"];
  const policies = {
    receive: receivePolicies["toss-pfmemalloc"],
    limits: limitsPolicies["emergency-or-first-skb"],
    criticality: criticalityPolicies["swap-socket"],
  };
  const random = new Random(1);
  const context = new NetContext({
    era,
    timers,
    scheduler,
    random,
    trace: new Trace(),
    emit: () => undefined,
    policies,
    isBelowThreshold: () => false,
    reserve: null,
    deviceReserve: { maxPackets: 50, dropAbovePackets: 0 },
  });
  const { current } = scheduler;
  memory.current = current;
  const skbs = new SkbMemory({
    pages: memory,
    slab: memory.slab,
    frames: memory,
    current,
    era,
    marksPackets: true,
    reserve: null,
  });
  return {
    memory,
    context,
    buffers: new RxBuffers(context, skbs, { driver: drivers[driver], mtu }),
  };
}

export const goodLink: LinkState = {
  latencyNs: fromUs(100),
  jitterNs: 0,
  bandwidthBytesPerSec: 125_000_000,
  lossPerMillion: 0,
  cut: false,
  held: false,
  resets: false,
};

export interface RigSpec {
  /** Less is free than the threshold of an emergency. */
  readonly isShort?: boolean;
  readonly era?: Era;
  readonly pages?: number;
  readonly net?: Partial<NetSpec>;
  readonly receive?: keyof typeof receivePolicies;
  readonly limits?: keyof typeof limitsPolicies;
  readonly criticality?: keyof typeof criticalityPolicies;
  readonly peers?: readonly string[];
  readonly link?: Partial<LinkState>;
  readonly foreign?: boolean;
  readonly seed?: number;
  readonly reserve?: PacketReserve;
}

/** One end of a stream as the peer's application sees it. */
export class Far {
  readonly id: number;
  /** What it wants to send and the edge has not taken yet. */
  backlog: Uint8Array[] = [];
  creditBytes = 0;
  /** What it has received. */
  readonly got: Uint8Array[] = [];
  /** It takes what it is sent; false is a closed window. */
  takes = true;
  unsaidBytes = 0;
  closed: "no" | "fin" | "reset" = "no";

  constructor(id: number) {
    this.id = id;
  }

  get gotBytes(): number {
    return this.got.reduce((sum, bytes) => sum + bytes.length, 0);
  }
}

export class Rig {
  readonly memory: CountedMemory;
  readonly timers = new Timers();
  readonly scheduler: Scheduler;
  readonly trace = new Trace();
  readonly stack: NetStack;
  readonly effects: Effect[] = [];
  readonly far = new Map<number, Far>();
  /** Ports that peers accept connections on; others refuse. */
  readonly farPorts = new Set([10_809]);
  readonly link: LinkState;
  #nextStream = 1;

  constructor(spec: RigSpec = {}) {
    const era = spec.era ?? "6.1";
    this.memory = new CountedMemory(spec.pages ?? 60_000);
    this.scheduler = new Scheduler(this.timers, new Programs(), 1);
    this.memory.current = this.scheduler.current;
    this.link = { ...goodLink, ...spec.link };
    const limitPages = (spec.pages ?? 60_000) | 0;
    this.stack = new NetStack({
      timers: this.timers,
      scheduler: this.scheduler,
      pages: this.memory,
      slab: this.memory.slab,
      frames: this.memory,
      reserve: spec.reserve ?? null,
      era,
      policies: {
        receive:
          receivePolicies[spec.receive ?? (era === "2.6.12" ? "plain-atomic" : "toss-pfmemalloc")],
        limits: limitsPolicies[spec.limits ?? defaultLimits[era]],
        criticality: criticalityPolicies[spec.criticality ?? "swap-socket"],
      },
      isBelowThreshold: () => spec.isShort ?? false,
      spec: { ...defaultNetSpec, ...spec.net },
      limits: netLimits({ era, bufferPages: limitPages, managedPages: limitPages }),
      host: "A",
      peers: (spec.peers ?? ["B", "C"]).map((peer) => ({
        peer,
        inbound: this.link,
        outbound: this.link,
        isForeign: spec.foreign ?? false,
      })),
      random: new Random(spec.seed ?? 1),
      trace: this.trace,
      emit: (effect) => this.#onEffect(effect),
    });
    this.stack.boot();
  }

  /** Stand where `other` stands. */
  copyFrom(other: Rig): void {
    this.memory.copyFrom(other.memory);
    this.timers.load(other.timers.save());
    this.scheduler.load(other.scheduler.save());
    this.trace.load(other.trace.save());
    this.stack.load(other.stack.save());
    this.far.clear();
    for (const [id, far] of other.far)
      this.far.set(
        id,
        Object.assign(new Far(id), far, { backlog: [...far.backlog], got: [...far.got] }),
      );
    this.#nextStream = other.#nextStream;
  }

  get nowNs(): number {
    return this.timers.nowNs;
  }

  /** Let `ns` pass. */
  run(ns: number): void {
    const untilNs = this.timers.nowNs + ns;
    while (this.timers.nextAtNs <= untilNs) {
      this.timers.fire();
      if (this.timers.firedCount % 16 === 0) this.stack.assertAlive();
    }
    this.timers.nowNs = untilNs;
    this.stack.assertAlive();
  }

  runMs(ms: number): void {
    this.run(fromMs(ms));
  }

  runS(s: number): void {
    this.run(fromS(s));
  }

  /** `peer` connects to our port; it is open when this returns, if it can be. */
  dial(port: number, peer = "B"): Far {
    const far = new Far(this.#nextStream);
    this.#nextStream += 2;
    this.far.set(far.id, far);
    this.stack.incoming(far.id, peer, port);
    return far;
  }

  /** The peer's application writes. */
  write(far: Far, ...chunks: Uint8Array[]): void {
    far.backlog.push(...chunks);
    this.#feed(far);
  }

  hangUp(far: Far, errno: string | null): void {
    this.stack.closed(far.id, errno);
  }

  fault(peer: string, direction: "inbound" | "outbound", change: Partial<LinkState>): void {
    this.stack.linkChanged(peer, direction, { ...this.link, ...change });
  }

  /** A carrier's end of a stream of ours. */
  farOf(id: number): Far {
    const far = this.far.get(id);
    assert(far !== undefined, "the carrier knows the stream");
    return far;
  }

  #feed(far: Far): void {
    while (far.creditBytes > 0) {
      const chunk = far.backlog.shift();
      if (chunk === undefined) return;
      const part = chunk.subarray(0, far.creditBytes);
      if (part.length < chunk.length) far.backlog.unshift(chunk.subarray(part.length));
      far.creditBytes -= part.length;
      this.stack.received(far.id, part);
    }
  }

  #onEffect(effect: Effect): void {
    this.effects.push(effect);
    switch (effect.type) {
      case "connect": {
        this.far.set(effect.stream, new Far(effect.stream));
        if (this.farPorts.has(effect.port)) this.stack.connected(effect.stream);
        else this.stack.closed(effect.stream, "ECONNREFUSED");
        break;
      }
      case "grant": {
        const far = this.far.get(effect.stream);
        if (far === undefined) break;
        far.creditBytes += effect.countBytes;
        this.#feed(far);
        break;
      }
      case "send": {
        const far = this.farOf(effect.stream);
        far.got.push(effect.bytes);
        if (far.takes) this.stack.sent(effect.stream, effect.bytes.length);
        else far.unsaidBytes += effect.bytes.length;
        break;
      }
      case "close":
        this.farOf(effect.stream).closed = effect.reset ? "reset" : "fin";
        break;
      case "datagram":
        break;
    }
  }
}

const defaultLimits = {
  "2.6.12": "none",
  "3.x": "emergency-skb",
  "6.1": "emergency-or-first-skb",
} as const;

/** `count` bytes that say where they stand, from `from` on. */
export function pattern(count: number, from = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (from + i) % 251);
}

export const joined = (slices: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(slices.reduce((sum, slice) => sum + slice.length, 0));
  let at = 0;
  for (const slice of slices) {
    bytes.set(slice, at);
    at += slice.length;
  }
  return bytes;
};

/** Whether two runs of bytes are equal: what expect() would take long to find out. */
export const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

export { fromMs, fromS, fromUs, MIB };
