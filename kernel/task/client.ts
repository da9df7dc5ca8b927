// Load on a service of another machine: many connections, requests that come when they are due.
//
// Open load does not wait for answers: requests are posted into the stream until its window is full, and what is due
// meanwhile waits and keeps its due time, so that latency counts the wait (no coordinated omission). Closed load waits for
// each answer. When it is stopped its connections are reset.
//
// Not modelled: request targets other than "/", think times that vary.

import { assert } from "#base/assert.ts";
import { Histogram } from "#base/histogram.ts";
import { HttpResponseReader } from "#wire/http/response-reader.ts";
import { encodeRequestHead } from "#wire/http/writer.ts";
import { COST } from "../costs.ts";
import type { Sockets } from "../net/sockets.ts";
import { NEXT, type Outcome, type Programs } from "../sched/program.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Frame, Task } from "../sched/task.ts";
import { TIMER, type Timers } from "../sched/timers.ts";
import type { Trace } from "../trace.ts";
import type { TrafficSpec } from "../traffic-spec.ts";
import { ArrivalClock, type ArrivalClockState, type ArrivalSource } from "./arrival-clock.ts";
import { Poll } from "./poll.ts";

/** Requests of one connection that may be without an answer: what the reader of the answers keeps track of. */
const OUTSTANDING_MAX = 1000;
const READ_BYTES = 65_536;
/** A connection that was refused or lost is tried again after this, in ns. */
const RECONNECT_NS = 1_000_000_000;
/** Timers of class TIMER.load: RECONNECTS - n means that connection n is to be made again. */
export const RECONNECTS = -10;

interface ClientFrame extends Frame {
  readonly type: "task.client";
}

interface Connection {
  readonly sock: number;
  readonly reader: HttpResponseReader;
  /** Due times of requests that wait to be sent, oldest first. */
  due: number[];
  /** Due times of requests that were sent and not answered. */
  sent: number[];
  /** What is left of the request being written. */
  rest: Uint8Array[];
  isOpen: boolean;
}

export interface ClientParts {
  readonly sched: Scheduler;
  readonly timers: Timers;
  readonly trace: Trace;
  readonly net: Sockets;
  readonly programs: Programs;
  readonly watcher: number;
  readonly traffic: TrafficSpec;
  /** Numbers this load's timers. */
  readonly index: number;
  readonly arrivals: ArrivalSource | null;
}

export class Client {
  readonly #parts: ClientParts;
  readonly #poll: Poll;
  readonly #request: readonly Uint8Array[];
  #connections: Connection[] = [];
  readonly #bySock = new Map<number, Connection>();
  readonly #clock: ArrivalClock;
  #next = 0;
  #running = false;
  sent = 0;
  answered = 0;
  failed = 0;
  starts = 0;
  stops = 0;
  /** Times its rate was changed while it ran. */
  changes = 0;
  readonly latency = new Histogram();

  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.#poll = new Poll(parts.sched);
    this.#clock = new ArrivalClock(parts);
    const { to, payloadBytes } = parts.traffic;
    const body =
      payloadBytes > 0
        ? ({ type: "length", lenBytes: payloadBytes } as const)
        : ({ type: "none" } as const);
    const head = encodeRequestHead({
      method: "POST",
      target: "/",
      host: to.machine,
      body,
      keepAlive: true,
    });
    this.#request = payloadBytes > 0 ? [head, new Uint8Array(payloadBytes)] : [head];
    // Here and not at boot: a machine that is loaded never boots.
    parts.programs.add(`task.client.${parts.index}`, {
      step: (_frame: ClientFrame, task: Task) => this.#step(task),
    });
  }

  get name(): string {
    return this.#parts.traffic.id;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  boot(): void {
    this.#parts.sched.spawn(this.name, 0, { type: `task.client.${this.#parts.index}` });
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.starts++;
    for (let i = 0; i < this.#parts.traffic.connections; i++) this.#take(i);
    this.#clock.start();
  }

  /** Another rate from now on; null: its own again. Closed load has none. */
  changeRate(ratePerSec: number | null): void {
    this.#clock.changeRate(ratePerSec);
    if (!this.#running || this.#parts.traffic.load.model === "closed") return;
    this.changes++;
    this.#clock.arm();
  }

  /** A connection that stayed goes on; any other is made. */
  #take(which: number): void {
    const kept = this.#connections[which];
    if (kept?.isOpen !== true) this.#connect(which);
    else if (this.#parts.traffic.load.model === "closed" && kept.sent.length === 0)
      this.arrive(which, 0);
  }

  /** A connection that was refused or lost is made again. */
  reconnect(which: number): void {
    if (this.#running && this.#connections[which]?.isOpen === false) this.#connect(which);
  }

  #connect(which: number): void {
    const { net, traffic, timers, watcher } = this.#parts;
    const sock = net.connect(traffic.to.machine, traffic.to.port);
    const connection: Connection = {
      sock,
      reader: new HttpResponseReader(),
      due: [],
      sent: [],
      rest: [],
      isOpen: true,
    };
    this.#connections[which] = connection;
    this.#bySock.set(sock, connection);
    net.watch(sock, watcher);
    if (traffic.load.model === "closed") connection.due.push(timers.nowNs);
  }

  /** Begin no more requests. Connections are reset, or stay with what is in them. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.stops++;
    if (this.#parts.traffic.onStop === "stay") {
      for (const connection of this.#connections) this.#forget(connection);
      return;
    }
    for (const connection of this.#connections) this.#drop(connection, "reset");
    this.#connections = [];
  }

  /** What was due and had not begun. */
  #forget(connection: Connection): void {
    this.failed += connection.due.length;
    connection.due = [];
  }

  notify(sock: number): void {
    this.#poll.notify(sock);
  }

  /** A request is due: `which` is -1 for open load, else the connection that has thought long enough. */
  arrive(which: number, round: number): void {
    if (!this.#running || (which < 0 && !this.#clock.isCurrent(round))) return;
    const connection = this.#connections[which >= 0 ? which : this.#next];
    if (which < 0) {
      this.#next = (this.#next + 1) % this.#connections.length;
      this.#clock.arm();
    }
    if (connection === undefined || !connection.isOpen) {
      this.failed++;
      return;
    }
    connection.due.push(this.#parts.timers.nowNs);
    this.#poll.notify(connection.sock);
  }

  #step(task: Task): Outcome {
    task.costNs += COST.syscallNs;
    const ready = this.#poll.take();
    if (ready === null) return this.#poll.sleep(task, this.#parts.index);
    const connection = this.#bySock.get(ready.sock);
    if (connection === undefined) return NEXT;
    if (this.#parts.net.isConnected(ready.sock)) {
      this.#read(connection, task);
      this.#write(connection, task);
    }
    if (this.#parts.net.isClosed(connection.sock)) this.#lose(connection);
    return NEXT;
  }

  #read(connection: Connection, task: Task): void {
    const { net, timers } = this.#parts;
    for (const slice of net.recv(connection.sock, READ_BYTES)) connection.reader.push(slice);
    for (let event = connection.reader.next(); event !== null; event = connection.reader.next()) {
      if (event.type === "fault") this.failed++;
      if (event.type !== "end") continue;
      task.costNs += COST.serviceNs;
      this.answered++;
      this.latency.add(timers.nowNs - (connection.sent.shift() ?? timers.nowNs));
      this.#think(connection);
    }
    if (net.availableBytes(connection.sock) > 0) this.#poll.notify(connection.sock);
  }

  #think(connection: Connection): void {
    const { traffic, timers, index } = this.#parts;
    if (traffic.load.model !== "closed") return;
    timers.set(
      timers.nowNs + traffic.load.thinkNs,
      TIMER.load,
      index,
      this.#connections.indexOf(connection),
    );
  }

  #write(connection: Connection, task: Task): void {
    const { net } = this.#parts;
    for (;;) {
      if (connection.rest.length === 0 && !this.#begin(connection)) return;
      const piece = connection.rest[0];
      assert(piece !== undefined, "a request that has begun has a piece left");
      const { takenBytes } = net.send(connection.sock, piece);
      task.costNs += COST.syscallNs;
      if (takenBytes < piece.length) {
        connection.rest[0] = piece.subarray(takenBytes);
        return;
      }
      connection.rest.shift();
    }
  }

  #begin(connection: Connection): boolean {
    if (connection.sent.length >= OUTSTANDING_MAX) return false;
    const dueNs = connection.due.shift();
    if (dueNs === undefined) return false;
    connection.sent.push(dueNs);
    connection.reader.sent("POST");
    connection.rest.push(...this.#request);
    this.sent++;
    return true;
  }

  /** The other side refused or ended it: what waited on it failed, and it is tried again later. */
  #lose(connection: Connection): void {
    const { timers, index } = this.#parts;
    this.#drop(connection, "fin");
    timers.set(
      timers.nowNs + RECONNECT_NS,
      TIMER.load,
      index,
      RECONNECTS - this.#connections.indexOf(connection),
    );
  }

  #drop(connection: Connection, how: "fin" | "reset"): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.failed += connection.due.length + connection.sent.length;
    connection.due = [];
    connection.sent = [];
    this.#bySock.delete(connection.sock);
    this.#poll.forget(connection.sock);
    this.#parts.net.close(connection.sock, how);
  }

  save(): ClientState {
    return {
      poll: this.#poll.save(),
      connections: this.#connections.map(({ sock, reader, due, sent, rest, isOpen }) => ({
        sock,
        reader: reader.save(),
        due: [...due],
        sent: [...sent],
        rest: [...rest],
        isOpen,
      })),
      next: this.#next,
      running: this.#running,
      counts: [this.sent, this.answered, this.failed, this.starts, this.stops, this.changes],
      latency: this.latency.save(),
      clock: this.#clock.save(),
    };
  }

  load(state: ClientState): void {
    this.#poll.load(state.poll);
    this.#bySock.clear();
    this.#connections = state.connections.map(({ sock, reader, due, sent, rest, isOpen }) => {
      const connection: Connection = {
        sock,
        reader: new HttpResponseReader(),
        due: [...due],
        sent: [...sent],
        rest: [...rest],
        isOpen,
      };
      connection.reader.load(reader);
      if (isOpen) this.#bySock.set(sock, connection);
      return connection;
    });
    this.#next = state.next;
    this.#running = state.running;
    [this.sent, this.answered, this.failed, this.starts, this.stops, this.changes] = state.counts;
    this.latency.load(state.latency);
    this.#clock.load(state.clock);
  }
}

export interface ClientState {
  readonly poll: ReturnType<Poll["save"]>;
  readonly connections: readonly {
    readonly sock: number;
    readonly reader: ReturnType<HttpResponseReader["save"]>;
    readonly due: readonly number[];
    readonly sent: readonly number[];
    readonly rest: readonly Uint8Array[];
    readonly isOpen: boolean;
  }[];
  readonly next: number;
  readonly running: boolean;
  readonly counts: readonly [number, number, number, number, number, number];
  readonly latency: Float64Array;
  readonly clock: ArrivalClockState;
}
