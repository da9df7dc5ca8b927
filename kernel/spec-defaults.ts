// What a machine has when nobody says otherwise. Every number with its source; nothing here was fitted to an outcome.

import { fromS, KIB, MIB, PAGE_BYTES } from "#base/units.ts";
import type { LinkState, StoreState } from "./events.ts";
import type {
  BlockSpec,
  MachineSpec,
  MemberSpec,
  MemorySpec,
  NetSpec,
  PolicySpec,
  ReconnectSpec,
  RelaySpec,
  ServeSpec,
  StoreSpec,
  SwapSpec,
} from "./spec.ts";
import { RING_TIMES } from "./task/ring.ts";
import type { AgentTask } from "./task-spec.ts";

/** Sizes come from the machine; all else is what Debian's 6.1 boots with. */
export const MEMORY_DEFAULTS: Omit<MemorySpec, "ramBytes" | "kernelBytes"> = {
  zones: null,
  minFreeKiB: null,
  watermarkScaleFactor: 10, // mm/page_alloc.c: watermark_scale_factor
  watermarkBoostFactor: 15_000, // mm/page_alloc.c: watermark_boost_factor
  highatomic: true, // mm/page_alloc.c: reserve_highatomic_pageblock() is always built in
  thp: false, // small machines swap; above 512 MiB distributions boot with it on, and a scenario then says so
  swappiness: 60, // mm/vmscan.c: vm_swappiness
  pageCluster: null,
  dirtyPercent: null,
  cleanFilePages: 0,
  pinnedOrder: null, // a machine that has just booted
  criticalPages: 0, // vm.critical_pages, Dobson 2005-12-13: no pool unless asked for
  slab: "slub", // CONFIG_SLUB=y in every distribution since 2008
  slabMaxOrder: null,
  slabChecks: "every-request",
  oomKiller: true,
};

/**
 * What a Debian 6.1 kernel keeps of `ramBytes` for itself: 48 MiB and one 64-byte struct page for each frame. Read off 9
 * boots of 96 MiB to 2 GiB: 12 793 to 21 193 pages are missing; this gives 12 672 to 20 480, each within 4 %.
 */
export function defaultKernelBytes(ramBytes: number): number {
  return 48 * MIB + Math.floor(ramBytes / PAGE_BYTES) * 64;
}

export const NET_DEFAULTS: NetSpec = {
  driver: "e1000e-like", // the most common gigabit NIC of the years in question
  ringDescriptors: null,
  moreCards: [],
  mtuBytes: 1500, // RFC 894
  rcvbufBytes: null,
  rcvbufBytesMax: null,
  tcpMem: null,
  udpMem: null,
  arp: "warm", // a machine that has swapped before has spoken to its server
  encapsulation: "none",
  ipfragHighBytes: null,
  packetReserveBytes: null,
  deviceReservePackets: 50, // ether_setup() as patched, Phillips 2005-08-12
  dropAbovePackets: 0, // the same: the first packet from the reserve begins it
  emergencyBelowPages: null, // Miller names none; below the min marks what is left is atomic memory
  segmentation: "coalesce",
};

export const BLOCK_DEFAULTS: BlockSpec = {
  wbt: true, // CONFIG_BLK_WBT_MQ=y in Debian's 6.1
  queueDepth: 128, // drivers/block/nbd.c: nbd_dev_add() sets the depth of its tag set
  pagesPerWrite: 0, // no layer but the driver
  bioPool: 2, // BIO_POOL_SIZE, include/linux/bio.h; 256 in 2.6.12 and 2.6.19 (fs/bio.c)
  swapFile: false, // a device
};

export const SWAP_DEFAULTS: Omit<SwapSpec, "server" | "sizeBytes"> = {
  exportName: "", // the default export of the NBD specification
  transport: "nbd",
  requestTimeoutNs: null, // nbd-client sets none unless asked
  standby: false,
  relay: null, // the driver's socket leads to the server
  reconnect: null, // nbd-client does not stay unless asked (-persist, or netlink and a program that listens)
};

/** A helper as careful as Dake would have it, but for what a scenario takes from it. */
export const RECONNECT_DEFAULTS: ReconnectSpec = {
  by: "program",
  locked: true,
  memoryBytes: MIB, // nbd-client with libc and libnl: 0.9 to 1.2 MiB resident
  waits: "epoll",
  onNoMemory: "retry",
  deadConnTimeoutNs: null,
};

/** As a helper's: what a small proxy has resident. */
export const RELAY_DEFAULTS: RelaySpec = { locked: false, memoryBytes: MIB };

/** Of a management program; Samudrala names no numbers. */
export const AGENT_DEFAULTS: Pick<AgentTask, "slowAfterNs" | "memoryBytes" | "confirms"> = {
  slowAfterNs: fromS(2), // a hundred times what a healthy server takes, a sixtieth of the two minutes there are
  memoryBytes: MIB, // as a helper's
  confirms: "connection",
};

/** As the openais of 2004 ran: locked, and a program of no more than its buffers. */
export const MEMBER_DEFAULTS: Omit<MemberSpec, "ring" | "lock"> = {
  times: RING_TIMES["openais-2004"],
  locked: true,
  isCritical: false,
  memoryBytes: MIB, // as a helper's
};

export const STORE_DEFAULTS: StoreSpec = {
  latencyNs: 100_000, // a server that keeps its pages in memory, one thread hand-over and two system calls
  queueDepth: 128, // what one connection of the kernel driver can have in flight
};

/** A small NBD server that keeps its exports in memory, as it comes. */
export const SERVE_DEFAULTS: ServeSpec = {
  store: STORE_DEFAULTS,
  locked: false,
  isCritical: false,
};

/** A swap server to which nothing has been done; its latency is its spec's. */
export const STORE_STATE_DEFAULTS: StoreState = {
  latencyNs: STORE_DEFAULTS.latencyNs,
  jitterNs: 0,
  tailPerMillion: 0,
  tailNs: 0,
  bandwidthBytesPerSec: null,
  failPerMillion: 0,
  full: false,
  corruptPerMillion: 0,
  stalled: false,
  refusing: false,
  dropping: false,
  hanging: false,
  process: "up",
};

/** One switch of gigabit Ethernet: the network of every thread the scenarios follow. */
export const LINK_DEFAULTS: LinkState = {
  latencyNs: 100_000,
  jitterNs: 0,
  bandwidthBytesPerSec: 125_000_000, // 1 Gbit/s
  lossPerMillion: 0,
  cut: false,
  held: false,
  resets: false,
};

/** The core near 2 GHz whose costs kernel/costs.ts gives. */
export const CPU_SPEED_DEFAULT_PERCENT = 100;

/** A complete machine; tests and tools replace what matters to them. */
export function machineSpec(
  name: string,
  policy: PolicySpec,
  memory: Partial<MemorySpec> = {},
): MachineSpec {
  const ramBytes = memory.ramBytes ?? 128 * MIB;
  const kernelBytes = memory.kernelBytes ?? defaultKernelBytes(ramBytes);
  return {
    role: "machine",
    name,
    cpus: 1,
    cpuSpeedPercent: CPU_SPEED_DEFAULT_PERCENT,
    memory: { ...MEMORY_DEFAULTS, ...memory, ramBytes, kernelBytes },
    policy,
    net: NET_DEFAULTS,
    block: BLOCK_DEFAULTS,
    swap: [],
    tasks: [],
    traffic: [],
    member: null,
    serves: null,
  };
}

/** What a request carries and gets back when the scenario does not say: one page, and an empty "yes". */
export const PAYLOAD_DEFAULT_BYTES = 4 * KIB;
