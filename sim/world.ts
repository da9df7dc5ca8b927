// A cluster in virtual time: machines, the fabric between them, one present.
//
// The machine that has the earliest thing to do is let run until another has something earlier, or it wants something of
// the outside. What it sends arrives at the same instant; the receiving edge adds the link's latency. Ties go by the order
// of the hosts. Nothing depends on the host's clock, so a run takes as long as its events do.

import { assert } from "#base/assert.ts";
import { Digest } from "#base/digest.ts";
import type {
  ClusterSpec,
  Effect,
  Lookalikes,
  Machine,
  MachineEvent,
  MachineState,
} from "#kernel/index.ts";
import { Pump } from "#ports/drive.ts";
import { machineOf } from "#ports/machine-of.ts";
import { Fabric, type FabricState } from "./fabric.ts";

export interface WorldOptions {
  readonly cluster: ClusterSpec;
  readonly seed: number;
  /** Called after every event of every machine; tests check invariants here. */
  readonly afterEach?: (machine: Machine) => void;
  /** What decides on hosts of these names in place of their policies. */
  readonly decisions?: Readonly<Record<string, Lookalikes["decisions"]>>;
}

/** What a host wants of the outside, and when it did. */
interface Wish {
  readonly host: string;
  readonly effect: Effect;
  readonly atNs: number;
}

export class World {
  readonly machines: readonly Machine[];
  readonly fabric: Fabric;
  readonly #pumps: readonly Pump[];
  readonly #indexByName = new Map<string, number>();
  /** What nobody has been told of yet, the oldest first. */
  #wishes: Wish[] = [];
  readonly #afterEach: ((machine: Machine) => void) | null;
  /** The present of the whole cluster, in ns. */
  nowNs = 0;
  /** Rounds of the loop, for progress and speed. */
  steps = 0;

  constructor({ cluster, seed, afterEach, decisions = {} }: WorldOptions) {
    this.#afterEach = afterEach ?? null;
    this.fabric = new Fabric(cluster.hosts.map(({ name }) => name));
    this.machines = cluster.hosts.map((host) => {
      const own = decisions[host.name];
      return machineOf({ host, cluster, seed, ...(own && { decisions: own }) });
    });
    this.machines.forEach((machine, index) => {
      this.#indexByName.set(machine.spec.name, index);
    });
    this.#pumps = this.machines.map(
      (machine) =>
        new Pump(machine, (effect) =>
          this.#wishes.push({ host: machine.spec.name, effect, atNs: machine.nowNs }),
        ),
    );
  }

  boot(): void {
    for (const machine of this.machines) this.tell(machine.spec.name, { type: "boot" });
  }

  machine(name: string): Machine {
    const machine = this.machines[this.#indexOf(name)];
    assert(machine !== undefined, "an index of a host is in range");
    return machine;
  }

  /** Tell one host something now. */
  tell(name: string, event: MachineEvent): void {
    this.#pumps[this.#indexOf(name)]?.tell(event, this.nowNs);
    this.#carry();
  }

  /** Let everything due until `untilNs` happen. */
  runUntil(untilNs: number): void {
    assert(untilNs >= this.nowNs, "time runs forward");
    while (this.#step(untilNs));
    this.nowNs = untilNs;
  }

  /** When something happens next, in ns; Infinity when nothing ever will. */
  nextAtNs(): number {
    return Math.min(...this.machines.map((machine) => machine.nextDeadlineNs()));
  }

  /** Events of all machines since boot. */
  get eventCount(): number {
    return this.machines.reduce((sum, machine) => sum + machine.timers.firedCount, 0);
  }

  /** The hash of everything that has happened. */
  digest(): string {
    const digest = new Digest();
    for (const machine of this.machines) {
      digest.addText(machine.spec.name);
      digest.addText(machine.trace.digest.hex());
    }
    return digest.hex();
  }

  /** Let the machine with the earliest thing to do run, until another has something earlier; false when none has. */
  #step(untilNs: number): boolean {
    let first = -1;
    let firstNs = Number.POSITIVE_INFINITY;
    let nextNs = untilNs;
    for (let i = 0; i < this.machines.length; i++) {
      const atNs = this.#deadlineOf(i);
      if (atNs < firstNs) {
        nextNs = Math.min(nextNs, firstNs);
        first = i;
        firstNs = atNs;
      } else nextNs = Math.min(nextNs, atNs);
    }
    if (firstNs > untilNs) return false;
    this.#advance(first, nextNs);
    return true;
  }

  #deadlineOf(index: number): number {
    return this.machines[index]?.nextDeadlineNs() ?? Number.POSITIVE_INFINITY;
  }

  /** Up to its first effect or to `untilNs`; where somebody looks, in small steps and not in another order. */
  #advance(index: number, untilNs: number): void {
    const pump = this.#pumps[index];
    const machine = this.machines[index];
    assert(pump !== undefined && machine !== undefined, "an index of a machine is in range");
    this.steps++;
    const afterEach = this.#afterEach;
    if (afterEach === null) {
      if (pump.advanceOnce(untilNs)) this.#carry();
      return;
    }
    let hasActed = false;
    while (!hasActed && machine.nextDeadlineNs() <= untilNs) {
      hasActed = pump.advanceOnce(machine.nextDeadlineNs());
      if (hasActed) this.#carry();
      afterEach(machine);
    }
  }

  /**
   * Have every wish done, in the order they were said. One that a machine says because of another comes after all that were said
   * before it: were it done at once, its bytes would overtake those of the same stream that still wait here.
   */
  #carry(): void {
    for (const { host, effect, atNs } of this.#wishes)
      for (const { host: to, event } of this.fabric.route(host, effect))
        this.#pumps[this.#indexOf(to)]?.tell(event, atNs);
    this.#wishes = [];
  }

  #indexOf(name: string): number {
    const index = this.#indexByName.get(name);
    assert(index !== undefined, `there is a host ${name}`);
    return index;
  }

  /** The hosts of another cluster, name by name, from now on; each goes on where it is. */
  become({ hosts }: ClusterSpec): void {
    for (const host of hosts) {
      const machine = this.machine(host.name);
      if (JSON.stringify(machine.spec) !== JSON.stringify(host)) machine.become(host);
    }
  }

  save(): WorldState {
    return {
      nowNs: this.nowNs,
      machines: this.machines.map((machine) => machine.save()),
      fabric: this.fabric.save(),
    };
  }

  load(state: WorldState): void {
    this.nowNs = state.nowNs;
    state.machines.forEach((machine, i) => {
      this.machines[i]?.load(machine);
    });
    this.fabric.load(state.fabric);
  }
}

export interface WorldState {
  readonly nowNs: number;
  readonly machines: readonly MachineState[];
  readonly fabric: FabricState;
}
