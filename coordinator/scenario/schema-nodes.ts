// The schema of nodes: machines, clients, swap servers, the manager, and what machines run. Defaults: kernel/spec-defaults.ts.

import { z } from "zod";
import { DRIVERS } from "#kernel/index.ts";
import {
  count,
  duration,
  flag,
  KNOWN,
  listOf,
  mapOf,
  name,
  oneOf,
  rate,
  ratio,
  said,
  size,
  sizeOr,
  strict,
  text,
} from "./schema-parts.ts";

const zone = strict(
  {
    name: oneOf(["DMA", "DMA32", "Normal"], "zone"),
    present: size({ positive: true, about: "frames that exist" }),
    managed: size({ positive: true, about: "frames the allocator was given" }),
  },
  "a zone with name, present and managed",
);

const memory = strict(
  {
    ram: size({ positive: true, about: "all of RAM" }),
    kernel: size({ about: "what the kernel keeps for itself; default 48 MiB + RAM/64" }).optional(),
    zones: listOf(zone, "zones as measured, instead of x86-64's layout").optional(),
    pageSize: z.literal("4 KiB", { error: () => "only 4 KiB pages are modelled" }).optional(),
    reserve: sizeOr("auto", "min_free_kbytes; auto is the kernel's own formula").optional(),
    watermarkScaleFactor: count(1, "vm.watermark_scale_factor, in 1/10000").optional(),
    watermarkBoostFactor: count(0, "vm.watermark_boost_factor, in 1/10000; 0 is off").optional(),
    highatomic: flag("whether HIGHATOMIC blocks may be set aside").optional(),
    thp: flag("transparent huge pages on, which raises min_free_kbytes").optional(),
    swappiness: count(0, "vm.swappiness").optional(),
    pageCluster: count(0, "vm.page-cluster").optional(),
    dirtyLimit: ratio({ about: "vm.dirty_ratio" }).optional(),
    cleanFile: size({ about: "clean page cache at boot" }).optional(),
    fragmented: size({
      positive: true,
      about: "a power of two pages: of each free run of so many one is pinned once the card is up",
    }).optional(),
    criticalPages: size({
      about: "vm.critical_pages, where single pages are kept apart",
    }).optional(),
    slab: oneOf(["slub", "slab"], "slab allocator").optional(),
    slabMaxOrder: count(0, "slub_max_order= or slab_max_order= of the command line").optional(),
    slabChecks: oneOf(
      ["every-request", "slow-path", "none"],
      "who must have a right to objects of reserve pages; Linux asks on its slow path",
    ).optional(),
    oomKiller: flag("whether the OOM killer may act").optional(),
  },
  "memory with ram, and more as needed",
);

const socketLimits = z
  .union([size({ positive: true }), z.array(size()).length(3)], {
    error: ({ input }) => `${said(input)}; expected a size such as 3072 pages, or a list of three`,
  })
  .meta({
    description: "the third value, the others as the kernel's formula has them; or all three",
  });

const cardParts = {
  driver: oneOf(DRIVERS, "where receive memory comes from").optional(),
  ring: count(1, "receive descriptors").optional(),
};

const card = strict(
  { for: listOf(name("who is reached over it"), "its peers"), ...cardParts },
  "another card, with the peers it is for",
);

const net = strict(
  {
    ...cardParts,
    cards: listOf(
      card,
      "more cards; all peers they are not for are reached over the first",
    ).optional(),
    mtu: size({ positive: true, about: "largest IP packet" }).optional(),
    rcvbuf: size({ positive: true, about: "tcp_rmem, second value" }).optional(),
    rcvbufMax: size({ positive: true, about: "tcp_rmem, third value" }).optional(),
    tcpMem: socketLimits.optional(),
    udpMem: socketLimits.optional(),
    arp: oneOf(["warm", "cold"], "neighbour and route cache at boot").optional(),
    encapsulation: oneOf(["none", "plain", "marked"], "what is around datagrams").optional(),
    ipfragHigh: size({ positive: true, about: "ipfrag_high_thresh" }).optional(),
    packetReserve: size({ positive: true, about: "of a sized reserve, for packets" }).optional(),
    deviceReserve: count(1, "packets of a card from the reserve, where cards count").optional(),
    dropAbove: count(0, "of these, up to how many used others' packets are kept").optional(),
    emergencyBelow: size({ about: "free memory below which there is emergency" }).optional(),
    segmentation: oneOf(["coalesce", "per-write"], "how segments are cut").optional(),
  },
  "settings of the network stack",
);

const block = strict(
  {
    wbt: flag("writeback throttling").optional(),
    queueDepth: count(1, "requests in flight per connection").optional(),
    pagesPerWrite: count(0, "pages a stacked layer takes for each page written").optional(),
    bioPool: count(1, "bios kept for when there is no memory").optional(),
    swapFile: flag("swap is a file of a network file system").optional(),
  },
  "settings of the block layer",
);

const reconnect = strict(
  {
    by: oneOf(["driver", "program"], "who connects again").optional(),
    locked: flag("mlockall: the program is never swapped out").optional(),
    memory: size({ positive: true, about: "what the program touches when it is told" }).optional(),
    waits: oneOf(
      ["poll", "epoll"],
      "how the program waits; poll takes a page each time",
    ).optional(),
    onNoMemory: oneOf(["retry", "give-up"], "what a call that finds no memory means").optional(),
    deadConnTimeout: duration({
      positive: true,
      about: "how long requests wait for a new connection; default: for ever",
    }).optional(),
  },
  "who makes a lost connection again",
);

const relay = strict(
  {
    locked: flag("mlockall: the relay is never swapped out").optional(),
    memory: size({ positive: true, about: "what the relay touches each time it wakes" }).optional(),
  },
  "a user-space relay between the driver and the server",
);

const swap = strict(
  {
    server: name("the swap server's node"),
    export: text("NBD export name").optional(),
    size: size({ positive: true, about: "of the swap device" }),
    transport: oneOf(["nbd"], "how pages travel").optional(),
    timeout: duration({ positive: true, about: "NBD request timeout; default: none" }).optional(),
    standby: flag("known, but not used until somebody switches").optional(),
    reconnect: reconnect.optional(),
    relay: relay.optional(),
  },
  "a swap device with server and size",
);

const started = {
  start: z
    .union([z.literal("manual"), duration()], {
      error: ({ input }) => `${said(input)}; expected a duration such as 2 s, or manual`,
    })
    .meta({ description: "when it starts; manual: when load.start names it" })
    .optional(),
  locked: flag("mlockall").optional(),
  quota: size({
    positive: true,
    about: "pages it must touch after healing; default one pass",
  }).optional(),
};

const instances = z
  .union([z.int().min(1), z.string().regex(/^\d+ ?\* ?cpus$/)], {
    error: ({ input }) => `${said(input)}; expected a whole number from 1, or such as 8*cpus`,
  })
  .meta({ description: "instances; sizes and rates are those of all of them together" });

const pattern = oneOf(["linear", "random"], "order of touching");
const endless = count(1, "passes; none given: endless");

const anon = strict(
  {
    kind: z.literal("anon"),
    ...started,
    count: instances.optional(),
    size: size({ positive: true, about: "mapped by all instances together" }),
    pattern: pattern.optional(),
    populate: oneOf(["write", "read"], "how pages are touched first").optional(),
    access: oneOf(["read", "write"], "how pages are touched afterwards").optional(),
    touch: rate({
      positive: true,
      about: "touches per second; none: as fast as it goes",
    }).optional(),
    loops: endless.optional(),
  },
  "a task that touches anonymous memory",
);

const service = strict(
  {
    kind: z.literal("service"),
    ...started,
    port: count(1, "where it listens"),
    protocol: oneOf(["http", "udp"], "what it speaks").optional(),
    workingSet: size({ positive: true, about: "anonymous memory its requests touch" }),
    workers: count(1, "threads that take requests").optional(),
    critical: flag("whether its sockets are marked critical").optional(),
    reads: flag("whether it reads what comes; without, it accepts and leaves it").optional(),
    perRequest: strict(
      {
        touch: size({ about: "pages of the working set" }).optional(),
        cpu: duration({ about: "CPU time" }).optional(),
        response: size({ about: "body of the answer" }).optional(),
      },
      "what one request costs",
    ).optional(),
  },
  "a service that answers requests",
);

const file = {
  ...started,
  count: instances.optional(),
  size: size({ positive: true, about: "of the files of all instances" }),
  pattern: pattern.optional(),
  touch: rate({ positive: true, about: "pages per second; none: as fast as it goes" }).optional(),
  loops: endless.optional(),
  server: name("swap server that holds the file; none: a disk of the machine").optional(),
};

const mpi = strict(
  {
    kind: z.literal("mpi"),
    ...started,
    ranks: count(1, "processes"),
    size: size({ positive: true, about: "memory of all ranks together" }),
    perStep: strict(
      { touch: size({ positive: true }), cpu: duration() },
      "what one step costs each rank",
    ),
    steps: count(1, "steps; none given: endless").optional(),
  },
  "a computation in steps",
);

const agent = strict(
  {
    kind: z.literal("agent"),
    locked: flag("mlockall").optional(),
    manager: name("node of the manager that it tells"),
    critical: flag("whether its socket is marked critical").optional(),
    slowAfter: duration({
      positive: true,
      about: "a device whose oldest request is older is failing; default 2 s",
    }).optional(),
    memory: size({ positive: true, about: "what it touches each time it looks" }).optional(),
    confirms: oneOf(["order", "connection"], "when it says that it has switched").optional(),
  },
  "a program that looks after the swap device",
);

const TASK_KINDS = ["anon", "service", "file-reader", "file-writer", "mpi", "agent"];
const task = z
  .discriminatedUnion(
    "kind",
    [
      anon,
      service,
      strict({ kind: z.literal("file-reader"), ...file }, "a reader of the page cache"),
      strict({ kind: z.literal("file-writer"), ...file }, "a dirtier of the page cache"),
      mpi,
      agent,
    ],
    { error: ({ input }) => kindError(input, "kind", TASK_KINDS) },
  )
  .meta({ id: "task" });

const cpuSpeed = ratio({
  positive: true,
  about: "of each CPU, against a core near 2 GHz; default 100 %",
}).optional();

const store = {
  latency: duration({ about: "from a request to its answer" }).optional(),
  queue: count(1, "requests worked on at once").optional(),
};

const serve = strict(
  {
    ...store,
    locked: flag("mlockall: its memory is there from the start, never swapped out").optional(),
    critical: flag("whether its sockets are marked critical").optional(),
  },
  "a swap server among its programs, which keeps others' pages in its own memory",
);

const machine = strict(
  {
    role: z.literal("machine"),
    cpus: count(1, "CPUs").optional(),
    cpuSpeed,
    policy: text("a preset, or a name under policies"),
    memory,
    net: net.optional(),
    block: block.optional(),
    swap: listOf(swap, "in the order of use").optional(),
    serve: serve.optional(),
    run: mapOf(task, "tasks by name").optional(),
  },
  "a machine",
);

const client = strict({ role: z.literal("client"), cpuSpeed }, "a client");
const swapServer = strict(
  {
    role: z.literal("swap-server"),
    cpuSpeed,
    store: strict(store, "how it keeps its pages").optional(),
    mirror: name("swap server that has each page too before a write is answered").optional(),
  },
  "a swap server",
);
const manager = strict(
  {
    role: z.literal("manager"),
    failover: strict(
      {
        nodes: z.array(name("machine that is told")),
        from: name("swap server that may fail"),
        to: name("swap server that takes over"),
        takes: duration({ about: "what the switch takes on the storage's side" }).optional(),
      },
      "what it does when a device fails",
    ).optional(),
  },
  "the management server",
);

const ROLES = ["machine", "client", "swap-server", "manager"];

export const nodeSchema = z
  .discriminatedUnion("role", [machine, client, swapServer, manager], {
    error: ({ input }) => kindError(input, "role", ROLES),
  })
  .meta({ id: "node" });

export type NodeSource = z.output<typeof nodeSchema>;
export type MachineSource = z.output<typeof machine>;
export type TaskSource = z.output<typeof task>;

/** A tag that names none of the kinds there are. */
function kindError(input: unknown, tag: string, kinds: readonly string[]): string {
  const value: unknown =
    typeof input === "object" && input !== null ? Reflect.get(input, tag) : input;
  return `${said(value)}${KNOWN}${kinds.join(", ")}`;
}
