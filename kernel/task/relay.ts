// A relay in the path of swap, in user space: the driver connects to it over the loopback device, and it connects to the swap
// server. What comes on the one connection it reads and writes to the other, with a thread for each way, as proxies, tunnels
// and encrypting helpers do.
//
// It is a program like any: its memory may be in swap unless it is locked, and is touched each time a thread wakes. Nobody
// has marked its sockets. What it is sent from the reserve is tossed; what it sends takes kernel memory, for which sendmsg()
// sleeps in reclaim, and that may end in a wait for the device whose bytes it is to carry.
//
// Not modelled: splice(), a limit on connections, half-closed connections (an end of one way is the end of both).

import { COST } from "../costs.ts";
import type { Memory } from "../mm/memory.ts";
import type { Sockets } from "../net/sockets.ts";
import { answer, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import type { RelaySpec } from "../spec.ts";
import { ProgramMemory } from "./program-memory.ts";

/** Where an NBD server listens, and where the relay does in its place (IANA). */
const NBD_PORT = 10_809;
/** What one read() takes at most: a buffer as large as a pipe's. */
const READ_BYTES = 65_536;

export interface RelayFrame extends Frame {
  readonly type: "task.relay";
  at: "touch" | "accept" | "connect" | "connecting" | "read" | "write" | "granted";
  /** Page of its own that it touches next, and what it does when it has touched them all. */
  index: number;
  next: "accept" | "connect" | "read" | "write";
  /** It reads from one socket and writes to the other; -1: it has none yet. */
  from: number;
  to: number;
  /** Read, and not written yet. */
  rest: readonly Uint8Array[];
}

export interface RelayParts {
  readonly memory: Memory;
  readonly net: Sockets;
  readonly programs: Programs;
  readonly server: string;
  readonly relay: RelaySpec;
}

export class Relay {
  readonly #parts: RelayParts;
  readonly #own: ProgramMemory;
  #listener = -1;
  /** Connections it has carried, and bytes both ways. */
  connections = 0;
  carriedBytes = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
    this.#own = new ProgramMemory(parts.memory);
    parts.programs.add("task.relay", {
      step: (frame: RelayFrame, task: Task) => this.#step(frame, task),
    });
  }

  start(): void {
    const { net, relay } = this.#parts;
    this.#own.open("relay", relay);
    this.#listener = net.listen(NBD_PORT);
    this.#spawn({ next: "accept", from: -1, to: -1 });
  }

  #spawn(way: Pick<RelayFrame, "next" | "from" | "to">): void {
    const { sched } = this.#parts.memory.parts;
    const frame: RelayFrame = { type: "task.relay", at: "touch", index: 0, rest: [], ...way };
    sched.spawn("relay", 0, frame).spaceId = this.#own.spaceId;
  }

  #step(frame: RelayFrame, task: Task): Outcome {
    if ((task.flags & PF_OOM_VICTIM) !== 0) return this.#end(frame, task);
    switch (frame.at) {
      case "touch":
        return this.#touch(frame, task);
      case "accept":
        return this.#accept(frame, task);
      case "connect":
        return this.#connect(frame, task);
      case "connecting":
        return this.#connecting(frame, task);
      case "read":
        return this.#read(frame, task);
      case "write":
        return this.#write(frame, task);
      case "granted":
        return this.#granted(frame, task);
    }
  }

  #touch(frame: RelayFrame, task: Task): Outcome {
    const touched = this.#own.touch(frame, task);
    if (touched !== null) return touched;
    frame.at = frame.next;
    return NEXT;
  }

  #accept(frame: RelayFrame, task: Task): Outcome {
    const { net } = this.#parts;
    task.costNs += COST.syscallNs;
    const from = net.accept(this.#listener);
    if (from === null) return this.#awake(frame, net.stack.acceptable.sleep(task, this.#listener));
    frame.from = from;
    frame.at = "connect";
    return NEXT;
  }

  #connect(frame: RelayFrame, task: Task): Outcome {
    const { net, server } = this.#parts;
    frame.to = net.connect(server, NBD_PORT);
    task.costNs += COST.syscallNs + net.takeCostNs();
    if (frame.to < 0) return this.#askForMemory(frame, task, "connect");
    frame.at = "connecting";
    return NEXT;
  }

  #connecting(frame: RelayFrame, task: Task): Outcome {
    const { net } = this.#parts;
    const { from, to } = frame;
    if (!net.isConnected(to) && !net.isClosed(to)) return net.connecting.sleep(task, to);
    if (net.isConnected(to)) {
      this.connections++;
      this.#spawn({ next: "read", from, to });
      this.#spawn({ next: "read", from: to, to: from });
    } else this.#hangUp(from, to);
    Object.assign(frame, { at: "touch", next: "accept", from: -1, to: -1 });
    return NEXT;
  }

  #read(frame: RelayFrame, task: Task): Outcome {
    const { net } = this.#parts;
    const { from } = frame;
    frame.rest = net.recv(from, READ_BYTES);
    task.costNs += COST.syscallNs + net.takeCostNs();
    if (frame.rest.length > 0) {
      frame.at = "write";
      return NEXT;
    }
    if (net.isClosed(from)) return this.#end(frame, task);
    return this.#awake(frame, net.readable.sleep(task, from));
  }

  #write(frame: RelayFrame, task: Task): Outcome {
    const { net } = this.#parts;
    const [head] = frame.rest;
    if (head === undefined) {
      frame.at = "read";
      return NEXT;
    }
    const { takenBytes, lack } = net.send(frame.to, head);
    task.costNs += COST.syscallNs + net.takeCostNs();
    this.carriedBytes += takenBytes;
    const left = head.subarray(takenBytes);
    frame.rest = left.length > 0 ? [left, ...frame.rest.slice(1)] : frame.rest.slice(1);
    if (lack === "closed") return this.#end(frame, task);
    if (lack === "memory") return this.#askForMemory(frame, task, "write");
    return lack === "sndbuf" ? net.writable.sleep(task, frame.to) : NEXT;
  }

  /** Whoever has slept needs its memory first when it goes on. */
  #awake(frame: RelayFrame, sleep: Outcome): Outcome {
    frame.next = frame.at === "accept" ? "accept" : "read";
    frame.at = "touch";
    return sleep;
  }

  /** The call it is in sleeps in the kernel until there is memory. */
  #askForMemory(frame: RelayFrame, task: Task, next: "connect" | "write"): Outcome {
    frame.next = next;
    frame.at = "granted";
    return this.#own.sleepForPage(task, 0);
  }

  #granted(frame: RelayFrame, task: Task): Outcome {
    this.#own.wake(task);
    frame.at = frame.next;
    return NEXT;
  }

  #end({ from, to }: RelayFrame, task: Task): Outcome {
    this.#hangUp(from, to);
    return answer(task, 0);
  }

  /** Whoever waits at either socket finds it gone. */
  #hangUp(...socks: readonly number[]): void {
    const { net } = this.#parts;
    for (const sock of socks) {
      if (sock < 0) continue;
      net.close(sock, "reset");
      for (const waiters of [net.readable, net.writable, net.connecting]) waiters.wakeAllOn(sock);
    }
  }

  save(): RelayState {
    return {
      listener: this.#listener,
      isPopulated: this.#own.isPopulated,
      counts: [this.connections, this.carriedBytes],
    };
  }

  load({ listener, isPopulated, counts }: RelayState): void {
    this.#listener = listener;
    this.#own.isPopulated = isPopulated;
    [this.connections, this.carriedBytes] = counts;
  }
}

export interface RelayState {
  readonly listener: number;
  readonly isPopulated: boolean;
  readonly counts: readonly [number, number];
}
