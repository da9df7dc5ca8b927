// Every host is a machine with a memory manager of its own; those that are not the subject have more memory than they need.

import { KIB, MIB } from "#base/units.ts";
import type { PeerSpec } from "./net/edge.ts";
import type { NetSpec as StackSpec } from "./net/net-spec.ts";
import { presets } from "./policy/presets/index.ts";
import type { HostSpec, LinkSpec, MachineSpec, StoreSpec } from "./spec.ts";
import { machineSpec } from "./spec-defaults.ts";

/** RAM of a client, a swap server or a manager: socket buffers for thousands of connections, and no swap. */
const HELPER_RAM_BYTES = 512 * MIB;

/** The host as a machine. */
export function asMachine(host: HostSpec): MachineSpec {
  switch (host.role) {
    case "machine":
      return host;
    case "client":
      return {
        ...helper(host.name),
        cpuSpeedPercent: host.cpuSpeedPercent,
        traffic: host.traffic,
      };
    case "swap-server":
      return { ...helper(host.name), cpuSpeedPercent: host.cpuSpeedPercent };
    case "manager":
      return helper(host.name);
  }
}

function helper(name: string): MachineSpec {
  const spec = machineSpec(name, presets["mainline-6.1"], { ramBytes: HELPER_RAM_BYTES });
  return { ...spec, cpus: 2 };
}

/** How it keeps the pages of others; null: it keeps none. */
export function storeOf(host: HostSpec): StoreSpec | null {
  if (host.role === "swap-server") return host.store;
  return host.role === "machine" ? (host.serves?.store ?? null) : null;
}

/** What the network stack is told of the machine's spec. */
export function netSpecOf({ net }: MachineSpec): StackSpec {
  const {
    driver,
    ringDescriptors,
    moreCards,
    mtuBytes,
    rcvbufBytes,
    tcpMem,
    arp,
    encapsulation,
    segmentation,
    ipfragHighBytes,
    deviceReservePackets: maxPackets,
    dropAbovePackets,
  } = net;
  return {
    driver,
    ringSize: ringDescriptors,
    moreCards: moreCards.map(({ ringDescriptors: ringSize, ...card }) => ({ ...card, ringSize })),
    mtu: mtuBytes,
    rcvbufBytes,
    sndbufBytes: null,
    tcpMemPages: tcpMem === null ? null : [tcpMem.minPages, tcpMem.pressurePages, tcpMem.maxPages],
    arp,
    encapsulation,
    perWriteSegments: segmentation === "per-write",
    ipfragHighBytes,
    deviceReserve: { maxPackets, dropAbovePackets },
  };
}

/** Everybody this host has a link with, both ways. */
export function peersOf(
  name: string,
  links: readonly LinkSpec[],
  foreign: ReadonlySet<string>,
): PeerSpec[] {
  return links.flatMap(({ from, to, state: inbound }) => {
    const back = links.find((link) => link.from === name && link.to === from);
    if (to !== name || back === undefined) return [];
    return [{ peer: from, inbound, outbound: back.state, isForeign: foreign.has(from) }];
  });
}

/** vm.min_free_kbytes as a user set it, or as the system in question would; null: as the kernel computes it. */
export function userMinFree({ memory, policy }: MachineSpec): number | null {
  if (memory.minFreeKiB !== null || policy.minFreePercent === undefined) return memory.minFreeKiB;
  return Math.floor((memory.ramBytes * policy.minFreePercent) / 100 / KIB);
}
