// Which sockets of a program have something to do: what epoll tells it. Linux: fs/eventpoll.c, level-triggered.
//
// Not modelled: the memory of epoll's own items (a slab object for each watched socket, taken at accept).

import type { Scheduler } from "../sched/scheduler.ts";
import type { Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";

export class Poll {
  readonly #wait: WaitQueue;
  /** Sockets with something to do, in the order they became ready, and since when in ns. */
  readonly #ready = new Map<number, number>();
  readonly #nowNs: () => number;

  constructor(sched: Scheduler) {
    this.#wait = new WaitQueue(sched, "socket-readable");
    this.#nowNs = () => sched.nowNs;
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  /** Something happened at this socket. */
  notify(sock: number): void {
    if (!this.#ready.has(sock)) this.#ready.set(sock, this.#nowNs());
    this.#wait.wakeOne();
  }

  /** The socket that has been ready longest, and since when; null when none is. */
  take(): { readonly sock: number; readonly sinceNs: number } | null {
    for (const [sock, sinceNs] of this.#ready) {
      this.#ready.delete(sock);
      return { sock, sinceNs };
    }
    return null;
  }

  forget(sock: number): void {
    this.#ready.delete(sock);
  }

  sleep(task: Task, what: number): ReturnType<WaitQueue["sleep"]> {
    return this.#wait.sleep(task, what);
  }

  /** Wake one sleeper although no socket is ready. */
  wake(): void {
    this.#wait.wakeOne();
  }

  get sleeperCount(): number {
    return this.#wait.length;
  }

  save(): {
    readonly ready: readonly (readonly [number, number])[];
    readonly wait: readonly number[];
  } {
    return { ready: [...this.#ready], wait: this.#wait.save() };
  }

  load(state: ReturnType<Poll["save"]>): void {
    this.#ready.clear();
    for (const [sock, sinceNs] of state.ready) this.#ready.set(sock, sinceNs);
    this.#wait.load(state.wait);
  }
}
