// Wait queues: first in, first woken; a timeout wakes once; a sleep that is over is over.

import { expect, test } from "vitest";
import { answer, type Outcome, Programs } from "#kernel/sched/program.ts";
import { Scheduler } from "#kernel/sched/scheduler.ts";
import type { Frame, Task } from "#kernel/sched/task.ts";
import { TIMER, Timers } from "#kernel/sched/timers.ts";
import { WaitQueue } from "#kernel/sched/wait-queue.ts";

interface SleeperFrame extends Frame {
  readonly what: number;
  readonly timeoutNs?: number;
  /** Sleeps still to come. */
  left: number;
}

class Bedroom {
  readonly timers = new Timers();
  readonly programs = new Programs();
  readonly sched = new Scheduler(this.timers, this.programs, 1);
  readonly queue = new WaitQueue(this.sched, "sleep");
  readonly other = new WaitQueue(this.sched, "work");
  /** Names of those that woke, in order, and how. */
  readonly woken: string[] = [];

  constructor() {
    this.programs.add("sleeper", {
      step: (frame: SleeperFrame, task: Task) => this.#step(frame, task),
    });
    this.timers.on(TIMER.sample, () => this.queue.wakeAll());
  }

  sleeper(name: string, spec: { what?: number; timeoutNs?: number; sleeps?: number } = {}): Task {
    const { what = 0, timeoutNs, sleeps = 1 } = spec;
    const frame: SleeperFrame = {
      type: "sleeper",
      what,
      left: sleeps,
      ...(timeoutNs !== undefined && { timeoutNs }),
    };
    return this.sched.spawn(name, 0, frame);
  }

  runUntil(untilNs: number): void {
    while (this.timers.nextAtNs <= untilNs) this.timers.fire();
    this.timers.moveTo(untilNs);
  }

  #step(frame: SleeperFrame, task: Task): Outcome {
    task.costNs += 10;
    if (task.sleeps > 0) this.woken.push(`${task.name}${task.timedOut ? " late" : ""}`);
    if (frame.left-- === 0) return answer(task, 0);
    return this.queue.sleep(task, frame.what, frame.timeoutNs);
  }
}

test("the longest sleeper is woken first", () => {
  const room = new Bedroom();
  for (const name of ["a", "b", "c"]) room.sleeper(name);
  room.runUntil(1000);
  expect(room.queue.wakeOne()?.name).toBe("a");
  room.queue.wakeAll();
  room.runUntil(2000);
  expect(room.woken).toEqual(["a", "b", "c"]);
});

test("only those that sleep on the thing are woken by it", () => {
  const room = new Bedroom();
  room.sleeper("a", { what: 1 });
  room.sleeper("b", { what: 2 });
  room.sleeper("c", { what: 1 });
  room.runUntil(1000);
  room.queue.wakeAllOn(1);
  room.runUntil(2000);
  expect(room.woken).toEqual(["a", "c"]);
  expect(room.queue.sleepers().map(({ name }) => name)).toEqual(["b"]);
});

test("a timeout wakes a sleeper at its time and says so", () => {
  const room = new Bedroom();
  const task = room.sleeper("a", { timeoutNs: 500_000 });
  room.runUntil(499_000);
  expect(task.state).toBe("blocked");
  room.runUntil(501_000);
  expect(room.woken).toEqual(["a late"]);
  expect(room.queue.length).toBe(0);
});

test("who is woken before his timeout is not woken by it in his next sleep", () => {
  const room = new Bedroom();
  const task = room.sleeper("a", { timeoutNs: 500_000, sleeps: 2 });
  room.runUntil(400_000);
  room.queue.wakeAll();
  room.runUntil(600_000);
  expect(task.sleeps).toBe(2);
  expect(room.woken).toEqual(["a"]);
  room.runUntil(950_000);
  expect(room.woken).toEqual(["a", "a late"]);
});

test("a sleeper that was woken by another queue is not in this one any more", () => {
  const room = new Bedroom();
  const task = room.sleeper("a");
  room.runUntil(1000);
  room.sched.wake(task);
  expect(room.queue.length).toBe(0);
  expect(room.queue.wakeOne()).toBeNull();
  room.queue.wakeAll();
  room.runUntil(2000);
  expect(room.woken).toEqual(["a"]);
});

test("a wake when nobody sleeps is lost", () => {
  const room = new Bedroom();
  room.queue.wakeAll();
  const task = room.sleeper("a");
  room.runUntil(10_000);
  expect(task.state).toBe("blocked");
});

test("a sleeper says what it waits for and since when", () => {
  const room = new Bedroom();
  const task = room.sleeper("a", { what: 42 });
  room.runUntil(1000);
  expect(task.wait).toEqual({ on: "sleep", what: 42, sinceNs: 0 });
  room.queue.wakeAll();
  expect(task.wait).toBeNull();
});

test("only a running task can go to sleep", () => {
  const room = new Bedroom();
  const task = room.sleeper("a");
  room.runUntil(1000);
  expect(() => room.other.sleep(task, 0)).toThrow("only a running task");
});

test("a loaded queue wakes in the same order", () => {
  const room = new Bedroom();
  for (const name of ["a", "b", "c"]) room.sleeper(name, { timeoutNs: 50_000 });
  room.runUntil(1000);
  const [sched, timers, queue] = [room.sched.save(), room.timers.save(), room.queue.save()];
  const copy = new Bedroom();
  copy.timers.load(timers);
  copy.sched.load(sched);
  copy.queue.load(queue);
  copy.queue.wakeOne();
  copy.runUntil(100_000);
  expect(copy.woken).toEqual(["a", "b late", "c late"]);
});
