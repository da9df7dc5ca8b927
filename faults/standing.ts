// The faults that are open in a cluster, and what its hosts have been told of them.
//
// A fault is judged, never performed: the open ones are folded into the state of each link and store, and what has changed
// is told to those it concerns, as events of the machine. Nothing has to be undone when a fault heals. Whoever drives a run,
// in virtual time or on sockets, hands these events on and does nothing else about faults.

import { assert } from "#base/assert.ts";
import { clone } from "#base/clone.ts";
import {
  type ClusterSpec,
  type Hog,
  type LinkSpec,
  type LinkState,
  type MachineEvent,
  STORE_STATE_DEFAULTS,
  type StoreState,
  storeOf,
} from "#kernel/index.ts";
import { faults } from "./catalogue.ts";
import type { Fault } from "./fault.ts";
import {
  balloonUnder,
  hogsUnder,
  isOffUnder,
  isPausedUnder,
  linkUnder,
  type OpenFault,
  rateUnder,
  storeUnder,
} from "./judge.ts";

/** To be told to a host, now. */
export interface Told {
  readonly host: string;
  readonly event: MachineEvent;
}

interface LinkNow {
  readonly spec: LinkSpec;
  state: LinkState;
}

interface StoreNow {
  readonly host: string;
  readonly base: StoreState;
  state: StoreState;
}

interface HostNow {
  readonly name: string;
  paused: boolean;
  isOff: boolean;
  balloonPages: number;
  /** Faults that run a program there. */
  hogs: readonly string[];
}

interface LoadNow {
  readonly host: string;
  readonly id: string;
  ratePerSec: number | null;
}

export class Standing {
  #open: OpenFault[] = [];
  readonly #links: readonly LinkNow[];
  readonly #stores: readonly StoreNow[];
  readonly #hosts: readonly HostNow[];
  readonly #loads: readonly LoadNow[];

  constructor({ hosts, links }: ClusterSpec) {
    this.#links = links.map((spec) => ({ spec, state: spec.state }));
    this.#stores = hosts.flatMap((host) => {
      const store = storeOf(host);
      if (store === null) return [];
      const base = { ...STORE_STATE_DEFAULTS, latencyNs: store.latencyNs };
      return [{ host: host.name, base, state: base }];
    });
    this.#hosts = hosts.map(({ name }) => ({
      name,
      paused: false,
      isOff: false,
      balloonPages: 0,
      hogs: [],
    }));
    this.#loads = hosts.flatMap((host) =>
      host.role === "machine" || host.role === "client"
        ? host.traffic.map(({ id }) => ({ host: host.name, id, ratePerSec: null }))
        : [],
    );
  }

  /** What opening a fault makes of the cluster. Opening it again is the same as opening it once. */
  open(fault: OpenFault): readonly Told[] {
    const isNew = !this.#open.some(({ id }) => id === fault.id);
    this.#open = [...this.#open.filter(({ id }) => id !== fault.id), fault];
    return [...this.#changes(), ...(isNew ? this.#restart(fault) : [])];
  }

  /** What healing it makes; nothing when it is not open. */
  heal(id: string): readonly Told[] {
    this.#open = this.#open.filter((fault) => fault.id !== id);
    return this.#changes();
  }

  /** What is to be told after it was loaded into a cluster with other links or stores. */
  settle(): readonly Told[] {
    return this.#changes();
  }

  /** A host that is off already does not notice. */
  #restart({ name, target }: OpenFault): Told[] {
    const { effect }: Fault = faults[name];
    if (effect.on !== "power" || effect.off !== "at-once" || target.kind !== "host") return [];
    const host = this.#hosts.find((each) => each.name === target.host);
    if (host === undefined || host.isOff) return [];
    return [powerTold(host.name, false), powerTold(host.name, true)];
  }

  /** The host that puts this load on others, or runs this task; null: nobody does. */
  hostOf(machine: string | null, name: string): string | null {
    return machine ?? this.#loads.find(({ id }) => id === name)?.host ?? null;
  }

  #changes(): readonly Told[] {
    return [
      ...this.#linkChanges(),
      ...this.#storeChanges(),
      ...this.#rateChanges(),
      ...this.#balloonChanges(),
      ...this.#hogChanges(),
      ...this.#pauseChanges(),
      // Last: who boots finds everything as it is.
      ...this.#powerChanges(),
    ];
  }

  /** Both ends are told: one judges what arrives, the other must not believe that it did. */
  #linkChanges(): Told[] {
    return this.#links.flatMap((link) => {
      const { from, to } = link.spec;
      const state = linkUnder(this.#open, { from, to }, link.spec.state);
      if (isSame(state, link.state)) return [];
      link.state = state;
      return [from, to].map(
        (host) => ({ host, event: { type: "link", from, to, state } }) as const,
      );
    });
  }

  #storeChanges(): Told[] {
    return this.#stores.flatMap((store) => {
      const state = storeUnder(this.#open, store.host, store.base);
      if (isSame(state, store.state)) return [];
      store.state = state;
      return [{ host: store.host, event: { type: "store", state } }];
    });
  }

  #rateChanges(): Told[] {
    return this.#loads.flatMap((load) => {
      const ratePerSec = rateUnder(this.#open, load.id);
      if (ratePerSec === load.ratePerSec) return [];
      load.ratePerSec = ratePerSec;
      return [{ host: load.host, event: { type: "rate", name: load.id, ratePerSec } }];
    });
  }

  #balloonChanges(): Told[] {
    return this.#hosts.flatMap((host) => {
      const pages = balloonUnder(this.#open, host.name);
      if (pages === host.balloonPages) return [];
      host.balloonPages = pages;
      return [{ host: host.name, event: { type: "balloon", pages } }];
    });
  }

  #hogChanges(): Told[] {
    return this.#hosts.flatMap((host) => {
      const hogs = hogsUnder(this.#open, host.name);
      const before = host.hogs;
      host.hogs = [...hogs.keys()];
      return [
        ...before.filter((id) => !hogs.has(id)).map((id) => hogTold(host.name, id, null)),
        ...[...hogs]
          .filter(([id]) => !before.includes(id))
          .map(([id, hog]) => hogTold(host.name, id, hog)),
      ];
    });
  }

  #pauseChanges(): Told[] {
    return this.#hosts.flatMap((host) => {
      const paused = isPausedUnder(this.#open, host.name);
      if (paused === host.paused) return [];
      host.paused = paused;
      return [{ host: host.name, event: { type: "pause", paused } }];
    });
  }

  #powerChanges(): Told[] {
    return this.#hosts.flatMap((host) => {
      const isOff = isOffUnder(this.#open, host.name);
      if (isOff === host.isOff) return [];
      host.isOff = isOff;
      return [powerTold(host.name, !isOff)];
    });
  }

  save(): StandingState {
    return clone({
      open: this.#open,
      links: this.#links.map(({ state }) => state),
      stores: this.#stores.map(({ state }) => state),
      hosts: this.#hosts.map(({ name: _, ...host }) => host),
      rates: this.#loads.map(({ ratePerSec }) => ratePerSec),
    });
  }

  /** Nothing is told: those it would be told to are loaded as well. */
  load(saved: StandingState): void {
    const { open, links, stores, hosts, rates } = clone(saved);
    assert(links.length === this.#links.length, "standing faults are loaded into the same cluster");
    this.#open = [...open];
    for (const [i, link] of this.#links.entries()) link.state = links[i] ?? link.state;
    for (const [i, store] of this.#stores.entries()) store.state = stores[i] ?? store.state;
    for (const [i, host] of this.#hosts.entries()) Object.assign(host, hosts[i]);
    for (const [i, load] of this.#loads.entries()) load.ratePerSec = rates[i] ?? null;
  }
}

/** Plain data. */
export interface StandingState {
  readonly open: readonly OpenFault[];
  readonly links: readonly LinkState[];
  readonly stores: readonly StoreState[];
  readonly hosts: readonly Omit<HostNow, "name">[];
  readonly rates: readonly (number | null)[];
}

const powerTold = (host: string, on: boolean): Told => ({ host, event: { type: "power", on } });

const hogTold = (host: string, id: string, hog: Hog | null): Told => ({
  host,
  event: { type: "hog", id, hog },
});

/** Flat records of plain values. */
const isSame = (a: LinkState | StoreState, b: LinkState | StoreState): boolean =>
  JSON.stringify(a) === JSON.stringify(b);
