// What of a running cluster may be another from one moment on, and why the rest may not.
//
// What may is what an administrator can set while Linux runs, what lies outside of the machines, and decisions of the kernel
// that look only at the moment. A run that is changed early is the run that had it from the beginning
// (test/sim/fork.slow.test.ts holds every entry to that).
//
// Not modelled: of a machine that has lost its power before, limits that its kernel computed from the old marks when it was up
// again are computed from the new ones.

import { differingLeaves } from "#base/leaves.ts";
import type { ClusterSpec } from "#kernel/index.ts";

/** By path in the spec of a host or link; what it is called where it can be set. */
export const CHANGEABLE: Readonly<Record<string, string>> = {
  "memory.minFreeKiB": "vm.min_free_kbytes",
  "memory.watermarkScaleFactor": "vm.watermark_scale_factor",
  "memory.watermarkBoostFactor": "vm.watermark_boost_factor",
  "memory.swappiness": "vm.swappiness",
  "memory.pageCluster": "vm.page-cluster",
  "memory.dirtyPercent": "vm.dirty_ratio",
  "memory.oomKiller": "whether the OOM killer acts",
  "net.tcpMem": "net.ipv4.tcp_mem",
  "policy.minFreePercent": "vm.min_free_kbytes",
  "policy.receive": "the rule at the card and where sockets are found",
  "policy.reclaim": "the rule of reclaim",
  "policy.throttle": "the rule of waiting",
  "policy.limits": "the rule at the limit on socket memory",
  "policy.name": "its name",
  "traffic.load.ratePerSec": "the rate of a load",
  "store.latencyNs": "the latency of a store",
  "link.state": "latency, bandwidth and loss of a link",
};

/** By the beginning of the path; the first that fits. */
const WHY_NOT: readonly (readonly [string, string])[] = [
  ["policy.era", "another kernel is booted, not set"],
  ["policy.reserve", "what is set aside is set aside when the machine boots"],
  ["policy.criticality", "the swap socket was marked, or not, when it was connected"],
  ["memory.highatomic", "blocks that have been set aside stay so"],
  ["memory", "it is laid out when the machine boots"],
  ["net.ringDescriptors", "the ring is filled when the card comes up"],
  ["net.rcvbufBytes", "sockets that are open keep theirs"],
  ["net", "it is set up when the machine boots"],
  ["tasks", "its programs have begun"],
  ["swap", "it is connected already"],
  ["traffic", "its connections are made"],
];

interface Difference {
  /** Steps below the host or link, without numbers and names of entries. */
  readonly kind: string;
  /** As `nodes.A.memory.ramBytes`. */
  readonly path: string;
}

/** A sentence for each setting in which the second cluster must not differ from the first. */
export function clusterRefusals(before: ClusterSpec, after: ClusterSpec): readonly string[] {
  return clusterDifferences(before, after).flatMap(({ kind, path }) => {
    const mayDiffer = Object.keys(CHANGEABLE).some((key) => isAtOrBelow(kind, key));
    if (mayDiffer) return [];
    const reason = WHY_NOT.find(([start]) => isAtOrBelow(kind, start))?.[1];
    return [`${path}: ${reason ?? "it is what it is from the boot on"}`];
  });
}

const isAtOrBelow = (kind: string, key: string): boolean =>
  kind === key || kind.startsWith(`${key}.`);

function clusterDifferences(before: ClusterSpec, after: ClusterSpec): Difference[] {
  const names = (cluster: ClusterSpec): string =>
    cluster.hosts.map(({ name, role }) => `${name} ${role}`).join();
  if (names(before) !== names(after)) return [{ kind: "nodes", path: "nodes" }];
  const hosts = after.hosts.flatMap((host, i) =>
    differingLeaves(before.hosts[i], host).map((steps) => ({
      kind: kindOf(steps),
      path: ["nodes", host.name, ...steps].join("."),
    })),
  );
  const links = after.links.flatMap((link, i) =>
    differingLeaves(before.links[i], link).map((steps) => ({
      kind: `link.${kindOf(steps)}`,
      path: [`links."${link.from}->${link.to}"`, ...steps].join("."),
    })),
  );
  return [...hosts, ...links];
}

const kindOf = (steps: readonly string[]): string =>
  steps.filter((step) => !/^\d+$/.test(step)).join(".");
