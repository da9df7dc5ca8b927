// Who runs when: several CPUs, one queue, softirqs first. Linux: kernel/sched/, kernel/softirq.c.
//
// A dispatch lets one task run until it sleeps, ends, or has used DISPATCH_NS of CPU time, and then keeps its CPU busy for
// the time used; what it did is visible from the start of that time. Softirq work goes before tasks; work left over after
// a full round waits until one task has run, which is what handing it to ksoftirqd amounts to.
//
// Programs and kernel paths say what they cost on the core of kernel/costs.ts; a CPU of another speed is busy that much
// longer or shorter. Speed is applied here and nowhere else.
//
// Not modelled: CFS weights and vruntime (sleepers queue before those whose slice ran out, which is what they amount to),
// cache and migration cost, SMT.

import { assert } from "#base/assert.ts";
import { clone } from "#base/clone.ts";
import { Current } from "./current.ts";
import { BLOCK, CALL, NEXT, type Outcome, type Programs, RETURN, YIELD } from "./program.ts";
import { type Frame, PF_REALTIME, Task, type TaskState, type Wait } from "./task.ts";
import { TIMER, type Timers } from "./timers.ts";
import type { Waker } from "./wait-queue.ts";

/** How much work a dispatch may gather before others get a look, in ns at 100 %: finer than any timer of the model. */
const DISPATCH_NS = 20_000;
/** sched_min_granularity of a few CPUs, about 3 ms (kernel/sched/fair.c). */
const SLICE_NS = 3_000_000;
/** Start of the slice of a task that gave up the rest of it. */
const YIELDED = -SLICE_NS;

const isRealtime = (task: Task): boolean => (task.flags & PF_REALTIME) !== 0;

/** Deferred interrupt work of one CPU. */
export interface SoftirqSource {
  hasWork(): boolean;
  /** Do a bounded round of it; the CPU time it took, in ns. */
  run(): number;
}

interface Cpu {
  running: Task | null;
  /** Until when the CPU is busy with what it has done, in ns. */
  busyUntilNs: number;
  /** Whether a dispatch is on the agenda. */
  isArmed: boolean;
  softirqRanLast: boolean;
  softirqNs: number;
}

interface SavedTask {
  readonly name: string;
  readonly flags: number;
  readonly state: TaskState;
  readonly stack: readonly Frame[];
  readonly result: number;
  readonly aside: number;
  readonly spaceId: number;
  readonly costNs: number;
  readonly cpuNs: number;
  readonly wait: Wait | null;
  readonly sleeps: number;
  readonly timedOut: boolean;
  readonly sliceStartNs: number;
  readonly memstall: number;
}

export class Scheduler implements Waker {
  readonly current = new Current();
  readonly #timers: Timers;
  readonly #programs: Programs;
  readonly #cpus: Cpu[];
  readonly #tasks: Task[] = [];
  #realtime: Task[] = [];
  #woken: Task[] = [];
  #expired: Task[] = [];
  #softirq: SoftirqSource | null = null;
  /** Speed of every CPU, in percent of the core that kernel/costs.ts is about; > 0, set once before anything runs. */
  speedPercent = 100;
  /** Called when a task goes to sleep; the block layer sends what the task had plugged (blk_flush_plug in schedule()). */
  onSleep: (task: Task) => void = () => {};
  /** Called when a task starts or ends, sleeps or wakes, gets a CPU or loses it; -1 is no CPU. Pressure is kept by it. */
  onChange: (task: Task, cpu: number) => void = () => {};

  constructor(timers: Timers, programs: Programs, cpuCount: number) {
    this.#timers = timers;
    this.#programs = programs;
    this.#cpus = Array.from({ length: cpuCount }, () => ({
      running: null,
      busyUntilNs: 0,
      isArmed: false,
      softirqRanLast: false,
      softirqNs: 0,
    }));
    timers.on(TIMER.cpu, (cpu) => this.#dispatch(cpu));
    timers.on(TIMER.taskTimeout, (id, nth) => this.#expire(this.taskById(id), nth));
  }

  get nowNs(): number {
    return this.#timers.nowNs;
  }

  get cpuCount(): number {
    return this.#cpus.length;
  }

  /** CPU time spent in softirqs since boot, in ns. */
  get softirqNs(): number {
    return this.#cpus.reduce((sum, cpu) => sum + cpu.softirqNs, 0);
  }

  tasks(): readonly Task[] {
    return this.#tasks;
  }

  taskById(id: number): Task {
    const task = this.#tasks[id];
    assert(task !== undefined, "a task id is an index");
    return task;
  }

  /** CPU 0 takes the interrupts of the one network card. */
  serveSoftirq(source: SoftirqSource): void {
    this.#softirq = source;
  }

  /** An interrupt raised softirq work: CPU 0 looks at it as soon as it is free. */
  raiseSoftirq(): void {
    this.#arm(0);
  }

  spawn<F extends Frame>(name: string, flags: number, frame: F): Task {
    const task = new Task(this.#tasks.length, name, flags);
    task.stack.push(frame);
    this.#tasks.push(task);
    this.#enqueue(task);
    return task;
  }

  wake(task: Task): void {
    if (task.state !== "blocked") return;
    task.state = "runnable";
    task.wait = null;
    this.#enqueue(task);
  }

  wakeAt(task: Task, atNs: number): void {
    this.#timers.set(atNs, TIMER.taskTimeout, task.id, task.sleeps);
  }

  /** Run `work` as a softirq would, outside any task; its CPU time, in ns, is charged to CPU 0. */
  asSoftirq(work: () => number): void {
    const { current } = this;
    const outer = {
      cpu: current.cpu,
      flags: current.processFlags,
      soft: current.inSoftirq,
      task: current.taskId,
    };
    current.cpu = 0;
    current.processFlags = 0;
    current.inSoftirq = true;
    current.taskId = -1;
    const costNs = this.#busyNs(work());
    current.cpu = outer.cpu;
    current.processFlags = outer.flags;
    current.inSoftirq = outer.soft;
    current.taskId = outer.task;
    const cpu = this.#cpu(0);
    cpu.busyUntilNs = Math.max(cpu.busyUntilNs, this.nowNs) + costNs;
    cpu.softirqNs += costNs;
  }

  /** How long a CPU is busy with work of `costNs` at 100 %, in ns: never nothing, or time would stand still. */
  #busyNs(costNs: number): number {
    return Math.ceil((costNs * 100) / this.speedPercent);
  }

  #cpu(index: number): Cpu {
    const cpu = this.#cpus[index];
    assert(cpu !== undefined, "a CPU index is in range");
    return cpu;
  }

  #arm(index: number): void {
    const cpu = this.#cpu(index);
    if (cpu.isArmed) return;
    cpu.isArmed = true;
    this.#timers.set(cpu.busyUntilNs, TIMER.cpu, index);
  }

  #enqueue(task: Task): void {
    if (isRealtime(task)) this.#realtime.push(task);
    else this.#woken.push(task);
    this.onChange(task, -1);
    const idle = this.#idlest();
    if (idle >= 0) this.#arm(idle);
  }

  /** The CPU without a task that is done first with what it did; -1 when each has something to do. */
  #idlest(): number {
    let idlest = -1;
    let freeNs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#cpus.length; i++) {
      const cpu = this.#cpu(i);
      const fromNs = Math.max(cpu.busyUntilNs, this.nowNs);
      if (cpu.running !== null || cpu.isArmed || fromNs >= freeNs) continue;
      idlest = i;
      freeNs = fromNs;
    }
    return idlest;
  }

  #expire(task: Task, nth: number): void {
    if (task.state !== "blocked" || task.sleeps !== nth) return;
    task.timedOut = true;
    this.wake(task);
  }

  #dispatch(index: number): void {
    const cpu = this.#cpu(index);
    cpu.isArmed = false;
    if (cpu.busyUntilNs > this.nowNs) this.#arm(index);
    else if (index === 0 && this.#runSoftirq(cpu)) this.#rearm(cpu, 0);
    else this.#runTask(cpu, index);
  }

  /** Come back when what was done is over, if there is anything to come back for. */
  #rearm(cpu: Cpu, index: number): void {
    const tasks = this.#realtime.length + this.#woken.length + this.#expired.length;
    const hasSoftirq = index === 0 && this.#softirq?.hasWork() === true;
    if (cpu.running !== null || tasks > 0 || hasSoftirq) this.#arm(index);
  }

  #runTask(cpu: Cpu, index: number): void {
    cpu.softirqRanLast = false;
    const task = this.#pick(cpu);
    cpu.running = task;
    if (task === null) {
      this.#rearm(cpu, index);
      return;
    }
    this.onChange(task, index);
    this.#run(task, index);
    const busyNs = this.#busyNs(task.costNs);
    task.costNs = 0;
    task.cpuNs += busyNs;
    cpu.busyUntilNs = this.nowNs + busyNs;
    if (task.state !== "runnable") {
      cpu.running = null;
      this.onChange(task, -1);
    }
    this.#rearm(cpu, index);
  }

  #runSoftirq(cpu: Cpu): boolean {
    const source = this.#softirq;
    if (source === null || cpu.softirqRanLast || !source.hasWork()) return false;
    cpu.softirqRanLast = true;
    this.asSoftirq(() => source.run());
    return true;
  }

  #pick(cpu: Cpu): Task | null {
    const running = cpu.running;
    if (running !== null) {
      if (!this.#mustLeave(running)) return running;
      this.onChange(running, -1);
      if (isRealtime(running)) this.#realtime.push(running);
      else this.#expired.push(running);
    }
    const next = this.#realtime.shift() ?? this.#woken.shift() ?? this.#expired.shift() ?? null;
    if (next !== null) next.sliceStartNs = this.nowNs;
    return next;
  }

  /** A real-time task leaves only for its like, and only by its own will (SCHED_FIFO); others when their slice is over. */
  #mustLeave(running: Task): boolean {
    const realtimes = this.#realtime.length;
    if (isRealtime(running)) return running.sliceStartNs === YIELDED && realtimes > 0;
    const isOver = this.nowNs - running.sliceStartNs >= SLICE_NS;
    return realtimes > 0 || (isOver && this.#woken.length + this.#expired.length > 0);
  }

  #run(task: Task, cpu: number): void {
    const { current } = this;
    current.cpu = cpu;
    current.inSoftirq = false;
    current.taskId = task.id;
    let steps = 0;
    while (task.costNs < DISPATCH_NS) {
      current.processFlags = task.flags;
      // A path that charges nothing for its steps would hang the host, not the machine.
      assert(steps++ < 1_000_000, "every loop of a program costs CPU time");
      if (!this.#settle(task, this.#programs.step(task))) break;
    }
    current.taskId = -1;
    current.processFlags = 0;
  }

  /** Whether the task goes on in this dispatch. */
  #settle(task: Task, outcome: Outcome): boolean {
    switch (outcome) {
      case NEXT:
      case CALL:
        return true;
      case RETURN:
        task.stack.pop();
        if (task.stack.length > 0) return true;
        task.state = "finished";
        return false;
      case BLOCK:
        assert(task.state === "blocked", "who blocks sleeps on a queue");
        this.onSleep(task);
        return false;
      case YIELD:
        task.sliceStartNs = YIELDED;
        return false;
    }
  }

  save(): SchedulerState {
    const ids = (tasks: readonly Task[]): number[] => tasks.map((task) => task.id);
    return {
      cpus: this.#cpus.map(({ running, ...rest }) => ({ ...rest, runningId: running?.id ?? -1 })),
      tasks: this.#tasks.map(({ id, ...rest }) => ({ ...rest, stack: clone(rest.stack) })),
      realtime: ids(this.#realtime),
      woken: ids(this.#woken),
      expired: ids(this.#expired),
    };
  }

  load(state: SchedulerState): void {
    this.#tasks.length = 0;
    for (const saved of state.tasks) {
      const task = new Task(this.#tasks.length, saved.name, saved.flags);
      Object.assign(task, saved, { stack: clone(saved.stack) });
      this.#tasks.push(task);
    }
    const byIds = (ids: readonly number[]): Task[] => ids.map((id) => this.taskById(id));
    this.#realtime = byIds(state.realtime);
    this.#woken = byIds(state.woken);
    this.#expired = byIds(state.expired);
    state.cpus.forEach(({ runningId, ...rest }, index) => {
      Object.assign(this.#cpu(index), rest, {
        running: runningId < 0 ? null : this.taskById(runningId),
      });
    });
  }
}

export interface SchedulerState {
  readonly cpus: readonly (Omit<Cpu, "running"> & { readonly runningId: number })[];
  readonly tasks: readonly SavedTask[];
  readonly realtime: readonly number[];
  readonly woken: readonly number[];
  readonly expired: readonly number[];
}
