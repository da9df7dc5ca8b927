// A machine is a value: made from a spec and a seed, touching nothing else. It is told (`handle`), let run (`advance`) and asked
// (`takeEffects`, `nextDeadlineNs`); it never calls out.
//
// It can be frozen, and go on; and it can lose its power. Then its body is gone with all its memory, and when it has power
// again a new one boots from the same spec: programs that start by themselves start, a load goes on if it ran, a swap server has
// what it stored, and whoever was connected is reset. Faults that are open strike the new one as they did the old.
//
// Not modelled: that a peer with nothing to send learns of a boot late (it is reset when the host is up again); `for` of a load
// that goes on after a boot; programs that were started by an order.

import { assert } from "#base/assert.ts";
import { Body, type BodyState, type MachineOptions } from "./body.ts";
import type { Effect, MachineEvent } from "./events.ts";
import type { HostSpec, MachineSpec } from "./spec.ts";
import { asMachine, userMinFree } from "./spec-hosts.ts";
import { Trace } from "./trace.ts";

export type { MachineOptions } from "./body.ts";

export class Machine {
  /** Another only after `become`. */
  spec: HostSpec;
  readonly trace = new Trace();
  readonly #options: MachineOptions;
  #body: Body;
  #effects: Effect[] = [];
  #paused = false;
  /** Events that came while it was frozen, to be handled when it goes on. */
  #held: MachineEvent[] = [];
  #isOff = false;
  /** Times it lost its power. */
  deaths = 0;
  /** Bodies there were before this one. */
  #nth = 0;
  /** What it was told to be, by what it is about: a new body is told so again. */
  readonly #told = new Map<string, MachineEvent>();
  /** Loads that run when it has power again. */
  readonly #loads = new Set<string>();
  /** Streams of a body that is gone, which their carrier still has. */
  #stale: number[] = [];

  constructor(spec: HostSpec, options: MachineOptions) {
    this.spec = spec;
    this.#options = options;
    this.#body = this.#newBody(spec);
  }

  get timers(): Body["timers"] {
    return this.#body.timers;
  }

  get programs(): Body["programs"] {
    return this.#body.programs;
  }

  get sched(): Body["sched"] {
    return this.#body.sched;
  }

  get memory(): Body["memory"] {
    return this.#body.memory;
  }

  get balloon(): Body["balloon"] {
    return this.#body.balloon;
  }

  get reserve(): Body["reserve"] {
    return this.#body.reserve;
  }

  get net(): Body["net"] {
    return this.#body.net;
  }

  get sockets(): Body["sockets"] {
    return this.#body.sockets;
  }

  get storage(): Body["storage"] {
    return this.#body.storage;
  }

  get workload(): Body["workload"] {
    return this.#body.workload;
  }

  get nowNs(): number {
    return this.timers.nowNs;
  }

  /** The swap device; null when the machine has none. */
  get block(): Body["storage"]["swap"] {
    return this.storage.swap;
  }

  handle(event: MachineEvent, nowNs: number): void {
    if (event.type === "power") {
      this.#power(event.on, nowNs);
      return;
    }
    this.#remember(event);
    if (this.#isOff) {
      this.#missed(event);
      return;
    }
    if (this.#paused && event.type !== "pause") {
      this.#held.push(event);
      return;
    }
    if (this.#paused) this.timers.thaw(nowNs);
    else this.timers.moveTo(nowNs);
    this.#take(event);
  }

  /** What an event does, at the machine's own present. */
  #take(event: MachineEvent): void {
    switch (event.type) {
      case "boot":
        this.#body.boot();
        return;
      case "timer":
      case "power":
        return;
      case "connected":
        this.net.connected(event.stream);
        return;
      case "incoming":
        this.net.incoming(event.stream, event.peer, event.port);
        return;
      case "received":
        this.net.received(event.stream, event.bytes);
        return;
      case "sent":
        this.net.sent(event.stream, event.countBytes);
        return;
      case "closed":
        this.net.closed(event.stream, event.errno);
        return;
      case "datagram":
        this.net.datagram(event.peer, event.fromPort, event.port, event.bytes);
        return;
      case "link":
        this.net.linkChanged(
          event.from === this.spec.name ? event.to : event.from,
          event.from === this.spec.name ? "outbound" : "inbound",
          event.state,
        );
        return;
      case "store":
        this.workload.changeStore(event.state);
        return;
      case "load":
        this.workload.order(event.name, event.action);
        return;
      case "rate":
        this.workload.changeRate(event.name, event.ratePerSec);
        return;
      case "balloon":
        this.balloon.resize(event.pages);
        return;
      case "hog":
        this.workload.changeHog(event.id, event.hog);
        return;
      case "pause":
        this.#pause(event.paused);
        return;
    }
  }

  /** Let what is due until `untilNs` happen; stops early when there is an effect to perform. */
  advance(untilNs: number): void {
    while (this.timers.nextAtNs <= untilNs && this.#effects.length === 0) this.timers.fire();
  }

  takeEffects(): readonly Effect[] {
    if (this.#effects.length === 0) return [];
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Whether it has no power. */
  get isOff(): boolean {
    return this.#isOff;
  }

  /** Events that came for it while it was frozen. */
  get heldCount(): number {
    return this.#held.length;
  }

  nextDeadlineNs(): number {
    return this.#paused || this.#isOff ? Number.POSITIVE_INFINITY : this.timers.nextAtNs;
  }

  /** What a machine is told to be, whoever may be there to hear it. */
  #remember(event: MachineEvent): void {
    const key = keyOf(event);
    if (key === null) return;
    if (event.type === "hog" && event.hog === null) this.#told.delete(key);
    else this.#told.set(key, event);
  }

  /** Of what comes to a machine without power. */
  #missed(event: MachineEvent): void {
    if (event.type === "incoming") this.#stale.push(event.stream);
    else if (event.type === "pause") this.#paused = event.paused;
    else if (event.type === "load" && event.action === "start") this.#loads.add(event.name);
    else if (event.type === "load") this.#loads.delete(event.name);
  }

  #power(on: boolean, nowNs: number): void {
    if (on !== this.#isOff) return;
    this.#isOff = !on;
    this.trace.event("power.change", nowNs, on ? 1 : 0);
    if (on) this.#bootAgain(nowNs);
    else this.#die();
  }

  #die(): void {
    const { net, workload } = this.#body;
    this.deaths++;
    this.#held = [];
    this.#stale = [...net.streamIds()];
    this.#loads.clear();
    for (const { name, isRunning } of workload.clients) if (isRunning) this.#loads.add(name);
  }

  #bootAgain(nowNs: number): void {
    const before = this.#body;
    this.#nth++;
    const body = this.#newBody(begun(this.spec, nowNs));
    this.#body = body;
    body.timers.thaw(nowNs);
    body.net.goOnFrom(before.net);
    if (before.workload.swapServer !== null)
      body.workload.swapServer?.keepStores(before.workload.swapServer);
    for (const stream of this.#stale) this.#effects.push({ type: "close", stream, reset: true });
    this.#stale = [];
    body.boot();
    for (const event of this.#told.values()) this.#take(event);
    for (const name of this.#loads) this.#take({ type: "load", name, action: "start" });
  }

  /** A frozen machine does nothing, not even fall behind: its own time goes on when it does. */
  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) return;
    const held = this.#held;
    this.#held = [];
    // Timers that came due meanwhile are still to fire, so time does not move here.
    for (const event of held) this.#take(event);
  }

  #newBody(spec: HostSpec, limits: Body["limits"] | null = null): Body {
    const { trace } = this;
    const emit = (effect: Effect): void => {
      this.#effects.push(effect);
    };
    return new Body({ spec, options: this.#options, trace, nth: this.#nth, emit, limits });
  }

  /**
   * From now on it has another spec, and goes on in the state it is in: as after somebody has set a sysctl, or other code was
   * patched in. What of a spec may differ is said in sim/changeable.ts; anything else would be half of both.
   */
  become(spec: HostSpec): void {
    assert(this.#effects.length === 0, "a machine is changed between two steps");
    assert(this.#options.decisions === undefined, "who decides for a machine is its policy");
    const before = this.spec;
    const state = this.#body.save();
    this.spec = spec;
    this.#body = this.#newBody(spec, this.#body.limits);
    this.#body.load(state);
    if (hasOtherMarks(asMachine(before), asMachine(spec))) this.#body.setMarks();
    for (const name of loadsWithOtherRate(before, spec)) {
      const told = this.#told.get(`rate ${name}`);
      this.#take(told ?? { type: "rate", name, ratePerSec: null });
    }
  }

  save(): MachineState {
    assert(this.#effects.length === 0, "a machine is saved between two steps");
    return {
      ...this.#body.save(),
      trace: this.trace.save(),
      paused: this.#paused,
      held: [...this.#held],
      isOff: this.#isOff,
      deaths: this.deaths,
      nth: this.#nth,
      told: [...this.#told.values()],
      loads: [...this.#loads],
      stale: [...this.#stale],
    };
  }

  /** Another machine in this state of it, to ask it what would happen. The state stays as it is: it serves for many. */
  copy(state = this.save()): Machine {
    const copy = new Machine(this.spec, this.#options);
    copy.load(state);
    return copy;
  }

  /** Into a machine of the same spec that has not booted. */
  load(state: MachineState): void {
    if (state.nth !== this.#nth) {
      this.#nth = state.nth;
      this.#body = this.#newBody(this.spec);
    }
    this.#body.load(state);
    this.trace.load(state.trace);
    this.#paused = state.paused;
    this.#held = [...state.held];
    this.#isOff = state.isOff;
    this.deaths = state.deaths;
    this.#told.clear();
    for (const event of state.told) this.#remember(event);
    this.#loads.clear();
    for (const name of state.loads) this.#loads.add(name);
    this.#stale = [...state.stale];
  }
}

/** What an event makes a machine to be, until another says otherwise; null: it is over when it has happened. */
function keyOf(event: MachineEvent): string | null {
  switch (event.type) {
    case "link":
      return `link ${event.from} ${event.to}`;
    case "rate":
      return `rate ${event.name}`;
    case "hog":
      return `hog ${event.id}`;
    case "store":
    case "balloon":
      return event.type;
    default:
      return null;
  }
}

const hasOtherMarks = (before: MachineSpec, after: MachineSpec): boolean =>
  userMinFree(before) !== userMinFree(after) ||
  before.memory.watermarkScaleFactor !== after.memory.watermarkScaleFactor;

/** Their requests that are due already were drawn at the old rate. */
const loadsWithOtherRate = (before: HostSpec, after: HostSpec): readonly string[] =>
  asMachine(after).traffic.flatMap(({ id, load }, i) => {
    const old = asMachine(before).traffic[i]?.load;
    const isOther =
      load.model === "open" && old?.model === "open" && load.ratePerSec !== old.ratePerSec;
    return isOther ? [id] : [];
  });

/** Loads that have begun do not begin again by themselves. */
function begun(spec: HostSpec, nowNs: number): HostSpec {
  if (spec.role !== "machine" && spec.role !== "client") return spec;
  const traffic = spec.traffic.map((load) =>
    load.startNs !== null && load.startNs <= nowNs ? { ...load, startNs: null } : load,
  );
  return { ...spec, traffic };
}

export interface MachineState extends BodyState {
  readonly trace: ReturnType<Trace["save"]>;
  readonly paused: boolean;
  readonly held: readonly MachineEvent[];
  readonly isOff: boolean;
  readonly deaths: number;
  readonly nth: number;
  readonly told: readonly MachineEvent[];
  readonly loads: readonly string[];
  readonly stale: readonly number[];
}
