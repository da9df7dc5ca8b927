// A service: threads that answer requests, each of which needs some of the program's own memory.
//
// Before a thread reads a request it touches pages of the working set; while one of them is being brought back from swap,
// whatever clients send stays in the socket's queue. That queue is what fills the machine.
//
// Not modelled: one thread per connection (threads share all connections), request bodies as work (they are counted).

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { HttpRequestReader } from "#wire/http/request-reader.ts";
import { encodeContinue, encodeResponseHead } from "#wire/http/writer.ts";
import { COST } from "../costs.ts";
import type { AddressSpace } from "../mm/address-space.ts";
import type { Memory } from "../mm/memory.ts";
import { destroySpace } from "../mm/page-life.ts";
import type { Sockets } from "../net/sockets.ts";
import { answer, CALL, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import { type Frame, PF_OOM_VICTIM, type Task } from "../sched/task.ts";
import type { ServiceTask } from "../task-spec.ts";
import { Poll } from "./poll.ts";
import { TaskStats } from "./stats.ts";
import { touchOrFault } from "./touch-pages.ts";

/** Bytes a thread reads at a time: what small servers do. */
const READ_BYTES = 16_384;

interface ServiceFrame extends Frame {
  readonly type: "task.service";
  readonly program: number;
  at: "populate" | "wait" | "touch" | "read" | "write";
  /** Page that is touched next. */
  index: number;
  /** Touches that requests still cost. */
  owed: number;
  sock: number;
  sinceNs: number;
}

interface Connection {
  readonly sock: number;
  readonly reader: HttpRequestReader;
  out: Uint8Array[];
  isEnding: boolean;
}

interface Service {
  readonly spec: ServiceTask;
  readonly stats: TaskStats;
  readonly space: AddressSpace;
  readonly random: Random;
  readonly poll: Poll;
  readonly connections: Map<number, Connection>;
  listener: number;
  /** Threads at work on a request. */
  busy: number;
}

export class ServicePrograms {
  readonly #memory: Memory;
  readonly #net: Sockets;
  readonly #services: Service[] = [];

  constructor(memory: Memory, net: Sockets, programs: Programs) {
    this.#memory = memory;
    this.#net = net;
    programs.add("task.service", {
      step: (frame: ServiceFrame, task: Task) => this.#step(frame, task),
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
    const service: Service = {
      spec,
      stats,
      space,
      random,
      poll: new Poll(sched),
      connections: new Map(),
      listener: -1,
      busy: 0,
    };
    const program = this.#services.push(service) - 1;
    // It listens from the start; who connects while it sets up its memory waits to be accepted.
    service.listener = this.#net.listen(spec.port);
    this.#net.watch(service.listener, program);
    for (let i = 0; i < spec.workers; i++) {
      const at = i === 0 ? "populate" : "wait";
      const frame: ServiceFrame = {
        type: "task.service",
        program,
        at,
        index: 0,
        owed: 0,
        sock: -1,
        sinceNs: 0,
      };
      sched.spawn(spec.name, 0, frame).spaceId = space.id;
    }
    return stats;
  }

  /** A watched socket became ready. */
  notify(program: number, sock: number): void {
    this.#services[program]?.poll.notify(sock);
  }

  /** Sockets of each service, for the report of who holds which packets. */
  socketsOf(name: string): readonly number[] {
    const service = this.#services.find(({ spec }) => spec.name === name);
    return service === undefined ? [] : [...service.connections.keys()];
  }

  #step(frame: ServiceFrame, task: Task): Outcome {
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
      case "read":
        return this.#read(service, frame, task);
      case "write":
        return this.#write(service, frame, task);
    }
  }

  #populate(service: Service, frame: ServiceFrame, task: Task): Outcome {
    if (!touchOrFault(this.#memory, service.space, frame.index, "write", task, service.stats))
      return CALL;
    service.stats.noteTouches(1, this.#memory.nowNs, "populate");
    if (++frame.index < service.space.pageCount) return NEXT;
    frame.at = "wait";
    return NEXT;
  }

  #wait(service: Service, frame: ServiceFrame, task: Task): Outcome {
    task.costNs += COST.syscallNs;
    const ready = service.poll.take();
    service.stats.isIdle = ready === null && service.busy === 0;
    if (ready === null) return service.poll.sleep(task, service.listener);
    if (ready.sock === service.listener) {
      this.#accept(service, frame.program);
      return NEXT;
    }
    service.busy++;
    frame.sock = ready.sock;
    frame.sinceNs = ready.sinceNs;
    frame.owed = Math.max(frame.owed, service.spec.perRequest.touchPages);
    this.#aim(service, frame);
    return NEXT;
  }

  #accept(service: Service, program: number): void {
    for (
      let sock = this.#net.accept(service.listener);
      sock !== null;
      sock = this.#net.accept(service.listener)
    ) {
      service.connections.set(sock, {
        sock,
        reader: new HttpRequestReader(),
        out: [],
        isEnding: false,
      });
      if (service.spec.isCritical) this.#net.setMemalloc(sock, "on");
      if (!service.spec.reads) continue;
      this.#net.watch(sock, program);
      service.poll.notify(sock);
    }
  }

  /** The next page a request needs, or on to reading it. */
  #aim(service: Service, frame: ServiceFrame): void {
    frame.at = frame.owed > 0 ? "touch" : "read";
    if (frame.owed > 0) frame.index = service.random.below(service.space.pageCount);
  }

  #touch(service: Service, frame: ServiceFrame, task: Task): Outcome {
    if (!touchOrFault(this.#memory, service.space, frame.index, "read", task, service.stats))
      return CALL;
    service.stats.noteTouches(1, this.#memory.nowNs, "run");
    frame.owed--;
    this.#aim(service, frame);
    return NEXT;
  }

  #read(service: Service, frame: ServiceFrame, task: Task): Outcome {
    task.costNs += COST.syscallNs;
    const connection = service.connections.get(frame.sock);
    frame.at = "write";
    if (connection === undefined) return NEXT;
    for (const slice of this.#net.recv(frame.sock, READ_BYTES)) connection.reader.push(slice);
    const requests = this.#parse(service, connection, frame.sinceNs);
    task.costNs += requests * (service.spec.perRequest.cpuNs + COST.serviceNs);
    frame.owed = Math.max(0, requests - 1) * service.spec.perRequest.touchPages;
    return NEXT;
  }

  /** Take what is there apart; every request that is whole is answered. */
  #parse(service: Service, connection: Connection, sinceNs: number): number {
    let requests = 0;
    let keepAlive = true;
    for (let event = connection.reader.next(); event !== null; event = connection.reader.next()) {
      if (event.type === "head") {
        keepAlive = event.keepAlive;
        if (event.expectsContinue) connection.out.push(encodeContinue());
      } else if (event.type === "fault") {
        connection.out.push(
          encodeResponseHead({ status: event.status, body: { type: "none" }, keepAlive: false }),
        );
        connection.isEnding = true;
        break;
      } else if (event.type === "end") {
        requests++;
        this.#respond(service, connection, keepAlive);
        service.stats.noteRequest(this.#memory.nowNs, Math.max(0, this.#memory.nowNs - sinceNs));
      }
    }
    return requests;
  }

  #respond(service: Service, connection: Connection, keepAlive: boolean): void {
    const { responseBytes } = service.spec.perRequest;
    connection.out.push(
      encodeResponseHead({
        status: 200,
        body: { type: "length", lenBytes: responseBytes },
        keepAlive,
      }),
    );
    if (responseBytes > 0) connection.out.push(new Uint8Array(responseBytes));
    if (!keepAlive) connection.isEnding = true;
    this.#memory.parts.trace.event("service.response", this.#memory.nowNs, connection.sock);
  }

  /** Send what is ready; what the socket has no room for goes when it calls again. */
  #write(service: Service, frame: ServiceFrame, task: Task): Outcome {
    task.costNs += COST.syscallNs;
    frame.at = "wait";
    service.busy--;
    const connection = service.connections.get(frame.sock);
    if (connection === undefined) return NEXT;
    const isStuck = !this.#flush(connection);
    if (this.#net.isClosed(connection.sock) || (connection.isEnding && !isStuck))
      this.#close(service, connection);
    else if (this.#net.availableBytes(connection.sock) > 0) service.poll.notify(connection.sock);
    return NEXT;
  }

  #flush(connection: Connection): boolean {
    for (let head = connection.out[0]; head !== undefined; head = connection.out[0]) {
      const { takenBytes } = this.#net.send(connection.sock, head);
      if (takenBytes < head.length) {
        connection.out[0] = head.subarray(takenBytes);
        return false;
      }
      connection.out.shift();
    }
    return true;
  }

  #close(service: Service, connection: Connection): void {
    service.connections.delete(connection.sock);
    service.poll.forget(connection.sock);
    this.#net.close(connection.sock, "fin");
  }

  #die(service: Service, task: Task): Outcome {
    if (service.stats.killed++ === 0) {
      for (const connection of [...service.connections.values()]) this.#close(service, connection);
      destroySpace(this.#memory, service.space);
    }
    return answer(task, 0);
  }

  save(): ServiceState {
    return this.#services.map((service) => ({
      random: service.random.save(),
      poll: service.poll.save(),
      listener: service.listener,
      busy: service.busy,
      connections: [...service.connections.values()].map(({ sock, reader, out, isEnding }) => ({
        sock,
        reader: reader.save(),
        out: [...out],
        isEnding,
      })),
    }));
  }

  load(state: ServiceState): void {
    state.forEach((saved, i) => {
      const service = this.#services[i];
      assert(service !== undefined, "a state is loaded into the same services");
      service.random.load(saved.random);
      service.poll.load(saved.poll);
      service.listener = saved.listener;
      service.busy = saved.busy;
      service.connections.clear();
      for (const { sock, reader, out, isEnding } of saved.connections) {
        const connection: Connection = {
          sock,
          reader: new HttpRequestReader(),
          out: [...out],
          isEnding,
        };
        connection.reader.load(reader);
        service.connections.set(sock, connection);
      }
    });
  }
}

export type ServiceState = readonly {
  readonly random: readonly [number, number];
  readonly poll: ReturnType<Poll["save"]>;
  readonly listener: number;
  readonly busy: number;
  readonly connections: readonly {
    readonly sock: number;
    readonly reader: ReturnType<HttpRequestReader["save"]>;
    readonly out: readonly Uint8Array[];
    readonly isEnding: boolean;
  }[];
}[];
