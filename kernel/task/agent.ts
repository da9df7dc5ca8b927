// The management program of a node: it looks at the swap device, and when that does not answer it says that the node is in
// emergency and tells a management server, by which it is then told what to do. Samudrala (lkml, 2005-12-16).
//
// It is a program like any: its memory may be in swap unless it is locked, and what it sends takes memory. Over a socket that
// is marked critical it may have a page kept apart, and does not sleep for one; over any other, sendmsg() sleeps in reclaim
// until there is a page, as GFP_KERNEL does.
//
// Not modelled: what else tells that a device is about to fail (here: its oldest request is older than so much); the files of
// /proc and /sys it would read that from; a restart of the program.

import { fromMs } from "#base/units.ts";
import type { Storage } from "../block/storage.ts";
import { COST } from "../costs.ts";
import { __GFP_MEMALLOC } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import type { Sockets } from "../net/sockets.ts";
import { answer, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { AgentTask } from "../task-spec.ts";
import {
  AGENT_PORT,
  decodeMessage,
  encodeMessage,
  type Letter,
  MANAGER_PORT,
  type Message,
  Outbox,
  type OutboxState,
} from "./failover.ts";
import { ProgramMemory } from "./program-memory.ts";

/** Between two looks at the device. */
const LOOK_NS = fromMs(100);

interface AgentFrame extends Frame {
  readonly type: "task.agent";
  at: "touch" | "look" | "send" | "granted";
  /** Page of its own that it touches next. */
  index: number;
  /** Whether memory was found for the message at hand after it had been refused once. */
  hasSlept: boolean;
}

export interface AgentParts {
  readonly memory: Memory;
  readonly net: Sockets;
  readonly storage: Storage;
  readonly programs: Programs;
  readonly watcher: number;
}

export class Agent {
  readonly #parts: AgentParts;
  readonly #wait: WaitQueue;
  readonly #outbox = new Outbox();
  #spec: AgentTask | null = null;
  readonly #own: ProgramMemory;
  #sock = -1;
  #isInEmergency = false;
  /** Alarms it raised, and those the manager has answered. */
  alarms = 0;
  /** Orders of the manager's that it has followed, each once. */
  followed = 0;
  /** Datagrams sent, and tries that found no memory. */
  sent = 0;
  unsent = 0;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#own = new ProgramMemory(parts.memory);
    this.#wait = new WaitQueue(parts.memory.parts.sched, "sleep");
    parts.programs.add("task.agent", {
      step: (frame: AgentFrame, task: Task) => this.#step(frame, task),
    });
  }

  get confirmed(): number {
    return this.#outbox.confirmed;
  }

  start(spec: AgentTask): void {
    if (this.#spec !== null) return;
    const { memory, net, watcher } = this.#parts;
    this.#spec = spec;
    this.#own.open(spec.name, spec);
    this.#sock = net.bindDatagrams(AGENT_PORT);
    net.watch(this.#sock, watcher);
    if (spec.isCritical) net.setMemalloc(this.#sock, "on");
    const frame: AgentFrame = { type: "task.agent", at: "touch", index: 0, hasSlept: false };
    memory.parts.sched.spawn(spec.name, 0, frame).spaceId = this.#own.spaceId;
  }

  notify(): void {
    this.#wait.wakeOne();
  }

  #step(frame: AgentFrame, task: Task): Outcome {
    if ((task.flags & PF_OOM_VICTIM) !== 0) return answer(task, 0);
    switch (frame.at) {
      case "touch":
        return this.#touch(frame, task);
      case "look":
        return this.#look(frame, task);
      case "send":
        return this.#send(frame, task);
      case "granted":
        return this.#granted(frame, task);
    }
  }

  #touch(frame: AgentFrame, task: Task): Outcome {
    const touched = this.#own.touch(frame, task);
    if (touched !== null) return touched;
    frame.at = "look";
    return NEXT;
  }

  #look(frame: AgentFrame, task: Task): Outcome {
    const { net, memory } = this.#parts;
    task.costNs += COST.syscallNs;
    for (let got = net.takeDatagram(this.#sock); got !== null; got = net.takeDatagram(this.#sock)) {
      task.costNs += COST.syscallNs + net.takeCostNs();
      const message = decodeMessage(got.bytes);
      if (message !== null && got.fromPort === MANAGER_PORT) this.#hear(message);
    }
    this.#judgeDevice();
    const { nowNs } = memory;
    frame.hasSlept = false;
    frame.at = this.#outbox.due(nowNs) === null ? "touch" : "send";
    if (frame.at === "send") return NEXT;
    const untilNs = Math.min(LOOK_NS, Math.max(1, this.#outbox.nextNs - nowNs));
    return this.#wait.sleep(task, this.#sock, untilNs);
  }

  #judgeDevice(): void {
    const { storage, memory } = this.#parts;
    const { swap } = storage;
    if (this.#spec === null || swap === null || this.alarms > 0 || swap.device.switches > 0) return;
    if (swap.queue.oldestNs(memory.nowNs) < this.#spec.slowAfterNs) return;
    this.alarms++;
    this.#enter();
    const { server } = swap.device.target;
    this.#say({ order: "alarm", isAnswer: false, server });
  }

  #hear({ order, isAnswer, server }: Message): void {
    if (isAnswer) this.#outbox.confirm(this.#manager, order);
    else if (this.#follow(order, server)) this.#say({ order, isAnswer: true, server });
  }

  /** Do as it is told; whether it can be said to be done. */
  #follow(order: Message["order"], server: string): boolean {
    switch (order) {
      case "enter":
        this.#enter();
        return true;
      case "switch":
        return this.#switch(server);
      case "leave":
        this.#leave();
        return true;
      default:
        return false;
    }
  }

  #switch(server: string): boolean {
    const { storage } = this.#parts;
    const device = storage.swap?.device;
    if (device?.target.server !== server) {
      if (!storage.switchSwap(server)) return false;
      this.followed++;
    }
    return this.#spec?.confirms === "order" || device?.isConnected === true;
  }

  #enter(): void {
    if (this.#isInEmergency) return;
    this.#isInEmergency = true;
    this.followed++;
    this.#parts.net.stack.orderEmergency(1);
  }

  #leave(): void {
    if (!this.#isInEmergency) return;
    this.#isInEmergency = false;
    this.followed++;
    this.#parts.net.stack.orderEmergency(-1);
  }

  get #manager(): string {
    return this.#spec?.manager ?? "";
  }

  #say(message: Message): void {
    const dueNs = this.#parts.memory.nowNs;
    this.#outbox.put({ ...message, peer: this.#manager, port: MANAGER_PORT, dueNs });
  }

  #send(frame: AgentFrame, task: Task): Outcome {
    const { net, memory } = this.#parts;
    const letter = this.#outbox.due(memory.nowNs);
    frame.at = "look";
    if (letter === null) return NEXT;
    const isSent = net.sendDatagram(this.#sock, letter, encodeMessage(letter));
    task.costNs += COST.syscallNs + net.takeCostNs();
    if (!isSent && !frame.hasSlept) {
      frame.hasSlept = true;
      frame.at = "granted";
      const mark = this.#spec?.isCritical === true ? __GFP_MEMALLOC : 0;
      return this.#own.sleepForPage(task, mark);
    }
    this.#noteTried(letter, isSent);
    return NEXT;
  }

  /** sock_alloc_send_skb() has a page now, or may not sleep for one. */
  #granted(frame: AgentFrame, task: Task): Outcome {
    frame.at = "send";
    this.#own.wake(task);
    return NEXT;
  }

  #noteTried(letter: Letter, isSent: boolean): void {
    if (isSent) this.sent++;
    else this.unsent++;
    this.#outbox.noteTried(letter, this.#parts.memory.nowNs, isSent);
  }

  save(): AgentState {
    return {
      wait: this.#wait.save(),
      outbox: this.#outbox.save(),
      sock: this.#sock,
      isPopulated: this.#own.isPopulated,
      isInEmergency: this.#isInEmergency,
      counts: [this.alarms, this.followed, this.sent, this.unsent],
    };
  }

  load(state: AgentState): void {
    this.#wait.load(state.wait);
    this.#outbox.load(state.outbox);
    this.#sock = state.sock;
    this.#own.isPopulated = state.isPopulated;
    this.#isInEmergency = state.isInEmergency;
    [this.alarms, this.followed, this.sent, this.unsent] = state.counts;
  }
}

export interface AgentState {
  readonly wait: readonly number[];
  readonly outbox: OutboxState;
  readonly sock: number;
  readonly isPopulated: boolean;
  readonly isInEmergency: boolean;
  readonly counts: readonly [number, number, number, number];
}
