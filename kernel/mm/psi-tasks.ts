// Which task is stalled, for the pressure accounts: told of every change of a task's state. Linux: psi_task_change(),
// psi_task_switch(), psi_enqueue(), psi_dequeue(), kernel/sched/psi.c and stats.h (6.1).
//
// A task is stalled on memory while it reclaims, is held back for it, or waits for a page that comes back from swap;
// kswapd is while it balances. Kernels before 4.20 kept no such account; theirs are kept here by the same rules.
//
// Not modelled: refault distance (each swap-in counts as that of a page wanted too soon), queues of single CPUs (a task
// that waits for a CPU counts where it ran last), time within a dispatch (20 us).

import type { Task, WaitReason } from "../sched/task.ts";
import {
  Psi,
  TSK_IOWAIT,
  TSK_MEMSTALL,
  TSK_MEMSTALL_RUNNING,
  TSK_ONCPU,
  TSK_RUNNING,
} from "./psi.ts";

/** Sleeps that are io_schedule() in Linux: page lock, writeback, quota, tags, bios, congestion. */
const IO_WAITS: ReadonlySet<WaitReason> = new Set([
  "page-lock",
  "writeback",
  "bio",
  "wbt",
  "tag",
  "vm-writeout",
  "dirty-throttle",
]);

export class PsiTasks {
  readonly psi: Psi;
  readonly #cpuCount: number;
  /** TSK_* bits that each task is counted under, by its id. */
  #bits: number[] = [];
  /** CPU it is counted at. */
  #cpus: number[] = [];

  constructor(cpuCount: number) {
    this.psi = new Psi(cpuCount);
    this.#cpuCount = cpuCount;
  }

  /** The task's state, or its CPU, is another; `cpu` is the one it runs on, -1 when it does not run. */
  changed(task: Task, cpu: number, nowNs: number): void {
    const before = this.#bits[task.id] ?? 0;
    const beforeCpu = this.#cpus[task.id] ?? task.id % this.#cpuCount;
    const after = bitsOf(task, cpu);
    const afterCpu = cpu < 0 ? beforeCpu : cpu;
    if (before === after && beforeCpu === afterCpu) return;
    this.#bits[task.id] = after;
    this.#cpus[task.id] = afterCpu;
    if (beforeCpu === afterCpu) {
      this.psi.change(afterCpu, before & ~after, after & ~before, nowNs);
      return;
    }
    this.psi.change(beforeCpu, before, 0, nowNs);
    this.psi.change(afterCpu, 0, after, nowNs);
  }

  save(): PsiTasksState {
    return { psi: this.psi.save(), bits: [...this.#bits], cpus: [...this.#cpus] };
  }

  load(state: PsiTasksState): void {
    this.psi.load(state.psi);
    this.#bits = [...state.bits];
    this.#cpus = [...state.cpus];
  }
}

export interface PsiTasksState {
  readonly psi: ReturnType<Psi["save"]>;
  readonly bits: readonly number[];
  readonly cpus: readonly number[];
}

function bitsOf(task: Task, cpu: number): number {
  const isStalled = task.memstall > 0;
  switch (task.state) {
    case "finished":
      return 0;
    case "blocked": {
      const isIo = task.wait !== null && IO_WAITS.has(task.wait.on);
      return (isStalled ? TSK_MEMSTALL : 0) | (isIo ? TSK_IOWAIT : 0);
    }
    case "runnable":
      return (
        TSK_RUNNING |
        (isStalled ? TSK_MEMSTALL | TSK_MEMSTALL_RUNNING : 0) |
        (cpu >= 0 ? TSK_ONCPU : 0)
      );
  }
}
