// What must hold of a whole cluster after every event, looked at from World's hook.
//
// Looking at a machine costs as much as it has frames, so small ones are looked at after each of their events, or as often as is
// said, and large ones, which have little to do with memory, after every LARGE_EVERY-th.

import { lostPages, type Machine, machineFaults, ReserveWatch } from "#kernel/index.ts";

/** Frames beyond which a machine is looked at now and then only: 128 MiB. */
const LARGE_FRAMES = 32_768;
const LARGE_EVERY = 10_000;
/** Looks between two at what the swap server keeps. */
const STORE_EVERY = 100;
/** After n events the next look is n / THINNING events away. */
const THINNING = 64;
/** Faults that are kept: those after the first follow from it. */
const FAULTS_MAX = 10;

export interface WatchOptions {
  /** Look at a machine after every how manieth of its events; 1 unless said. */
  readonly every?: number;
  /** Look ever more rarely, so that a long run is looked at no more than a few hundred times. */
  readonly thinsOut?: boolean;
  /** Also hold what machines wrote against what their servers keep; unless a server is made to forget. */
  readonly isStoreKept?: boolean;
}

export class WorldWatch {
  readonly faults: string[] = [];
  /** Looks at a machine so far. */
  looks = 0;
  readonly #every: number;
  readonly #thinsOut: boolean;
  readonly #isStoreKept: boolean;
  readonly #events = new Map<string, number>();
  /** Of which event of a machine it is looked at next. */
  readonly #next = new Map<string, number>();
  readonly #machines = new Map<string, Machine>();
  readonly #reserve = new Map<string, ReserveWatch>();

  constructor({ every = 1, thinsOut = false, isStoreKept = true }: WatchOptions = {}) {
    this.#every = every;
    this.#thinsOut = thinsOut;
    this.#isStoreKept = isStoreKept;
  }

  /** Watch every page that those of them hand out that are under pressure. */
  begin(machines: readonly Machine[]): void {
    for (const machine of machines) {
      this.#machines.set(machine.spec.name, machine);
      if (machine.spec.role === "machine") this.#reserveOf(machine);
    }
  }

  /** To be called after each event of each machine. */
  readonly look = (machine: Machine): void => {
    const { name } = machine.spec;
    const nth = (this.#events.get(name) ?? 0) + 1;
    this.#events.set(name, nth);
    if (nth < (this.#next.get(name) ?? this.#gapAfter(machine, 0)) || this.faults.length > 0)
      return;
    this.#next.set(name, nth + this.#gapAfter(machine, nth));
    this.looks++;
    this.#note(machine, machineFaults(machine));
    if (machine.spec.role === "machine") this.#note(machine, this.#reserveOf(machine).faults);
    if (this.looks % STORE_EVERY === 0) this.#note(machine, this.lost(machine));
  };

  #gapAfter({ memory }: Machine, nth: number): number {
    if (memory.parts.frames.count > LARGE_FRAMES) return LARGE_EVERY;
    return this.#thinsOut ? Math.max(this.#every, Math.floor(nth / THINNING)) : this.#every;
  }

  /** Pages of `machine` that its server acknowledged and no longer has as they were. */
  lost({ spec, memory, isOff }: Machine): string[] {
    if (spec.role !== "machine" || isOff || !this.#isStoreKept) return [];
    const [swap] = spec.swap;
    if (swap === undefined) return [];
    const server = this.#machines.get(swap.server)?.workload.swapServer;
    const at = server?.exports.findIndex(({ name }) => name === swap.exportName) ?? -1;
    const store = server?.save().stores[at];
    if (store === undefined) return [`${swap.server} keeps no pages`];
    const kept = new Map(
      store.stamps.map(([slot, owner, index, version]) => [slot, { owner, index, version }]),
    );
    return lostPages(memory, (slot) => kept.get(slot));
  }

  /** A machine that boots again has another memory. */
  #reserveOf({ spec, memory }: Machine): ReserveWatch {
    const known = this.#reserve.get(spec.name);
    if (known?.pages === memory.parts.pages) return known;
    const watch = new ReserveWatch(memory.parts.pages);
    this.#reserve.set(spec.name, watch);
    return watch;
  }

  #note({ spec, nowNs }: Machine, faults: readonly string[]): void {
    const texts = faults.slice(0, FAULTS_MAX).map((text) => `${spec.name} at ${nowNs} ns: ${text}`);
    this.faults.push(...texts);
  }
}
