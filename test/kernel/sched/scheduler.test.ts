// Who runs when: softirqs first, slices in turn, several CPUs at once.

import { expect, test } from "vitest";
import { answer, call, NEXT, type Outcome, Programs, YIELD } from "#kernel/sched/program.ts";
import { Scheduler } from "#kernel/sched/scheduler.ts";
import { type Frame, PF_MEMALLOC, PF_REALTIME, type Task } from "#kernel/sched/task.ts";
import { Timers } from "#kernel/sched/timers.ts";
import { WaitQueue } from "#kernel/sched/wait-queue.ts";

interface WorkerFrame extends Frame {
  readonly type: "worker";
  /** CPU time still to use, in ns. */
  leftNs: number;
  readonly stepNs: number;
  readonly yields: boolean;
}

const MS = 1_000_000;

class Shop {
  readonly timers = new Timers();
  readonly programs = new Programs();
  readonly sched: Scheduler;
  readonly queue: WaitQueue;
  /** Who did a step, in order. */
  readonly steps: string[] = [];
  softirqWork = 0;

  constructor(cpus = 1) {
    this.sched = new Scheduler(this.timers, this.programs, cpus);
    this.queue = new WaitQueue(this.sched, "work");
    this.programs.add("worker", {
      step: (frame: WorkerFrame, task: Task) => this.#work(frame, task),
    });
    this.programs.add("sleeper", { step: (_frame: Frame, task: Task) => this.#sleep(task) });
    this.sched.serveSoftirq({
      hasWork: () => this.softirqWork > 0,
      run: () => {
        this.softirqWork--;
        this.steps.push(this.sched.current.inSoftirq ? "softirq" : "?");
        return 50_000;
      },
    });
  }

  worker(name: string, leftNs: number, spec: { flags?: number; yields?: boolean } = {}): Task {
    const { flags = 0, yields = false } = spec;
    const frame: WorkerFrame = { type: "worker", leftNs, stepNs: 10_000, yields };
    return this.sched.spawn(name, flags, frame);
  }

  runUntil(untilNs: number): void {
    while (this.timers.nextAtNs <= untilNs) this.timers.fire();
    this.timers.moveTo(untilNs);
  }

  /** Names in the order of their turns: each once for a turn of any length. */
  get turns(): readonly string[] {
    return this.steps.filter((name, i) => name !== this.steps[i - 1]);
  }

  #work(frame: WorkerFrame, task: Task): Outcome {
    this.steps.push(task.name);
    frame.leftNs -= frame.stepNs;
    task.costNs += frame.stepNs;
    if (frame.leftNs <= 0) return answer(task, 0);
    return frame.yields ? YIELD : NEXT;
  }

  #sleep(task: Task): Outcome {
    this.steps.push(task.name);
    task.costNs += 1000;
    return this.queue.sleep(task, 0);
  }
}

test("CPU time passes as it is used", () => {
  const shop = new Shop();
  const task = shop.worker("a", 5 * MS);
  shop.runUntil(20 * MS);
  expect(task.state).toBe("finished");
  expect(task.cpuNs).toBe(5 * MS);
});

test.each([
  [50, 10 * MS],
  [200, 2.5 * MS],
])("at %d %% of the speed 5 ms of work take %d ns", (speedPercent, busyNs) => {
  const shop = new Shop();
  shop.sched.speedPercent = speedPercent;
  const task = shop.worker("a", 5 * MS);
  shop.runUntil(20 * MS);
  expect(task.cpuNs).toBe(busyNs);
});

test("speed is that of softirqs, too", () => {
  const shop = new Shop();
  shop.sched.speedPercent = 25;
  shop.softirqWork = 1;
  shop.sched.raiseSoftirq();
  shop.runUntil(MS);
  expect(shop.sched.softirqNs).toBe(200_000);
});

test("time passes on the fastest CPU", () => {
  const shop = new Shop();
  shop.sched.speedPercent = 1e9;
  const task = shop.worker("a", MS);
  shop.runUntil(MS);
  expect(task.cpuNs).toBeGreaterThan(0);
});

test("two tasks take turns of a slice each", () => {
  const shop = new Shop();
  shop.worker("a", 9 * MS);
  shop.worker("b", 9 * MS);
  shop.runUntil(100 * MS);
  expect(shop.turns).toEqual(["a", "b", "a", "b", "a", "b"]);
});

test("two CPUs run two tasks at the same time", () => {
  const shop = new Shop(2);
  const tasks = [shop.worker("a", 5 * MS), shop.worker("b", 5 * MS)];
  shop.runUntil(5 * MS + 100_000);
  expect(tasks.map(({ state }) => state)).toEqual(["finished", "finished"]);
});

test("no task runs on two CPUs", () => {
  const shop = new Shop(4);
  const task = shop.worker("a", 5 * MS);
  shop.runUntil(4 * MS);
  expect(task.cpuNs).toBeLessThanOrEqual(4 * MS + 20_000);
});

test("a task that was woken goes before one whose slice is over", () => {
  const shop = new Shop();
  const sleeper = shop.sched.spawn("sleeper", 0, { type: "sleeper" });
  shop.runUntil(100_000);
  shop.worker("a", 20 * MS);
  shop.worker("b", 20 * MS);
  shop.runUntil(4 * MS);
  shop.queue.wakeAll();
  shop.runUntil(10 * MS);
  expect(sleeper.sleeps).toBe(2);
  expect(shop.turns).toEqual(["sleeper", "a", "b", "sleeper", "a", "b"]);
});

test("a task that yields lets others run, and runs on when there are none", () => {
  const shop = new Shop();
  shop.worker("a", 30_000, { yields: true });
  shop.worker("b", 20_000, { yields: true });
  shop.runUntil(MS);
  expect(shop.steps).toEqual(["a", "b", "a", "b", "a"]);
});

test("a real-time task is not interrupted by others", () => {
  const shop = new Shop();
  shop.worker("a", 5 * MS);
  shop.runUntil(MS);
  shop.worker("realtime", 10 * MS, { flags: PF_REALTIME });
  shop.runUntil(30 * MS);
  expect(shop.turns).toEqual(["a", "realtime", "a"]);
});

test("two real-time tasks of one priority take turns only when one gives way", () => {
  const shop = new Shop();
  shop.worker("a", 5 * MS, { flags: PF_REALTIME });
  shop.worker("b", 5 * MS, { flags: PF_REALTIME });
  shop.runUntil(30 * MS);
  expect(shop.turns).toEqual(["a", "b"]);
  const other = new Shop();
  for (const name of ["a", "b"]) other.worker(name, 20_000, { flags: PF_REALTIME, yields: true });
  other.runUntil(MS);
  expect(other.steps).toEqual(["a", "b", "a", "b"]);
});

test("softirqs go before tasks", () => {
  const shop = new Shop();
  shop.softirqWork = 1;
  shop.worker("a", 20_000);
  shop.runUntil(MS);
  expect(shop.turns).toEqual(["softirq", "a"]);
});

test("a flood of softirqs leaves every second turn to tasks", () => {
  const shop = new Shop();
  shop.softirqWork = 1000;
  shop.worker("a", 10 * MS);
  shop.runUntil(MS);
  const half = shop.steps.length;
  expect(shop.turns.slice(0, 5)).toEqual(["softirq", "a", "softirq", "a", "softirq"]);
  expect(shop.steps.filter((step) => step === "softirq").length).toBeLessThan(half);
});

test("softirqs do not have the rights of the task they interrupt", () => {
  const shop = new Shop();
  let flags = -1;
  shop.programs.add("check", {
    step: (_frame: Frame, task: Task) => {
      task.costNs += 1000;
      shop.sched.asSoftirq(() => {
        flags = shop.sched.current.processFlags;
        return 0;
      });
      expect(shop.sched.current.processFlags).toBe(PF_MEMALLOC);
      return answer(task, 0);
    },
  });
  shop.sched.spawn("reclaimer", PF_MEMALLOC, { type: "check" });
  shop.runUntil(MS);
  expect(flags).toBe(0);
});

test("an answer reaches the frame that called", () => {
  const shop = new Shop();
  const heard: number[] = [];
  shop.programs.add("caller", {
    step: (frame: Frame & { asked: boolean }, task: Task) => {
      if (frame.asked) {
        heard.push(task.result);
        return answer(task, 0);
      }
      frame.asked = true;
      return call(task, { type: "callee" });
    },
  });
  shop.programs.add("callee", { step: (_frame: Frame, task: Task) => answer(task, 42) });
  shop.sched.spawn("a", 0, { type: "caller", asked: false });
  shop.runUntil(MS);
  expect(heard).toEqual([42]);
});

test("a loop that uses no CPU time stops the machine instead of hanging the host", () => {
  const shop = new Shop();
  shop.programs.add("idle", { step: () => NEXT });
  shop.sched.spawn("a", 0, { type: "idle" });
  expect(() => shop.runUntil(MS)).toThrow("every loop of a program costs CPU time");
});

test("saved in the middle and loaded, the order of turns is the same", () => {
  const end = (shop: Shop): readonly string[] => {
    shop.steps.length = 0;
    shop.runUntil(60 * MS);
    return shop.turns;
  };
  const start = (): Shop => {
    const shop = new Shop(2);
    for (const name of ["a", "b", "c"]) shop.worker(name, 15 * MS);
    return shop;
  };
  const shop = start();
  shop.runUntil(7 * MS);
  const copy = start();
  const [sched, timers] = [shop.sched.save(), shop.timers.save()];
  copy.timers.load(timers);
  copy.sched.load(sched);
  expect(end(copy)).toEqual(end(shop));
});
