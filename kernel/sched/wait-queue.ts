// Where tasks sleep. First in, first woken. Linux: kernel/sched/wait.c.
//
// Not modelled: exclusive and non-exclusive waiters on one queue, autoremove callbacks; a sleeper names its reason and
// its object instead, which is what a person asks of a hung task.

import { assert } from "#base/assert.ts";
import { BLOCK } from "./program.ts";
import type { Task, WaitReason } from "./task.ts";

/** What a queue needs of the scheduler. */
export interface Waker {
  readonly nowNs: number;
  /** Make a blocked task runnable. */
  wake(task: Task): void;
  /** Wake `task` at `atNs` unless it was woken before. */
  wakeAt(task: Task, atNs: number): void;
  taskById(id: number): Task;
}

/** One sleep of one task: stale as soon as the task was woken, by whomever. */
interface Sleep {
  readonly task: Task;
  readonly nth: number;
}

const isAsleep = ({ task, nth }: Sleep): boolean => task.state === "blocked" && task.sleeps === nth;

export class WaitQueue {
  readonly reason: WaitReason;
  readonly #waker: Waker;
  #sleeps: Sleep[] = [];
  /** Told of every call of wakeAllOn(), also when nobody sleeps: what polls a socket hangs itself here. */
  onWake: ((what: number) => void) | null = null;

  constructor(waker: Waker, reason: WaitReason) {
    this.#waker = waker;
    this.reason = reason;
  }

  get length(): number {
    return this.#current().length;
  }

  /** Put `task` to sleep on `what`; `timeoutNs` wakes it anyway and sets `task.timedOut`. Return this from a step. */
  sleep(task: Task, what: number, timeoutNs?: number): typeof BLOCK {
    assert(task.state === "runnable", "only a running task can go to sleep");
    task.state = "blocked";
    task.sleeps++;
    task.timedOut = false;
    task.wait = { on: this.reason, what, sinceNs: this.#waker.nowNs };
    this.#sleeps.push({ task, nth: task.sleeps });
    if (timeoutNs !== undefined) this.#waker.wakeAt(task, this.#waker.nowNs + timeoutNs);
    return BLOCK;
  }

  /** Wake the longest sleeper; null when there is none. */
  wakeOne(): Task | null {
    const sleep = this.#current().shift();
    if (sleep === undefined) return null;
    this.#waker.wake(sleep.task);
    return sleep.task;
  }

  wakeAll(): void {
    if (this.#sleeps.length === 0) return;
    const sleeps = this.#current();
    this.#sleeps = [];
    for (const { task } of sleeps) this.#waker.wake(task);
  }

  /** Wake those that sleep on `what`. */
  wakeAllOn(what: number): void {
    this.onWake?.(what);
    if (this.#sleeps.length === 0) return;
    const sleeps = this.#current();
    this.#sleeps = sleeps.filter(({ task }) => task.wait?.what !== what);
    for (const { task } of sleeps) if (task.wait?.what === what) this.#waker.wake(task);
  }

  /** The sleepers, longest first. */
  sleepers(): readonly Task[] {
    return this.#current().map(({ task }) => task);
  }

  save(): readonly number[] {
    return this.sleepers().map((task) => task.id);
  }

  load(taskIds: readonly number[]): void {
    this.#sleeps = taskIds.map((id) => {
      const task = this.#waker.taskById(id);
      return { task, nth: task.sleeps };
    });
  }

  #current(): Sleep[] {
    if (!this.#sleeps.every(isAsleep)) this.#sleeps = this.#sleeps.filter(isAsleep);
    return this.#sleeps;
  }
}
