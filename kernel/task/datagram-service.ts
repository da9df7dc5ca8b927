// A service that speaks datagrams: each one is a request, and is answered by one. As service.ts, without connections.
//
// Before a thread takes a datagram it touches pages of the working set; what comes meanwhile waits in the socket's queue,
// and is lost when that is full.
//
// Not modelled: requests of several datagrams, several sockets on one port (SO_REUSEPORT).

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { COST } from "../costs.ts";
import type { AddressSpace } from "../mm/address-space.ts";
import type { Memory } from "../mm/memory.ts";
import { destroySpace } from "../mm/page-life.ts";
import type { Sockets } from "../net/sockets.ts";
import { answer, CALL, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import type { ServiceTask } from "../task-spec.ts";
import { answerTo } from "./datagram.ts";
import { Poll } from "./poll.ts";
import { TaskStats } from "./stats.ts";
import { touchOrFault } from "./touch-pages.ts";

interface DatagramFrame extends Frame {
  readonly type: "task.datagrams";
  readonly program: number;
  at: "populate" | "wait" | "touch" | "take";
  /** Page that is touched next. */
  index: number;
  /** Touches that the next request still costs. */
  owed: number;
  sinceNs: number;
}

interface Service {
  readonly spec: ServiceTask;
  readonly stats: TaskStats;
  readonly space: AddressSpace;
  readonly random: Random;
  readonly poll: Poll;
  sock: number;
  /** Threads at work on a request. */
  busy: number;
}

export class DatagramServices {
  readonly #memory: Memory;
  readonly #net: Sockets;
  /** Added to the number of a service to tell its sockets from others'. */
  readonly #watchers: number;
  readonly #services: Service[] = [];

  constructor(memory: Memory, net: Sockets, programs: Programs, watchers: number) {
    this.#memory = memory;
    this.#net = net;
    this.#watchers = watchers;
    programs.add("task.datagrams", {
      step: (frame: DatagramFrame, task: Task) => this.#step(frame, task),
    });
  }

  start(spec: ServiceTask): TaskStats {
    const { sched } = this.#memory.parts;
    const pages = Math.max(1, Math.floor(spec.workingSetBytes / PAGE_BYTES));
    const space = this.#memory.addSpace(spec.name, pages, { mlocked: spec.locked });
    const stats = new TaskStats({
      name: spec.name,
      isEndless: true,
      workingSetPages: pages,
      instanceCount: 1,
    });
    const random = this.#memory.random.fork(`service:${spec.name}`);
    const poll = new Poll(sched);
    const sock = this.#net.bindDatagrams(spec.port);
    const program = this.#services.push({ spec, stats, space, random, poll, sock, busy: 0 }) - 1;
    this.#net.watch(sock, this.#watchers + program);
    if (spec.isCritical) this.#net.setMemalloc(sock, "on");
    for (let i = 0; i < spec.workers; i++) {
      const frame: DatagramFrame = {
        type: "task.datagrams",
        program,
        at: i === 0 ? "populate" : "wait",
        index: 0,
        owed: 0,
        sinceNs: 0,
      };
      sched.spawn(spec.name, 0, frame).spaceId = space.id;
    }
    return stats;
  }

  /** A watched socket became ready. */
  notify(watcher: number, sock: number): void {
    this.#services[watcher - this.#watchers]?.poll.notify(sock);
  }

  socketsOf(name: string): readonly number[] {
    return this.#services.flatMap(({ spec, sock }) => (spec.name === name ? [sock] : []));
  }

  #step(frame: DatagramFrame, task: Task): Outcome {
    const service = this.#services[frame.program];
    assert(service !== undefined, "a frame names its program");
    if ((task.flags & PF_OOM_VICTIM) !== 0 || task.result < 0) return this.#die(service, task);
    switch (frame.at) {
      case "populate":
        return this.#populate(service, frame, task);
      case "wait":
        return this.#wait(service, frame, task);
      case "touch":
        return this.#touch(service, frame, task);
      case "take":
        return this.#take(service, frame, task);
    }
  }

  #populate(service: Service, frame: DatagramFrame, task: Task): Outcome {
    if (!touchOrFault(this.#memory, service.space, frame.index, "write", task, service.stats))
      return CALL;
    service.stats.noteTouches(1, this.#memory.nowNs, "populate");
    if (++frame.index === service.space.pageCount) frame.at = "wait";
    return NEXT;
  }

  #wait(service: Service, frame: DatagramFrame, task: Task): Outcome {
    task.costNs += COST.syscallNs;
    const ready = service.poll.take();
    service.stats.isIdle = ready === null && service.busy === 0;
    if (ready === null) return service.poll.sleep(task, service.sock);
    service.busy++;
    frame.sinceNs = ready.sinceNs;
    frame.owed = service.spec.perRequest.touchPages;
    this.#aim(service, frame);
    return NEXT;
  }

  /** The next page a request needs, or on to taking it. */
  #aim(service: Service, frame: DatagramFrame): void {
    frame.at = frame.owed > 0 ? "touch" : "take";
    if (frame.owed > 0) frame.index = service.random.below(service.space.pageCount);
  }

  #touch(service: Service, frame: DatagramFrame, task: Task): Outcome {
    if (!touchOrFault(this.#memory, service.space, frame.index, "read", task, service.stats))
      return CALL;
    service.stats.noteTouches(1, this.#memory.nowNs, "run");
    frame.owed--;
    this.#aim(service, frame);
    return NEXT;
  }

  #take(service: Service, frame: DatagramFrame, task: Task): Outcome {
    const { sock, spec, stats } = service;
    const datagram = this.#net.takeDatagram(sock);
    task.costNs += COST.syscallNs + this.#net.takeCostNs();
    frame.at = "wait";
    service.busy--;
    if (datagram === null) return NEXT;
    task.costNs += spec.perRequest.cpuNs + COST.serviceNs;
    const { peer, fromPort, bytes } = datagram;
    const reply = answerTo(bytes, spec.perRequest.responseBytes);
    this.#net.sendDatagram(sock, { peer, port: fromPort }, reply);
    task.costNs += COST.syscallNs + this.#net.takeCostNs();
    const { nowNs } = this.#memory;
    stats.noteRequest(nowNs, Math.max(0, nowNs - frame.sinceNs));
    this.#memory.parts.trace.event("service.response", nowNs, sock);
    if (this.#net.availableBytes(sock) > 0) service.poll.notify(sock);
    return NEXT;
  }

  #die(service: Service, task: Task): Outcome {
    if (service.stats.killed++ === 0) this.#net.close(service.sock, "fin");
    destroySpace(this.#memory, service.space);
    return answer(task, 0);
  }

  save(): DatagramServicesState {
    return this.#services.map(({ random, poll, sock, busy }) => ({
      random: random.save(),
      poll: poll.save(),
      sock,
      busy,
    }));
  }

  load(state: DatagramServicesState): void {
    state.forEach((saved, i) => {
      const service = this.#services[i];
      assert(service !== undefined, "a state is loaded into the same services");
      service.random.load(saved.random);
      service.poll.load(saved.poll);
      service.sock = saved.sock;
      service.busy = saved.busy;
    });
  }
}

export type DatagramServicesState = readonly {
  readonly random: readonly [number, number];
  readonly poll: ReturnType<Poll["save"]>;
  readonly sock: number;
  readonly busy: number;
}[];
