// A block device over NBD with all that belongs to it: its queue, its connection, its threads.

import type { Memory } from "../mm/memory.ts";
import type { Sockets } from "../net/sockets.ts";
import type { CriticalityPolicy } from "../policy/criticality/index.ts";
import type { Programs } from "../sched/program.ts";
import type { ReconnectSpec } from "../spec.ts";
import type { BackingStore } from "./backing-store.ts";
import type { BioPool } from "./bio-pool.ts";
import { NbdDevice, type NbdTarget } from "./nbd-device.ts";
import { NbdTasks } from "./nbd-tasks.ts";
import { BlockQueue } from "./queue.ts";
import type { Stack } from "./submit.ts";

/** Where an NBD server listens (IANA). */
const NBD_PORT = 10_809;

export interface NbdDiskSpec {
  readonly number: number;
  readonly target: NbdTarget;
  readonly depth: number;
  readonly wbt: boolean;
  readonly pagesPerWrite: number;
  readonly isFile: boolean;
  readonly timeoutNs: number | null;
  readonly reconnect: ReconnectSpec | null;
  readonly relayHost: string | null;
  readonly storeOf: (queue: BlockQueue) => BackingStore;
}

export class NbdDisk {
  readonly queue: BlockQueue;
  readonly device: NbdDevice;
  readonly tasks: NbdTasks;
  readonly store: BackingStore;
  readonly stack: Stack;
  readonly isFile: boolean;

  constructor(
    spec: NbdDiskSpec,
    parts: {
      readonly memory: Memory;
      readonly net: Sockets;
      readonly programs: Programs;
      readonly bios: BioPool;
      readonly criticality: CriticalityPolicy;
    },
  ) {
    const { number, target, depth, wbt, timeoutNs, reconnect, relayHost } = spec;
    this.queue = new BlockQueue(parts.memory, { number, depth, wbt });
    this.store = spec.storeOf(this.queue);
    this.stack = { memory: parts.memory, pagesPerWrite: spec.pagesPerWrite };
    this.isFile = spec.isFile;
    this.device = new NbdDevice({
      ...parts,
      queue: this.queue,
      store: this.store,
      target,
      port: NBD_PORT,
      timeoutNs,
      reconnect,
      relayHost,
      number,
      // The swap device's programs have the plain names.
      prefix: number === 0 ? "" : `disk${number}.`,
    });
    this.tasks = new NbdTasks(this.device, parts.programs);
  }

  save(): NbdDiskState {
    return { queue: this.queue.save(), device: this.device.save(), tasks: this.tasks.save() };
  }

  load(state: NbdDiskState): void {
    this.queue.load(state.queue);
    this.device.load(state.device);
    this.tasks.load(state.tasks);
  }
}

export interface NbdDiskState {
  readonly queue: ReturnType<BlockQueue["save"]>;
  readonly device: ReturnType<NbdDevice["save"]>;
  readonly tasks: ReturnType<NbdTasks["save"]>;
}
