// What a timeline does to a simulated cluster: faults opened and healed, loads started and stopped.
//
// A fault is judged, never performed: the open ones are folded into the state of each link and store, and those that
// changed are told to the machines they concern. Nothing has to be undone when a fault heals.

import type { Action } from "#coordinator/scenario/index.ts";
import { isPausedUnder, linkUnder, type OpenFault, storeUnder } from "#faults/index.ts";
import type { ClusterSpec, LinkSpec, LinkState, StoreState } from "#kernel/index.ts";
import type { World } from "./world.ts";

interface LinkNow {
  readonly spec: LinkSpec;
  state: LinkState;
}

interface StoreNow {
  readonly host: string;
  readonly base: StoreState;
  state: StoreState;
}

export class Injection {
  readonly #world: World;
  #open: OpenFault[] = [];
  readonly #links: LinkNow[];
  readonly #stores: StoreNow[];
  readonly #paused = new Set<string>();

  constructor(world: World, cluster: ClusterSpec) {
    this.#world = world;
    this.#links = cluster.links.map((spec) => ({ spec, state: spec.state }));
    this.#stores = cluster.hosts.flatMap((host) => {
      if (host.role !== "swap-server") return [];
      const base = { latencyNs: host.store.latencyNs, stalled: false };
      return [{ host: host.name, base, state: base }];
    });
  }

  perform(action: Action): void {
    switch (action.type) {
      case "fault":
        this.#open = this.#open.filter(({ id }) => id !== action.fault.id);
        if (action.on) this.#open.push(action.fault);
        this.#tellLinks();
        this.#tellStores();
        this.#tellPauses();
        return;
      case "load":
        this.#order(action.target.machine, action.target.name, action.action);
        return;
      case "stop-traffic":
        for (const machine of this.#world.machines) {
          for (const { name, isRunning } of machine.workload.clients)
            if (isRunning) this.#tellLoad(machine.spec.name, name, "stop");
        }
        return;
      case "phase":
      case "mark":
      case "snapshot":
        return;
    }
  }

  #tellLinks(): void {
    for (const link of this.#links) {
      const { from, to } = link.spec;
      const state = linkUnder(this.#open, { from, to }, link.spec.state);
      if (isSame(state, link.state)) continue;
      link.state = state;
      for (const host of [from, to]) this.#world.tell(host, { type: "link", from, to, state });
    }
  }

  #tellStores(): void {
    for (const store of this.#stores) {
      const state = storeUnder(this.#open, store.host, store.base);
      if (isSame(state, store.state)) continue;
      store.state = state;
      this.#world.tell(store.host, { type: "store", state });
    }
  }

  #tellPauses(): void {
    for (const { spec } of this.#world.machines) {
      const paused = isPausedUnder(this.#open, spec.name);
      if (paused === this.#paused.has(spec.name)) continue;
      if (paused) this.#paused.add(spec.name);
      else this.#paused.delete(spec.name);
      this.#world.tell(spec.name, { type: "pause", paused });
    }
  }

  /** A traffic by its id belongs to the host that sends it; a task is named with its machine. */
  #order(machine: string | null, name: string, action: "start" | "stop"): void {
    const sender = this.#world.machines.find(({ workload }) =>
      workload.clients.some((client) => client.name === name),
    );
    const host = machine ?? sender?.spec.name;
    if (host !== undefined) this.#tellLoad(host, name, action);
  }

  #tellLoad(host: string, name: string, action: "start" | "stop"): void {
    this.#world.tell(host, { type: "load", name, action });
  }
}

/** Flat records of numbers and booleans. */
function isSame(a: LinkState | StoreState, b: LinkState | StoreState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
