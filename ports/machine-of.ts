// The machine of a host as every engine builds it: in virtual time, as a process, and again from what a process saved.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import {
  type ClusterSpec,
  exportsWanted,
  type HostSpec,
  Machine,
  type MachineOptions,
  type OfferedExport,
  type TrafficSpec,
} from "#kernel/index.ts";
import { Arrivals, patterns } from "#traffic/patterns/index.ts";

export interface MachineOf {
  readonly host: HostSpec;
  readonly cluster: ClusterSpec;
  readonly seed: number;
  /** Hosts whose end nobody emulates. */
  readonly foreign?: ReadonlySet<string>;
  readonly decisions?: MachineOptions["decisions"];
}

export function machineOf({ host, cluster, seed, foreign, decisions }: MachineOf): Machine {
  return new Machine(host, {
    seed,
    links: cluster.links.filter(({ from, to }) => from === host.name || to === host.name),
    foreign: foreign ?? new Set(),
    exports: exportsOf(host, cluster),
    arrivalsOf,
    ...(decisions === undefined ? {} : { decisions }),
  });
}

/** A server offers every export that some machine swaps to or has files on, as large as the largest of them asks. */
function exportsOf(host: HostSpec, cluster: ClusterSpec): OfferedExport[] {
  const offered = new Map<string, OfferedExport>();
  for (const other of cluster.hosts) {
    if (other.role !== "machine") continue;
    for (const { server, name, sizeBytes: wantedBytes, isStandby } of exportsWanted(other)) {
      if (server !== host.name) continue;
      const sizeBytes = Math.max(offered.get(name)?.sizeBytes ?? 0, wantedBytes);
      offered.set(name, { name, sizeBytes, isStandby });
    }
  }
  return [...offered.values()];
}

function arrivalsOf(traffic: TrafficSpec, random: Random): Arrivals {
  const { load } = traffic;
  assert(load.model === "open", "only open load has arrivals of its own");
  return new Arrivals({
    pattern: patterns[load.pattern],
    ratePerSec: load.ratePerSec,
    ramp: load.ramp,
    random,
  });
}
