// Machines of a drawn scenario: memory, policy, card, devices and programs.

import { DECISIONS } from "#coordinator/scenario/index.ts";
import { eras } from "#kernel/index.ts";
import type { Cast, Document } from "./cast.ts";
import type { Dice } from "./dice.ts";

interface MachineContext {
  readonly dice: Dice;
  readonly cast: Cast;
  /** Those of the scenario's own. */
  readonly policies: Document;
}

/** Policies that nobody has proposed: a preset with some of its decisions exchanged. */
export function drawPolicies(dice: Dice): Document {
  if (!dice.has("mixed-policy")) return {};
  const exchanged = Object.entries(DECISIONS)
    .filter(() => dice.random.chance(1, 3))
    .map(([decision, names]) => [decision, dice.pick(names)]);
  const era = dice.random.chance(1, 4) ? { era: dice.pick(eras) } : {};
  return { mixed: { extends: dice.word("policy"), ...era, ...Object.fromEntries(exchanged) } };
}

export function drawMachine(name: string, { dice, cast, policies }: MachineContext): Document {
  const ramMiB = dice.pick([24, 32, 48, 64]);
  const own = Object.keys(policies);
  return {
    role: "machine",
    ...(dice.here("cpus") && { cpus: dice.between(2, 4) }),
    ...(dice.here("slow-cpu") && { cpuSpeed: `${dice.between(5, 90)} %` }),
    policy: own.length > 0 && dice.random.chance(1, 2) ? dice.pick(own) : dice.word("policy"),
    memory: { ram: `${ramMiB} MiB`, kernel: `${dice.between(3, 6)} MiB`, ...drawMemory(dice) },
    net: { driver: dice.word("driver"), ...drawNet(dice) },
    ...(dice.here("writeback") && {
      block: {
        wbt: dice.random.chance(1, 2),
        queueDepth: dice.pick([1, 16, 128]),
        pagesPerWrite: dice.pick([0, 0, 2, 16]),
      },
    }),
    swap: [drawSwap(name, dice, cast)],
    run: drawTasks(dice, cast, ramMiB),
  };
}

function drawMemory(dice: Dice): Document {
  return {
    ...(dice.here("own-reserve") && { reserve: dice.pick(["256 KiB", "1 MiB", "4 MiB", "10 %"]) }),
    ...(dice.here("own-reserve") && { criticalPages: `${dice.between(0, 256)} pages` }),
    ...(dice.here("marks") && {
      highatomic: dice.random.chance(1, 2),
      watermarkBoostFactor: dice.pick([0, 15_000]),
      watermarkScaleFactor: dice.pick([1, 10, 100]),
      thp: dice.random.chance(1, 4),
      swappiness: dice.pick([0, 60, 100, 200]),
      pageCluster: dice.pick([0, 2, 3, 5]),
    }),
    ...(dice.here("slab") && {
      slab: dice.pick(["slub", "slab"]),
      slabMaxOrder: dice.between(0, 3),
    }),
    ...(dice.here("files") && { cleanFile: `${dice.between(1, 12)} MiB` }),
    ...(dice.here("writeback") && { dirtyLimit: `${dice.between(2, 95)} %` }),
    ...(dice.random.chance(1, 3) && { oomKiller: dice.random.chance(1, 2) }),
  };
}

function drawNet(dice: Dice): Document {
  return {
    ...(dice.here("card") && {
      ring: dice.pick([16, 64, 256]),
      mtu: dice.pick(["576 B", "1500 B", "9000 B"]),
      arp: dice.pick(["warm", "cold"]),
      segmentation: dice.pick(["coalesce", "per-write"]),
    }),
    ...(dice.here("socket-limits") && {
      tcpMem: `${dice.between(64, 4096)} pages`,
      udpMem: `${dice.between(64, 4096)} pages`,
      rcvbuf: dice.pick(["16 KiB", "64 KiB", "256 KiB"]),
    }),
    ...(dice.here("encapsulation") && { encapsulation: dice.pick(["none", "plain", "marked"]) }),
    ...(dice.here("own-reserve") && {
      deviceReserve: dice.between(1, 100),
      dropAbove: dice.between(0, 50),
    }),
  };
}

/** Each machine has a device of its own: two that write to one would be a mistake of the scenario's. */
function drawSwap(name: string, dice: Dice, { servers }: Cast): Document {
  return {
    server: dice.pick(servers),
    export: `swap-${name}`,
    size: `${dice.pick([32, 96, 192])} MiB`,
    ...(dice.here("reconnect") && { timeout: dice.pick(["500 ms", "3 s"]) }),
    ...(dice.here("reconnect") && {
      reconnect: {
        by: dice.pick(["driver", "program"]),
        locked: dice.random.chance(1, 2),
        waits: dice.pick(["poll", "epoll"]),
        onNoMemory: dice.pick(["retry", "give-up"]),
        ...(dice.random.chance(1, 3) && { deadConnTimeout: "4 s" }),
      },
    }),
  };
}

function drawTasks(dice: Dice, { servers }: Cast, ramMiB: number): Document {
  const size = (leastPercent: number, mostPercent: number): string =>
    `${Math.max(1, Math.floor((ramMiB * dice.between(leastPercent, mostPercent)) / 100))} MiB`;
  const loops = dice.here("finite-tasks") ? { loops: dice.between(1, 3) } : {};
  return {
    hog: {
      kind: "anon",
      count: dice.between(1, 4),
      size: size(30, 160),
      pattern: dice.pick(["linear", "random"]),
      populate: "write",
      access: dice.pick(["read", "write"]),
      touch: `${dice.pick([1000, 4000, 16_000])}/s`,
      ...loops,
    },
    svc: {
      kind: "service",
      port: 7000,
      workingSet: size(10, 80),
      workers: dice.pick([1, 4, 16]),
      ...(dice.here("critical") && { critical: true }),
      perRequest: { touch: `${dice.between(1, 16)} pages`, cpu: "50 us" },
    },
    ...(dice.has("datagrams") && {
      ear: { kind: "service", protocol: "udp", port: 9000, workingSet: size(2, 20) },
    }),
    ...(dice.here("files") && {
      files: {
        kind: dice.pick(["file-reader", "file-writer"]),
        size: size(20, 120),
        touch: `${dice.pick([500, 4000])}/s`,
        ...(dice.random.chance(1, 2) && { server: dice.pick(servers) }),
      },
    }),
    ...(dice.here("mpi") && {
      sum: {
        kind: "mpi",
        ranks: dice.between(2, 4),
        size: size(10, 60),
        perStep: { touch: `${dice.between(1, 64)} pages`, cpu: "1 ms" },
      },
    }),
  };
}
