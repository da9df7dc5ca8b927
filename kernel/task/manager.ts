// The management server of the fail-over: told by one node that its swap device fails, it has all nodes enter emergency, the
// second swap server take over, all nodes switch to that one, and then all of them leave emergency. Samudrala (lkml,
// 2005-12-16).
//
// Not modelled: a second fail-over; a node that never answers (it is told again for ever, and the next step waits for it); what
// the switch takes on the storage's side but its time.

import { COST } from "../costs.ts";
import type { Sockets } from "../net/sockets.ts";
import { NEXT, type Outcome, type Programs } from "../sched/program.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Frame, Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { FailoverSpec } from "../spec.ts";
import {
  AGENT_PORT,
  decodeMessage,
  encodeMessage,
  MANAGER_PORT,
  type Message,
  type Order,
  Outbox,
  type OutboxState,
  TAKE_OVER_PORT,
} from "./failover.ts";

export interface ManagerParts {
  readonly sched: Scheduler;
  readonly net: Sockets;
  readonly programs: Programs;
  readonly watcher: number;
  readonly failover: FailoverSpec;
}

export class Manager {
  readonly #parts: ManagerParts;
  readonly #wait: WaitQueue;
  readonly #outbox = new Outbox();
  #sock = -1;
  /** Nodes that said that their device fails. */
  #alarmed: string[] = [];
  /** When the first of them did, and when every node had switched; -1 before. */
  #alarmedAtNs = -1;
  #switchedAtNs = -1;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#wait = new WaitQueue(parts.sched, "sleep");
    parts.programs.add("task.manager", {
      step: (_frame: Frame, task: Task) => this.#step(task),
    });
  }

  get alarms(): number {
    return this.#alarmed.length;
  }

  get orders(): number {
    return this.#outbox.given;
  }

  get confirmed(): number {
    return this.#outbox.confirmed;
  }

  /** From the first alarm until every node has switched, in ns; until now while one has not, 0 before. */
  get switchingNs(): number {
    if (this.#alarmedAtNs < 0) return 0;
    const untilNs = this.#switchedAtNs < 0 ? this.#parts.sched.nowNs : this.#switchedAtNs;
    return untilNs - this.#alarmedAtNs;
  }

  get isSwitched(): boolean {
    return this.#switchedAtNs >= 0;
  }

  boot(): void {
    const { sched, net, watcher } = this.#parts;
    this.#sock = net.bindDatagrams(MANAGER_PORT);
    net.watch(this.#sock, watcher);
    sched.spawn("manager", 0, { type: "task.manager" });
  }

  notify(): void {
    this.#wait.wakeOne();
  }

  #step(task: Task): Outcome {
    const { net, sched } = this.#parts;
    task.costNs += COST.syscallNs;
    for (let got = net.takeDatagram(this.#sock); got !== null; got = net.takeDatagram(this.#sock)) {
      const message = decodeMessage(got.bytes);
      if (message !== null) this.#hear(got.peer, message);
    }
    const letter = this.#outbox.due(sched.nowNs);
    if (letter !== null) {
      const isSent = net.sendDatagram(this.#sock, letter, encodeMessage(letter));
      this.#outbox.noteTried(letter, sched.nowNs, isSent);
      return NEXT;
    }
    const { nextNs } = this.#outbox;
    if (nextNs === Number.POSITIVE_INFINITY) return this.#wait.sleep(task, this.#sock);
    return this.#wait.sleep(task, this.#sock, Math.max(1, nextNs - sched.nowNs));
  }

  #hear(peer: string, message: Message): void {
    if (message.isAnswer) {
      if (this.#outbox.confirm(peer, message.order)) this.#goOn(message.order);
      return;
    }
    if (message.order !== "alarm") return;
    this.#outbox.put({
      ...{ ...message, isAnswer: true },
      ...{ peer, port: AGENT_PORT, dueNs: this.#parts.sched.nowNs },
    });
    if (!this.#alarmed.includes(peer)) this.#alarmed.push(peer);
    if (this.#alarmedAtNs < 0) this.#begin();
  }

  #begin(): void {
    const { sched, failover } = this.#parts;
    this.#alarmedAtNs = sched.nowNs;
    this.#tellAll("enter", failover.from);
    const order = { order: "take-over", isAnswer: false, server: failover.from } as const;
    const dueNs = sched.nowNs + failover.takesNs;
    this.#outbox.put({ ...order, peer: failover.to, port: TAKE_OVER_PORT, dueNs });
  }

  /** Somebody has done as told: when all have, the next step. Who has not entered emergency yet is not told to leave it. */
  #goOn(order: Order): void {
    const { sched, failover } = this.#parts;
    if (order === "take-over") this.#tellAll("switch", failover.to);
    const isWaiting = (["enter", "take-over", "switch"] as const).some((each) =>
      this.#outbox.awaits(each),
    );
    if (isWaiting || this.isSwitched) return;
    this.#switchedAtNs = sched.nowNs;
    this.#tellAll("leave", failover.to);
  }

  #tellAll(order: Order, server: string): void {
    const dueNs = this.#parts.sched.nowNs;
    for (const peer of this.#parts.failover.nodes)
      this.#outbox.put({ order, isAnswer: false, server, peer, port: AGENT_PORT, dueNs });
  }

  save(): ManagerState {
    return {
      wait: this.#wait.save(),
      outbox: this.#outbox.save(),
      sock: this.#sock,
      alarmed: [...this.#alarmed],
      times: [this.#alarmedAtNs, this.#switchedAtNs],
    };
  }

  load(state: ManagerState): void {
    this.#wait.load(state.wait);
    this.#outbox.load(state.outbox);
    this.#sock = state.sock;
    this.#alarmed = [...state.alarmed];
    [this.#alarmedAtNs, this.#switchedAtNs] = state.times;
  }
}

export interface ManagerState {
  readonly wait: readonly number[];
  readonly outbox: OutboxState;
  readonly sock: number;
  readonly alarmed: readonly string[];
  readonly times: readonly [number, number];
}
