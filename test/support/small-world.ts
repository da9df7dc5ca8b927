// Three machines as in the main scenario, so small that everything about them can be looked at after every event: A has 16 MiB,
// two hogs and a service; B asks; C keeps the pages.

import { KIB, MIB } from "#base/units.ts";
import {
  type AnonTask,
  type ClusterSpec,
  CPU_SPEED_DEFAULT_PERCENT,
  LINK_DEFAULTS,
  type LinkState,
  type Machine,
  machineSpec,
  NET_DEFAULTS,
  type PolicySpec,
  type ServiceTask,
  STORE_DEFAULTS,
  SWAP_DEFAULTS,
  type TrafficSpec,
} from "#kernel/index.ts";
import { World } from "#sim/index.ts";

export interface SmallSpec {
  readonly policy: PolicySpec;
  readonly seed?: number;
  readonly highatomic?: boolean;
  readonly afterEach?: (machine: Machine) => void;
}

const HOSTS = ["A", "B", "C"];

const HOG: AnonTask = {
  kind: "anon",
  name: "hog",
  count: 2,
  sizeBytes: 12 * MIB,
  pattern: "linear",
  populate: "write",
  access: "write",
  touchPerSec: 8000,
  loops: null,
  startNs: 0,
  locked: false,
};

const SERVICE: ServiceTask = {
  kind: "service",
  name: "svc",
  port: 7000,
  protocol: "http",
  workingSetBytes: 8 * MIB,
  workers: 4,
  reads: true,
  isCritical: false,
  perRequest: { touchPages: 4, cpuNs: 50_000, responseBytes: 0 },
  startNs: 0,
  locked: false,
};

const FLOOD: TrafficSpec = {
  id: "flood",
  to: { machine: "A", service: "svc", port: 7000 },
  protocol: "http",
  connections: 24,
  payloadBytes: 8 * KIB,
  load: { model: "open", pattern: "poisson", ratePerSec: 400, ramp: [] },
  // When the service listens: a client that is refused tries again after a second.
  startNs: 50_000_000,
  forNs: null,
  onStop: "reset",
  isCritical: false,
};

/** A cluster that swaps from its first moments on, and whose flood B starts by itself. */
export function smallCluster({ policy, highatomic = true }: SmallSpec): ClusterSpec {
  const memory = { ramBytes: 16 * MIB, kernelBytes: 3 * MIB, highatomic };
  const cpuSpeedPercent = CPU_SPEED_DEFAULT_PERCENT;
  return {
    hosts: [
      {
        ...machineSpec("A", policy, memory),
        net: { ...NET_DEFAULTS, rcvbufBytes: 256 * KIB, ringDescriptors: 64 },
        swap: [{ ...SWAP_DEFAULTS, server: "C", sizeBytes: 64 * MIB }],
        tasks: [HOG, SERVICE],
      },
      { role: "client", name: "B", cpuSpeedPercent, traffic: [FLOOD] },
      {
        role: "swap-server",
        name: "C",
        cpuSpeedPercent,
        store: STORE_DEFAULTS,
        mirror: null,
        member: null,
      },
    ],
    links: HOSTS.flatMap((from) =>
      HOSTS.filter((to) => to !== from).map((to) => ({ from, to, state: LINK_DEFAULTS })),
    ),
  };
}

/** The cluster as a world that has not booted. */
export function smallWorld(spec: SmallSpec): World {
  const { seed = 1, afterEach } = spec;
  const hook = afterEach === undefined ? {} : { afterEach };
  return new World({ cluster: smallCluster(spec), seed, ...hook });
}

/** What is wrong with the way between A and C from now on; nothing heals it. */
export function changeWay(world: World, change: Partial<LinkState>): void {
  for (const [from, to] of [
    ["A", "C"],
    ["C", "A"],
  ] as const)
    for (const host of ["A", "C"])
      world.tell(host, { type: "link", from, to, state: { ...LINK_DEFAULTS, ...change } });
}
