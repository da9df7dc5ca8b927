// The membership program of a node, in user space: it takes part in the ring, and does what the ring has agreed on. A swap
// server fences who was expelled, before anybody goes by the new membership; a machine whose swap server was expelled has its
// device go over to the standby that holds the lock now. Dake (lkml, 2004-07-10).
//
// It is a program like any. Its buffers are its own from the start and are touched each time it wakes, so they may be in swap
// unless they are locked; what it sends takes kernel memory, for which sendmsg() sleeps in reclaim once. What could not be sent
// is lost, as a network may lose it: the protocol is made for that. It waits with epoll.
//
// Not modelled: its real-time priority, the 84 MB of pools that openais had, a restart of the program.

import type { Storage } from "../block/storage.ts";
import { COST } from "../costs.ts";
import { __GFP_MEMALLOC } from "../mm/gfp.ts";
import type { Memory } from "../mm/memory.ts";
import type { Sockets } from "../net/sockets.ts";
import { answer, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import { WaitQueue } from "../sched/wait-queue.ts";
import type { MemberSpec } from "../spec.ts";
import { ProgramMemory } from "./program-memory.ts";
import {
  decodeRing,
  encodeRing,
  MEMBER_PORT,
  Ring,
  type RingLetter,
  type RingState,
} from "./ring.ts";
import type { SwapServer } from "./swap-server.ts";

interface MemberFrame extends Frame {
  readonly type: "task.member";
  at: "touch" | "look" | "send" | "granted";
  /** Page of its own that it touches next. */
  index: number;
  /** Whether memory was found for the message at hand after it had been refused once. */
  hasSlept: boolean;
  letter: RingLetter | null;
}

export interface MemberParts {
  readonly memory: Memory;
  readonly net: Sockets;
  readonly storage: Storage;
  readonly programs: Programs;
  readonly watcher: number;
  readonly name: string;
  readonly member: MemberSpec;
  readonly swapServer: SwapServer | null;
}

export class Member {
  readonly #parts: MemberParts;
  readonly #wait: WaitQueue;
  readonly ring: Ring;
  readonly #own: ProgramMemory;
  #sock = -1;
  /** Messages sent, and those that found no memory. */
  sent = 0;
  unsent = 0;

  constructor(parts: MemberParts) {
    this.#parts = parts;
    this.#own = new ProgramMemory(parts.memory);
    this.#wait = new WaitQueue(parts.memory.parts.sched, "sleep");
    this.ring = new Ring(parts.name, parts.member.ring, parts.member.times);
    parts.programs.add("task.member", {
      step: (frame: MemberFrame, task: Task) => this.#step(frame, task),
    });
  }

  /** Whether it has the lock on swap, as far as it knows. */
  get holds(): boolean {
    return this.ring.holderOf(this.#parts.member.lock) === this.#parts.name;
  }

  start(): void {
    const { memory, net, watcher, member } = this.#parts;
    this.#own.open("member", member);
    this.#sock = net.bindDatagrams(MEMBER_PORT);
    net.watch(this.#sock, watcher);
    if (member.isCritical) net.setMemalloc(this.#sock, "on");
    this.ring.start(memory.nowNs);
    const frame: MemberFrame = {
      ...{ type: "task.member", at: "touch", index: 0 },
      ...{ hasSlept: false, letter: null },
    };
    memory.parts.sched.spawn("member", 0, frame).spaceId = this.#own.spaceId;
  }

  notify(): void {
    this.#wait.wakeOne();
  }

  #step(frame: MemberFrame, task: Task): Outcome {
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

  #touch(frame: MemberFrame, task: Task): Outcome {
    const touched = this.#own.touch(frame, task);
    if (touched !== null) return touched;
    frame.at = "look";
    return NEXT;
  }

  #look(frame: MemberFrame, task: Task): Outcome {
    const { net, memory } = this.#parts;
    const { ring } = this;
    task.costNs += COST.syscallNs;
    for (let got = net.takeDatagram(this.#sock); got !== null; got = net.takeDatagram(this.#sock)) {
      task.costNs += COST.syscallNs + net.takeCostNs();
      const message = decodeRing(got.bytes);
      if (message !== null) ring.hear(got.peer, message, memory.nowNs);
      this.#obey();
    }
    while (ring.work(memory.nowNs)) this.#obey();
    frame.letter = ring.take() ?? null;
    frame.hasSlept = false;
    frame.at = frame.letter === null ? "touch" : "send";
    if (frame.letter !== null) return NEXT;
    return this.#wait.sleep(task, this.#sock, Math.max(1, ring.nextNs - memory.nowNs));
  }

  /** Fence who is out, and go where the lock is. */
  #obey(): void {
    const { swapServer, storage, member } = this.#parts;
    for (const peer of this.ring.fenced) swapServer?.fence(peer);
    const holder = this.ring.holderOf(member.lock);
    const at = storage.swap?.device.target.server;
    if (holder !== null && at !== undefined && at !== holder && member.lock.includes(at))
      storage.switchSwap(holder);
  }

  #send(frame: MemberFrame, task: Task): Outcome {
    const { net, member } = this.#parts;
    const { letter } = frame;
    frame.at = "look";
    if (letter === null) return NEXT;
    const to = { peer: letter.peer, port: MEMBER_PORT };
    const isSent = net.sendDatagram(this.#sock, to, encodeRing(letter.message));
    task.costNs += COST.syscallNs + net.takeCostNs();
    if (!isSent && !frame.hasSlept) {
      frame.hasSlept = true;
      frame.at = "granted";
      const mark = member.isCritical ? __GFP_MEMALLOC : 0;
      return this.#own.sleepForPage(task, mark);
    }
    if (isSent) this.sent++;
    else this.unsent++;
    return NEXT;
  }

  /** sock_alloc_send_skb() has a page now, or may not sleep for one. */
  #granted(frame: MemberFrame, task: Task): Outcome {
    frame.at = "send";
    this.#own.wake(task);
    return NEXT;
  }

  save(): MemberState {
    return {
      wait: this.#wait.save(),
      ring: this.ring.save(),
      sock: this.#sock,
      isPopulated: this.#own.isPopulated,
      counts: [this.sent, this.unsent],
    };
  }

  load(state: MemberState): void {
    this.#wait.load(state.wait);
    this.ring.load(state.ring);
    this.#sock = state.sock;
    this.#own.isPopulated = state.isPopulated;
    [this.sent, this.unsent] = state.counts;
  }
}

export interface MemberState {
  readonly wait: readonly number[];
  readonly ring: RingState;
  readonly sock: number;
  readonly isPopulated: boolean;
  readonly counts: readonly [number, number];
}
