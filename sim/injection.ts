// What a timeline does to a cluster, simulated or on sockets: faults opened and healed, loads started and stopped.

import type { Action } from "#coordinator/scenario/index.ts";
import { Standing, type StandingState, type Told } from "#faults/index.ts";
import type { ClusterSpec } from "#kernel/index.ts";
import type { ToldCluster } from "./witness.ts";

export class Injection {
  readonly #world: ToldCluster;
  #standing: Standing;

  constructor(world: ToldCluster, cluster: ClusterSpec) {
    this.#world = world;
    this.#standing = new Standing(cluster);
  }

  perform(action: Action): void {
    switch (action.type) {
      case "fault":
        this.#tell(
          action.on ? this.#standing.open(action.fault) : this.#standing.heal(action.fault.id),
        );
        return;
      case "load":
        this.#order(action.target.machine, action.target.name, action.action);
        return;
      case "stop-traffic":
        for (const machine of this.#world.machines) {
          for (const { name, isRunning } of machine.workload.clients)
            if (isRunning) this.#order(machine.spec.name, name, "stop");
        }
        return;
      case "phase":
      case "mark":
      case "snapshot":
        return;
    }
  }

  #tell(told: readonly Told[]): void {
    for (const { host, event } of told) this.#world.tell(host, event);
  }

  /** A traffic by its id belongs to the host that sends it; a task is named with its machine. */
  #order(machine: string | null, name: string, action: "start" | "stop"): void {
    const host = this.#standing.hostOf(machine, name);
    if (host !== null) this.#world.tell(host, { type: "load", name, action });
  }

  /** Links and stores of another cluster from now on, with the faults that are open. */
  become(cluster: ClusterSpec): void {
    const saved = this.#standing.save();
    this.#standing = new Standing(cluster);
    this.#standing.load(saved);
    this.#tell(this.#standing.settle());
  }

  save(): InjectionState {
    return this.#standing.save();
  }

  /** Nothing is told to the machines: theirs is loaded with them. */
  load(saved: InjectionState): void {
    this.#standing.load(saved);
  }
}

/** Plain data. */
export type InjectionState = StandingState;
