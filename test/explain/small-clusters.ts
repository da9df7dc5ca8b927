// Small random clusters that swap, and what becomes of them once their wedge was called certain.
//
// A has 16 to 24 MiB and swaps to C; B asks things of it; C or the way to it goes away for a while. All kinds of machines:
// every preset, card, ring, workload, files on C or on a disk of its own.

import type { Random } from "#base/random.ts";
import { KIB, MIB } from "#base/units.ts";
import { explain } from "#explain/index.ts";
import {
  type ClusterSpec,
  LINK_DEFAULTS,
  type MachineSpec,
  STORE_DEFAULTS,
  STORE_STATE_DEFAULTS,
  type TaskSpec,
} from "#kernel/index.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { World } from "#sim/index.ts";
import { changeWay, smallCluster } from "../support/small-world.ts";
import { anonTask, fileTask } from "../support/worlds.ts";

/** By name and in this order: a new preset moves no seed's story. */
const PRESETS = [
  "vanilla-2007",
  "vanilla-nbd",
  "min-free-20",
  "zijlstra-2007",
  "swapnbd-v9",
  "mainline-6.1",
  "phillips-2005",
  "recursive-reclaim-2007",
] as const;

/** The same for cards. */
const DRIVERS = ["e1000e-like", "e1000-like", "virtio-like"] as const;

/** C while nothing is wrong with it. */
const C_AS_EVER = { ...STORE_STATE_DEFAULTS, latencyNs: STORE_DEFAULTS.latencyNs };

export interface Story {
  readonly world: World;
  readonly cluster: ClusterSpec;
  readonly awayAtNs: number;
  readonly backAtNs: number;
  readonly how: "stall" | "cut" | "hold";
}

export function randomStory(random: Random): Story {
  const one = <T>(items: readonly [T, ...T[]]): T => items[random.below(items.length)] ?? items[0];
  const cluster = smallCluster({ policy: presets[one(PRESETS)], highatomic: one([true, false]) });
  const hosts = cluster.hosts.map((host) => {
    switch (host.role) {
      case "machine":
        return randomMachine(host, random, one);
      case "client":
        return { ...host, traffic: host.traffic.slice(random.below(4) === 0 ? 1 : 0) };
      default:
        return host;
    }
  });
  const awayAtNs = 300_000_000 + random.below(2_000_000_000);
  return {
    cluster: { ...cluster, hosts },
    world: new World({ cluster: { ...cluster, hosts }, seed: random.below(1_000_000) }),
    awayAtNs,
    backAtNs: awayAtNs + one([1, 500, 3000, 9000]) * 1_000_000,
    how: one(["stall", "cut", "hold"]),
  };
}

function randomMachine(
  host: MachineSpec,
  random: Random,
  one: <T>(items: readonly [T, ...T[]]) => T,
): MachineSpec {
  const [hog, service] = host.tasks;
  const programs: TaskSpec[] = [hog, service].flatMap((task) => task ?? []);
  const server = one(["C", null]);
  const sizeBytes = (2 + random.below(8)) * MIB;
  const loops = one([null, 2]);
  if (random.below(3) === 0) programs.push(fileTask("file-reader", sizeBytes, { server, loops }));
  if (random.below(3) === 0) programs.push(fileTask("file-writer", sizeBytes, { server, loops }));
  if (random.below(3) === 0) programs.push(anonTask(sizeBytes, { loops: 3, touchPerSec: 4000 }));
  return {
    ...host,
    cpus: one([1, 1, 2]),
    memory: {
      ...host.memory,
      ramBytes: one([16, 16, 20, 24]) * MIB,
      minFreeKiB: one([null, null, 600, 2000]),
      oomKiller: one([true, false]),
      slab: one(["slub", "slub", "slab"]),
    },
    net: {
      ...host.net,
      driver: one(DRIVERS),
      ringDescriptors: one([16, 64, 256]),
      rcvbufBytes: one([64, 256]) * KIB,
    },
    tasks: programs,
  };
}

export interface Told {
  /** Instants at which it was asked. */
  readonly asked: number;
  /** When the wedge was first called certain; null: never. */
  readonly certainAtNs: number | null;
  /** Useful progress after that, with everything healed and B quiet. */
  readonly usefulAfter: number;
}

/** At odd intervals, so that the machine is met in the middle of things. */
const ASK_NS = 211_000_003;
const END_NS = 5_000_000_000;

/** Ask until the wedge is certain or the story is over; then heal, and watch for `watchNs`. */
export function tellStory(story: Story, watchNs: number): Told {
  const { world } = story;
  world.boot();
  let [asked, state] = [0, "here"];
  for (let atNs = 200_000_000; atNs < END_NS; atNs += ASK_NS) {
    world.runUntil(atNs);
    if (state === "here" && atNs >= story.awayAtNs) state = takeAway(story);
    if (state === "away" && atNs >= story.backAtNs) state = bringBack(story);
    asked++;
    if (explain(world.machines, { nowNs: world.nowNs })?.certainty !== "certain") continue;
    bringBack(story);
    const before = usefulOf(world);
    for (const { name } of world.machine("B").workload.clients)
      world.tell("B", { type: "load", name, action: "stop" });
    world.runUntil(atNs + watchNs);
    return { asked, certainAtNs: atNs, usefulAfter: usefulOf(world) - before };
  }
  return { asked, certainAtNs: null, usefulAfter: 0 };
}

function takeAway({ world, how }: Story): string {
  if (how === "stall") world.tell("C", { type: "store", state: { ...C_AS_EVER, stalled: true } });
  else changeWay(world, how === "cut" ? { cut: true } : { held: true });
  return "away";
}

function bringBack({ world, how }: Story): string {
  if (how === "stall") world.tell("C", { type: "store", state: C_AS_EVER });
  else changeWay(world, LINK_DEFAULTS);
  return "back";
}

/** Requests answered, programs finished, pages brought in from swap or a file. */
export const usefulOf = ({ machines }: World): number =>
  machines.reduce((sum, { memory, workload }) => {
    const done = workload
      .stats()
      .reduce((all, { requests, finished }) => all + requests + finished, 0);
    return sum + memory.parts.vmstat.counts.pgmajfault + done;
  }, 0);
