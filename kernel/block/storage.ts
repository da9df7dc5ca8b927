// Everything of a machine that is behind its memory: the swap device, the disks that hold files, the page cache before them.
//
// Number 0 is the swap device; disks for files follow. All share the pool of bios, as everything does in Linux that has no
// pool of its own (fs_bio_set, block/bio.c).

import { type FileAccessFrame, stepFileAccess } from "../mm/file-access.ts";
import type { Memory } from "../mm/memory.ts";
import { PageCache } from "../mm/page-cache.ts";
import { flusherFrame, Writeback } from "../mm/writeback.ts";
import type { Sockets } from "../net/sockets.ts";
import type { CriticalityPolicy } from "../policy/criticality/policy.ts";
import { answer, type Outcome, type Programs } from "../sched/program.ts";
import { PF_KTHREAD, type Task } from "../sched/task.ts";
import { TIMER } from "../sched/timers.ts";
import type { MachineSpec, SwapSpec } from "../spec.ts";
import { type BioFrame, BioPool } from "./bio-pool.ts";
import { type FileLayout, fileExportOf, fileLayout } from "./file-layout.ts";
import { FileStore } from "./file-store.ts";
import { LocalDisk } from "./local-disk.ts";
import type { NbdTarget } from "./nbd-device.ts";
import { NbdDisk, type NbdDiskSpec, type NbdDiskState } from "./nbd-disk.ts";
import { registerPlug } from "./plug.ts";
import { type SubmitFrame, stepSubmit } from "./submit.ts";
import { SwapStore } from "./swap-store.ts";

export interface StorageParts {
  readonly machine: MachineSpec;
  readonly criticality: CriticalityPolicy;
  readonly memory: Memory;
  readonly net: Sockets;
  readonly programs: Programs;
}

export class Storage {
  readonly bios: BioPool;
  readonly swap: NbdDisk | null;
  readonly layout: FileLayout;
  readonly cache: PageCache;
  readonly writeback: Writeback;
  /** Disks for files, by the layout's numbers. */
  readonly disks: readonly (NbdDisk | LocalDisk)[];
  /** Called when every device can be used: programs start. */
  onReady: () => void = () => {};
  readonly #parts: StorageParts;
  #waitingFor = 0;

  constructor(parts: StorageParts) {
    this.#parts = parts;
    const { machine, memory, programs } = parts;
    this.bios = new BioPool(memory, machine.block.bioPool);
    this.cache = new PageCache(memory);
    this.writeback = new Writeback(memory, this.cache);
    this.swap = this.#buildSwap();
    this.layout = fileLayout(machine);
    this.disks = this.layout.devices.map(({ server }, i) => this.#buildDisk(server, i + 1));
    for (const disk of this.#nbdDisks()) disk.tasks.onReady = () => this.#ready();
    const devices = this.#nbdDisks().map(({ device }) => device);
    registerPlug(programs, memory.parts.sched, devices);
    const { timers } = memory.parts;
    timers.on(TIMER.wbtWindow, (number) => this.#nbdDiskOf(number)?.queue.endWindow());
    timers.on(TIMER.nbdTimeout, (number, serial) =>
      this.#nbdDiskOf(number)?.device.timeOut(serial),
    );
    this.#register(programs);
  }

  boot(): void {
    const { machine, memory } = this.#parts;
    if (machine.memory.cleanFilePages > 0) this.cache.fillClean(machine.memory.cleanFilePages);
    this.disks.forEach((_, device) => {
      memory.parts.sched.spawn("flush", PF_KTHREAD, flusherFrame(device));
    });
    const disks = this.#nbdDisks();
    this.#waitingFor = disks.length;
    for (const disk of disks) disk.tasks.start();
    if (disks.length === 0) this.onReady();
  }

  /** The swap device goes over to the standby on that server; false when it has none there. */
  switchSwap(server: string): boolean {
    const { swap } = this.#parts.machine;
    const standby = swap.find((each) => each.standby && each.server === server);
    if (standby === undefined || this.swap === null) return false;
    this.swap.device.switchTo(targetOf(standby));
    return true;
  }

  #ready(): void {
    this.#waitingFor--;
    if (this.#waitingFor === 0) this.onReady();
  }

  #nbdDisks(): readonly NbdDisk[] {
    return [this.swap, ...this.disks].filter((disk) => disk instanceof NbdDisk);
  }

  #nbdDiskOf(number: number): NbdDisk | null {
    const disk = number === 0 ? this.swap : (this.disks[number - 1] ?? null);
    return disk instanceof NbdDisk ? disk : null;
  }

  #buildSwap(): NbdDisk | null {
    const { machine, memory } = this.#parts;
    const [swap] = machine.swap;
    if (swap === undefined) return null;
    const { reconnect, requestTimeoutNs: timeoutNs, relay } = swap;
    const disk = this.#nbdDisk({
      number: 0,
      timeoutNs,
      reconnect,
      relayHost: relay === null ? null : machine.name,
      target: targetOf(swap),
      storeOf: () => new SwapStore(memory),
    });
    memory.isCongested = () => disk.queue.isCongested;
    return disk;
  }

  #buildDisk(server: string | null, number: number): NbdDisk | LocalDisk {
    const { machine, memory } = this.#parts;
    if (server !== null) {
      return this.#nbdDisk({
        number,
        target: { server, exportName: fileExportOf(machine.name) },
        timeoutNs: null,
        reconnect: null,
        relayHost: null,
        storeOf: (queue) => new FileStore(memory, this.cache, () => queue.isCongested),
      });
    }
    const disk: LocalDisk = new LocalDisk(
      memory,
      new FileStore(memory, this.cache, () => disk.isCongested),
    );
    return disk;
  }

  #nbdDisk(spec: Omit<NbdDiskSpec, "depth" | "wbt" | "pagesPerWrite" | "isFile">): NbdDisk {
    const { machine, criticality, memory, net, programs } = this.#parts;
    const { queueDepth: depth, wbt, pagesPerWrite, swapFile } = machine.block;
    return new NbdDisk(
      { ...spec, depth, wbt, pagesPerWrite, isFile: swapFile && spec.number === 0 },
      { memory, net, programs, bios: this.bios, criticality },
    );
  }

  #register(programs: Programs): void {
    const { swap, bios } = this;
    programs.add("block.bio", { step: (frame: BioFrame, task: Task) => bios.step(frame, task) });
    if (swap !== null) {
      const step = (frame: SubmitFrame, task: Task): Outcome => stepSubmit(swap, frame, task);
      programs.add("swap.write", { step });
      programs.add("swap.read", { step });
    }
    const step = (frame: SubmitFrame, task: Task): Outcome => this.#submitFile(frame, task);
    programs.add("file.write", { step });
    programs.add("file.read", { step });
    programs.add("mm.file", {
      step: (frame: FileAccessFrame, task: Task) =>
        stepFileAccess(this.#parts.memory, this.cache, frame, task),
    });
  }

  #submitFile(frame: SubmitFrame, task: Task): Outcome {
    const disk = this.disks[this.cache.fileOf(frame.pfn).spec.device];
    if (disk === undefined) return answer(task, -1);
    return disk instanceof NbdDisk ? stepSubmit(disk, frame, task) : disk.step(frame, task);
  }

  save(): StorageState {
    return {
      bios: this.bios.save(),
      swap: this.swap?.save() ?? null,
      cache: this.cache.save(),
      writeback: this.writeback.save(),
      disks: this.disks.map((disk) =>
        disk instanceof NbdDisk
          ? { type: "nbd", state: disk.save() }
          : { type: "local", state: disk.save() },
      ),
      waitingFor: this.#waitingFor,
    };
  }

  load(state: StorageState): void {
    this.bios.load(state.bios);
    if (state.swap !== null) this.swap?.load(state.swap);
    this.cache.load(state.cache);
    this.writeback.load(state.writeback);
    state.disks.forEach((saved, i) => {
      const disk = this.disks[i];
      if (saved.type === "nbd" && disk instanceof NbdDisk) disk.load(saved.state);
      if (saved.type === "local" && disk instanceof LocalDisk) disk.load(saved.state);
    });
    this.#waitingFor = state.waitingFor;
  }
}

const targetOf = ({ server, exportName }: SwapSpec): NbdTarget => ({ server, exportName });

export interface StorageState {
  readonly bios: ReturnType<BioPool["save"]>;
  readonly swap: NbdDiskState | null;
  readonly cache: ReturnType<PageCache["save"]>;
  readonly writeback: ReturnType<Writeback["save"]>;
  readonly disks: readonly (
    | { readonly type: "nbd"; readonly state: NbdDiskState }
    | { readonly type: "local"; readonly state: ReturnType<LocalDisk["save"]> }
  )[];
  readonly waitingFor: number;
}
