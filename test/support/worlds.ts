// Small clusters in virtual time: a machine alone, with a swap server, with a client. A test says only what matters to it.

import { MIB } from "#base/units.ts";
import { memoryFaults } from "#kernel/audit/memory.ts";
import {
  type ClientSpec,
  CPU_SPEED_DEFAULT_PERCENT,
  type HostSpec,
  LINK_DEFAULTS,
  type LinkSpec,
  type Machine,
  type MachineSpec,
  type MemorySpec,
  machineSpec,
  type PolicySpec,
  STORE_DEFAULTS,
  SWAP_DEFAULTS,
  type SwapServerSpec,
  type TaskSpec,
  type TrafficSpec,
} from "#kernel/index.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { World } from "#sim/world.ts";

export interface WorldSpec {
  readonly policy?: PolicySpec;
  readonly memory?: Partial<MemorySpec>;
  readonly cpus?: number;
  readonly tasks?: readonly TaskSpec[];
  /** Swap on the server C; 0 is none, and without files there either there is no C. */
  readonly swapBytes?: number;
  /** Load that B puts on A. */
  readonly traffic?: readonly TrafficSpec[];
  readonly seed?: number;
}

/** RAM of A: small enough that its files and programs do not fit. */
const RAM_BYTES = 40 * MIB;

/** NBD before 3.6 is stuck by its own sender; Miller's threshold drops the answers of swap, whose socket is not critical. */
const STUCK: ReadonlySet<string> = new Set(["vanilla-nbd", "low-watermark-critical-2005"]);
/** Every preset under which a machine that swaps over the network gets on. */
export const swappers = Object.values(presets).filter(({ name }) => !STUCK.has(name));

export function worldOf(spec: WorldSpec): World {
  const hosts: HostSpec[] = [machineA(spec)];
  const needsServer = (spec.swapBytes ?? 0) > 0 || (spec.tasks ?? []).some(isOnServer);
  if (needsServer) hosts.push(serverC());
  if (spec.traffic !== undefined) hosts.push(clientB(spec.traffic));
  const names = hosts.map(({ name }) => name);
  const links: LinkSpec[] = names.flatMap((from) =>
    names.filter((to) => to !== from).map((to) => ({ from, to, state: LINK_DEFAULTS })),
  );
  const world = new World({ cluster: { hosts, links }, seed: spec.seed ?? 1 });
  return world;
}

/** The same, booted. */
export function bootedWorld(spec: WorldSpec): World {
  const world = worldOf(spec);
  world.boot();
  return world;
}

function machineA(spec: WorldSpec): MachineSpec {
  const sizeBytes = spec.swapBytes ?? 0;
  const policy = spec.policy ?? presets["mainline-6.1"];
  return {
    ...machineSpec("A", policy, { ramBytes: RAM_BYTES, kernelBytes: 16 * MIB, ...spec.memory }),
    cpus: spec.cpus ?? 1,
    swap: sizeBytes > 0 ? [{ ...SWAP_DEFAULTS, server: "C", sizeBytes }] : [],
    tasks: spec.tasks ?? [],
  };
}

const serverC = (): SwapServerSpec => ({
  role: "swap-server",
  mirror: null,
  member: null,
  name: "C",
  store: STORE_DEFAULTS,
  cpuSpeedPercent: CPU_SPEED_DEFAULT_PERCENT,
});

const clientB = (traffic: readonly TrafficSpec[]): ClientSpec => ({
  role: "client",
  name: "B",
  traffic,
  cpuSpeedPercent: CPU_SPEED_DEFAULT_PERCENT,
});

const isOnServer = (task: TaskSpec): boolean =>
  (task.kind === "file-reader" || task.kind === "file-writer") && task.server !== null;

const named = { startNs: 0, locked: false } as const;

/** A reader or writer of one file of `sizeBytes`, once through, on the disk of the machine. */
export function fileTask<K extends "file-reader" | "file-writer">(
  kind: K,
  sizeBytes: number,
  spec: Partial<Extract<TaskSpec, { kind: "file-reader" }>> = {},
): Extract<TaskSpec, { kind: "file-reader" }> | Extract<TaskSpec, { kind: "file-writer" }> {
  const { kind: _, ...rest } = spec;
  const pattern = "linear" as const;
  const file = { count: 1, sizeBytes, pattern, touchPerSec: null, loops: 1, server: null };
  return { ...named, name: kind, ...file, ...rest, kind };
}

/** A program of `sizeBytes` that writes its memory over and over. */
export function anonTask(
  sizeBytes: number,
  spec: Partial<Extract<TaskSpec, { kind: "anon" }>> = {},
): TaskSpec {
  return {
    ...named,
    kind: "anon",
    name: "anon",
    count: 1,
    sizeBytes,
    pattern: "linear",
    populate: "write",
    access: "write",
    touchPerSec: null,
    loops: null,
    ...spec,
  };
}

export function statsOf(machine: Machine, name: string) {
  const stats = machine.workload.stats().find((each) => each.name === name);
  if (stats === undefined) throw new Error(`${name} was started`);
  return stats;
}

/** What is wrong with A's memory. */
export const faultsOf = (world: World): string[] => memoryFaults(world.machine("A").memory);
