// Load of datagrams on a service of another machine. Open load sends what is due and forgets it; closed load waits for the
// answer of each flow, and when none comes within a second counts the request as failed and sends the next.
//
// Not modelled: retransmission by the program, pacing by answers, ICMP errors.

import { assert } from "#base/assert.ts";
import { Histogram } from "#base/histogram.ts";
import { fromS } from "#base/units.ts";
import { COST } from "../costs.ts";
import { NEXT, type Outcome } from "../sched/program.ts";
import type { Frame, Task } from "../sched/task.ts";
import { TIMER } from "../sched/timers.ts";
import { ArrivalClock, type ArrivalClockState } from "./arrival-clock.ts";
import { type ClientParts, RECONNECTS } from "./client.ts";
import { numberIn, requestOf } from "./datagram.ts";
import { Poll } from "./poll.ts";

/** Where clients bind: the first ephemeral port of Linux (ip_local_port_range), a thousand for each load. */
const PORTS = 32_768;
const PORTS_PER_LOAD = 1000;
/** How long an answer is waited for, in ns: the first time-out of a resolver or an RPC over UDP. */
const PATIENCE_NS = fromS(1);
/** Requests of one flow without an answer that are remembered. */
const OUTSTANDING_MAX = 1000;

interface Flow {
  readonly sock: number;
  /** Requests that are due and not sent, by when they were due. */
  due: number[];
  /** Requests sent and not answered: number and due time. */
  sent: (readonly [number, number])[];
}

export class DatagramClient {
  readonly #parts: ClientParts;
  readonly #poll: Poll;
  #flows: Flow[] = [];
  readonly #clock: ArrivalClock;
  #next = 0;
  #number = 0;
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
    assert(parts.traffic.connections <= PORTS_PER_LOAD, "a load has a port for each flow");
    parts.programs.add(`task.datagramClient.${parts.index}`, {
      step: (_frame: Frame, task: Task) => this.#step(task),
    });
  }

  get name(): string {
    return this.#parts.traffic.id;
  }

  get isRunning(): boolean {
    return this.#running;
  }

  boot(): void {
    const { sched, index } = this.#parts;
    sched.spawn(this.name, 0, { type: `task.datagramClient.${index}` });
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.starts++;
    const { traffic, net, index, watcher } = this.#parts;
    for (let i = 0; i < traffic.connections; i++) {
      const sock = net.bindDatagrams(PORTS + index * PORTS_PER_LOAD + i);
      net.watch(sock, watcher);
      if (traffic.isCritical) net.setMemalloc(sock, "on");
      this.#flows[i] = { sock, due: [], sent: [] };
      if (traffic.load.model === "closed") this.#become(i);
    }
    this.#clock.start();
    if (traffic.isCritical) net.stack.orderEmergency(1);
  }

  /** Another rate from now on; null: its own again. Closed load has none. */
  changeRate(ratePerSec: number | null): void {
    this.#clock.changeRate(ratePerSec);
    if (!this.#running || this.#parts.traffic.load.model === "closed") return;
    this.changes++;
    this.#clock.arm();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.stops++;
    for (const { sock, due, sent } of this.#flows) {
      this.failed += due.length + sent.length;
      this.#poll.forget(sock);
      this.#parts.net.close(sock, "reset");
    }
    this.#flows = [];
    if (this.#parts.traffic.isCritical) this.#parts.net.stack.orderEmergency(-1);
  }

  notify(sock: number): void {
    this.#poll.notify(sock);
  }

  /** A request is due: `which` is -1 for open load, else the flow that has thought long enough. */
  arrive(which: number, round: number): void {
    if (!this.#running || (which < 0 && !this.#clock.isCurrent(round))) return;
    const flow = which >= 0 ? which : this.#next;
    if (which < 0) {
      this.#next = (this.#next + 1) % this.#flows.length;
      this.#clock.arm();
    }
    this.#become(flow);
  }

  /** Closed load: a second is over since flow `which` sent something. */
  reconnect(which: number): void {
    const flow = this.#flows[which];
    const oldest = flow?.sent[0];
    if (!this.#running || flow === undefined || oldest === undefined) return;
    if (this.#parts.timers.nowNs - oldest[1] < PATIENCE_NS) return;
    flow.sent = [];
    this.failed++;
    this.#become(which);
  }

  #become(which: number): void {
    const flow = this.#flows[which];
    if (flow === undefined) return;
    flow.due.push(this.#parts.timers.nowNs);
    this.#poll.notify(flow.sock);
  }

  #step(task: Task): Outcome {
    task.costNs += COST.syscallNs;
    const ready = this.#poll.take();
    if (ready === null) return this.#poll.sleep(task, this.#parts.index);
    const which = this.#flows.findIndex(({ sock }) => sock === ready.sock);
    const flow = this.#flows[which];
    if (flow === undefined) return NEXT;
    this.#receive(flow, which, task);
    this.#send(flow, which, task);
    return NEXT;
  }

  #receive(flow: Flow, which: number, task: Task): void {
    const { net, timers, traffic, index } = this.#parts;
    for (let got = net.takeDatagram(flow.sock); got !== null; got = net.takeDatagram(flow.sock)) {
      task.costNs += COST.syscallNs + net.takeCostNs();
      const number = numberIn(got.bytes);
      const at = flow.sent.findIndex(([sent]) => sent === number);
      const [, dueNs] = flow.sent[at] ?? [0, -1];
      if (dueNs < 0) continue;
      flow.sent.splice(at, 1);
      this.answered++;
      this.latency.add(timers.nowNs - dueNs);
      if (traffic.load.model === "closed")
        timers.set(timers.nowNs + traffic.load.thinkNs, TIMER.load, index, which);
    }
  }

  #send(flow: Flow, which: number, task: Task): void {
    const { net, timers, traffic, index } = this.#parts;
    const to = { peer: traffic.to.machine, port: traffic.to.port };
    for (const dueNs of flow.due.splice(0)) {
      const number = this.#number++;
      const isSent = net.sendDatagram(flow.sock, to, requestOf(number, traffic.payloadBytes));
      task.costNs += COST.syscallNs + net.takeCostNs();
      this.sent++;
      if (!isSent) this.failed++;
      flow.sent.push([number, dueNs]);
      if (flow.sent.length > OUTSTANDING_MAX) {
        flow.sent.shift();
        this.failed++;
      }
      if (traffic.load.model === "closed")
        timers.set(timers.nowNs + PATIENCE_NS, TIMER.load, index, RECONNECTS - which);
    }
  }

  save(): DatagramClientState {
    return {
      poll: this.#poll.save(),
      flows: this.#flows.map(({ sock, due, sent }) => ({ sock, due: [...due], sent: [...sent] })),
      numbers: [this.#next, this.#number],
      running: this.#running,
      counts: [this.sent, this.answered, this.failed, this.starts, this.stops, this.changes],
      latency: this.latency.save(),
      clock: this.#clock.save(),
    };
  }

  load(state: DatagramClientState): void {
    this.#poll.load(state.poll);
    this.#flows = state.flows.map(({ sock, due, sent }) => ({
      sock,
      due: [...due],
      sent: [...sent],
    }));
    [this.#next, this.#number] = state.numbers;
    this.#running = state.running;
    [this.sent, this.answered, this.failed, this.starts, this.stops, this.changes] = state.counts;
    this.latency.load(state.latency);
    this.#clock.load(state.clock);
  }
}

export interface DatagramClientState {
  readonly poll: ReturnType<Poll["save"]>;
  readonly flows: readonly {
    readonly sock: number;
    readonly due: readonly number[];
    readonly sent: readonly (readonly [number, number])[];
  }[];
  readonly numbers: readonly [number, number];
  readonly running: boolean;
  readonly counts: readonly [number, number, number, number, number, number];
  readonly latency: Float64Array;
  readonly clock: ArrivalClockState;
}
