// What a machine is made of, as plain data: the only thing `new Machine(spec)` is given besides its seed.
//
// Why here: the scenario language resolves its units into these types once, and everything else (machine, simulator,
// containers, page) reads them. No unit is parsed here and none is left open: bytes, pages and ns are in the names.
// `null` means "the kernel's own formula decides at boot". Defaults, each with its source, stand in spec-defaults.ts.
//
// Not modelled: NUMA (one node), swap files on a file system.

import type { Era } from "./era.ts";
import type { LinkState } from "./events.ts";
import type { SlabChecks } from "./mm/slab-cache.ts";
import type { TaskSpec } from "./task-spec.ts";
import type { TrafficSpec } from "./traffic-spec.ts";

/** Everything that takes part in a run. Names are unique over all hosts. */
export interface ClusterSpec {
  readonly hosts: readonly HostSpec[];
  /** One entry for each ordered pair of hosts. */
  readonly links: readonly LinkSpec[];
}

export type HostSpec = MachineSpec | ClientSpec | SwapServerSpec | ManagerSpec;
export type Role = HostSpec["role"];

/** One direction between two hosts, and how it treats what it carries while no fault is open on it. */
export interface LinkSpec {
  readonly from: string;
  readonly to: string;
  readonly state: LinkState;
}

/** A machine whose memory is emulated in full: A. */
export interface MachineSpec {
  readonly role: "machine";
  readonly name: string;
  /** Number of CPUs, at least 1. */
  readonly cpus: number;
  /** Speed of each CPU, in percent of the core that kernel/costs.ts is about; > 0. */
  readonly cpuSpeedPercent: number;
  readonly memory: MemorySpec;
  readonly policy: PolicySpec;
  readonly net: NetSpec;
  readonly block: BlockSpec;
  /** In the order of their use; the first is swapped to until it is full. */
  readonly swap: readonly SwapSpec[];
  readonly tasks: readonly TaskSpec[];
  /** Load this machine puts on others, as a client does. */
  readonly traffic: readonly TrafficSpec[];
  /** Its part in a ring of nodes that agree on who is there; null: none. */
  readonly member: MemberSpec | null;
  /** What it keeps for others that swap to it; null: nothing. */
  readonly serves: ServeSpec | null;
}

/** A swap server among a machine's programs, which keeps the pages of others in memory of its own. */
export interface ServeSpec {
  readonly store: StoreSpec;
  /** mlockall: its memory is there from the start and is never swapped out; else its pages are anonymous memory like any. */
  readonly locked: boolean;
  /** Whether its sockets are marked as ones that must be heard (SO_CRITICAL). */
  readonly isCritical: boolean;
}

/** A host that sends load and whose own memory never binds: B. */
export interface ClientSpec {
  readonly role: "client";
  readonly name: string;
  /** As a machine's. */
  readonly cpuSpeedPercent: number;
  readonly traffic: readonly TrafficSpec[];
}

/** A host that serves pages over NBD: C. */
export interface SwapServerSpec {
  readonly role: "swap-server";
  readonly name: string;
  /** As a machine's. */
  readonly cpuSpeedPercent: number;
  readonly store: StoreSpec;
  /** Swap server that also has every page before a write is answered here; null: none. */
  readonly mirror: string | null;
  /** As a machine's. */
  readonly member: MemberSpec | null;
}

/** The membership program of a node. */
export interface MemberSpec {
  /** All nodes of the ring, in the order in which the token goes round; at most sixteen. */
  readonly ring: readonly string[];
  /** Swap servers in the order in which they have the lock on swap: the first that is a member has it. */
  readonly lock: readonly string[];
  readonly times: RingTimes;
  /** mlockall: its pages are never swapped out. */
  readonly locked: boolean;
  /** Whether its socket is marked as one that must be heard (SO_CRITICAL). */
  readonly isCritical: boolean;
  /** Memory it touches each time it wakes, a multiple of 4096. */
  readonly memoryBytes: number;
}

/** The management server of the fail-over. */
export interface ManagerSpec {
  readonly role: "manager";
  readonly name: string;
  /** What it is to do when a device fails; null: nothing. */
  readonly failover: FailoverSpec | null;
}

/** From which swap server to which, and who has to know. */
export interface FailoverSpec {
  readonly nodes: readonly string[];
  readonly from: string;
  readonly to: string;
  /** What the switch takes on the storage's side, in ns. */
  readonly takesNs: number;
}

/** How long a member of the ring waits, in ns. */
export interface RingTimes {
  /** Without the token for so long, it is lost. */
  readonly tokenNs: number;
  /** Passed on and not seen again for so long, it is sent once more. */
  readonly retransmitNs: number;
  /** How long the first member keeps it when there is nothing to say. */
  readonly holdNs: number;
  /** How long answers are waited for when it is lost, and between two calls. */
  readonly gatherNs: number;
  readonly joinNs: number;
  /** Without a commitment for so long, all over again. */
  readonly commitNs: number;
}

export interface MemorySpec {
  /** All of RAM, a multiple of 4096, before the kernel's own part is taken off. */
  readonly ramBytes: number;
  /** What never reaches the buddy allocator: kernel image, page structs, boot memory. 0 ≤ kernelBytes < ramBytes. */
  readonly kernelBytes: number;
  /** Zones as measured on some machine, lowest first; null: laid out as x86-64 does, from the two sizes above. */
  readonly zones: readonly ZoneSpec[] | null;
  /** vm.min_free_kbytes as a user sets it, in KiB; null: the formula of the era. */
  readonly minFreeKiB: number | null;
  /** vm.watermark_scale_factor, in 1/10000 of a zone; eras before 6.1 have none and ignore it. */
  readonly watermarkScaleFactor: number;
  /** vm.watermark_boost_factor, in 1/10000 of the high mark; 0 switches the boost off. Only in 6.1. */
  readonly watermarkBoostFactor: number;
  /** Whether page blocks may be set aside as MIGRATE_HIGHATOMIC. Only in 6.1. */
  readonly highatomic: boolean;
  /** Whether transparent huge pages are on (always or madvise), which raises min_free_kbytes. Eras 3.x and 6.1. */
  readonly thp: boolean;
  /** vm.swappiness, 0 to 200. */
  readonly swappiness: number;
  /** vm.page-cluster: a swap-in reads 2^pageCluster pages at most; null: 3, or 2 below 16 MiB (mm/swap.c). */
  readonly pageCluster: number | null;
  /** vm.dirty_ratio, in percent of dirtyable memory; null: the era's own (40 in 2.6.12, 20 later). */
  readonly dirtyPercent: number | null;
  /** Clean page-cache pages at boot, as left by programs that were read. */
  readonly cleanFilePages: number;
  /** Once the card is up, one page is pinned in each free run of 2^pinnedOrder pages, 1 to 9; null: memory is whole. */
  readonly pinnedOrder: number | null;
  /** vm.critical_pages: single pages kept apart, under a policy that keeps such. */
  readonly criticalPages: number;
  /** Which slab allocator the kernel was built with. */
  readonly slab: "slub" | "slab";
  /** slub_max_order= or slab_max_order= of the kernel's command line; null: the allocator's own, 3 and 1. */
  readonly slabMaxOrder: number | null;
  /** Of whom it is asked whether he may have objects of reserve pages; no system has this to set. */
  readonly slabChecks: SlabChecks;
  /** Whether the OOM killer may act. */
  readonly oomKiller: boolean;
}

export type ZoneName = "DMA" | "DMA32" | "Normal";

export interface ZoneSpec {
  readonly name: ZoneName;
  /** Frames that exist. presentPages ≥ managedPages. */
  readonly presentPages: number;
  /** Frames that the buddy allocator hands out. */
  readonly managedPages: number;
}

/** One answer for each decision. Names are keys of the registries under kernel/policy/. */
export interface PolicySpec {
  /** The preset this came from, as reports print it; a free combination carries its own name. */
  readonly name: string;
  /** Which kernel's rules apply where no decision below says otherwise. */
  readonly era: Era;
  /** vm.min_free_kbytes in percent of RAM, where the system is about that setting; memory.minFreeKiB goes before it. */
  readonly minFreePercent?: number;
  readonly reserve: string;
  readonly receive: string;
  readonly reclaim: string;
  readonly throttle: string;
  readonly limits: string;
  readonly criticality: string;
}

export const DRIVERS = [
  "e1000e-like",
  "e1000-like",
  "virtio-like",
  "ixgbe-like",
  "forcedeth-like",
] as const;
export type DriverName = (typeof DRIVERS)[number];

export interface NetSpec {
  /** Where receive memory comes from and by which right (kernel/net/drivers). */
  readonly driver: DriverName;
  /** Receive descriptors; null: the driver's own default. */
  readonly ringDescriptors: number | null;
  /** More cards, each for the peers it names; all others are reached over the first. */
  readonly moreCards: readonly CardSpec[];
  /** Largest IP packet in bytes. */
  readonly mtuBytes: number;
  /** First receive buffer of a TCP socket in bytes (tcp_rmem[1]); null: the formula of the era. */
  readonly rcvbufBytes: number | null;
  /** Largest receive buffer TCP may grow to in bytes (tcp_rmem[2]); null: the formula of the era. */
  readonly rcvbufBytesMax: number | null;
  /** net.ipv4.tcp_mem; null: the formula of the era. */
  readonly tcpMem: SocketLimits | null;
  /** net.ipv4.udp_mem; null: the formula of the era. */
  readonly udpMem: SocketLimits | null;
  /** Whether the neighbour and route cache already hold the peers at boot. */
  readonly arp: "warm" | "cold";
  /** What is around each datagram: nothing, a layer that asks for memory in its own name, or in its socket's. */
  readonly encapsulation: "none" | "plain" | "marked";
  /** net.ipv4.ipfrag_high_thresh in bytes; null: the era's own. */
  readonly ipfragHighBytes: number | null;
  /** What a sized reserve keeps for received packets, in bytes; null: what reassembly may hold. */
  readonly packetReserveBytes: number | null;
  /** Packets of a card that may come from the reserve, under a policy that counts them by card. */
  readonly deviceReservePackets: number;
  /** Up to so many of them used, packets of unmarked sockets are kept. */
  readonly dropAbovePackets: number;
  /** Free pages below which a machine is in emergency, under a policy that goes by them; null: the sum of the min marks. */
  readonly emergencyBelowPages: number | null;
  /** How segments are cut from a stream: as TCP coalesces them, or one at least for each write of the sender. */
  readonly segmentation: "coalesce" | "per-write";
}

/** A network card beside the first. */
export interface CardSpec {
  readonly driver: DriverName;
  /** Receive descriptors; null: the driver's own default. */
  readonly ringDescriptors: number | null;
  /** Who is reached over it; one at least. */
  readonly peers: readonly string[];
}

/** Pages, as Linux counts socket memory. minPages ≤ pressurePages ≤ maxPages. */
export interface SocketLimits {
  readonly minPages: number;
  readonly pressurePages: number;
  readonly maxPages: number;
}

export interface BlockSpec {
  /** Whether writeback throttling (blk-wbt) limits writes in flight. Only in 6.1, where Debian builds it in. */
  readonly wbt: boolean;
  /** Requests of one connection in flight. */
  readonly queueDepth: number;
  /** Pages that a layer on top of the device takes for each page it writes, until that is answered; 0: no such layer. */
  readonly pagesPerWrite: number;
  /** Bios kept for when there is no memory for one, for the whole machine; at least 1. */
  readonly bioPool: number;
  /**
   * Swap is a file of a network file system: a write takes no bio, is a page long, and who writes waits for its answer; a read
   * takes no bio and is a page long. Linux 3.6 to 5.18 (SWP_FILE, swap over NFS).
   */
  readonly swapFile: boolean;
}

export interface SwapSpec {
  /** Name of the swap server. */
  readonly server: string;
  /** NBD export name; "" is the default export. */
  readonly exportName: string;
  /** A multiple of 4096. */
  readonly sizeBytes: number;
  readonly transport: "nbd";
  /** NBD request timeout in ns; null: wait for ever (nbd-client's default). */
  readonly requestTimeoutNs: number | null;
  /** Known from boot, but used only once somebody switches to it. */
  readonly standby: boolean;
  /** Who makes a lost connection again; null: nobody, and all that is asked of the device fails. */
  readonly reconnect: ReconnectSpec | null;
  /** A program of the machine that stands between the driver and the server; null: none. Of the first device only. */
  readonly relay: RelaySpec | null;
}

/** A user-space relay that carries what the driver and the swap server say to each other. */
export interface RelaySpec {
  /** mlockall: its pages are never swapped out. */
  readonly locked: boolean;
  /** Memory it touches each time it wakes, a multiple of 4096. */
  readonly memoryBytes: number;
}

/** Who makes a lost connection of a network block device again, and with what rights. */
export interface ReconnectSpec {
  /** A thread of the driver with PF_MEMALLOC and a marked socket, or a user program that the kernel tells. */
  readonly by: "driver" | "program";
  /** mlockall: the program's memory is there from the start and is never swapped out. */
  readonly locked: boolean;
  /** Memory the program touches when the connection is lost, a multiple of 4096; a driver's thread has none. */
  readonly memoryBytes: number;
  /** How the program waits: poll() and select() take a page for their table in each call, epoll takes none. */
  readonly waits: "poll" | "epoll";
  /** What a call that finds no memory means to the program: wait for it and go on, or that the peer is broken. */
  readonly onNoMemory: "retry" | "give-up";
  /** How long requests wait for a new connection before they fail (dead_conn_timeout), in ns; null: for ever. */
  readonly deadConnTimeoutNs: number | null;
}

/** How a swap server keeps its pages. */
export interface StoreSpec {
  /** From a request's arrival to its answer while the queue is not full, in ns. */
  readonly latencyNs: number;
  /** Requests it works on at once; more wait their turn. */
  readonly queueDepth: number;
}
