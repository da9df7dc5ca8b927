// The swap server: one thread that speaks NBD over as many connections as come, and answers after the time its store takes.
//
// Not modelled: the memory of the store (a server has as much as it needs), partial failure of the store.

import { assert } from "#base/assert.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { copyOfCommand, type NbdCommand } from "#wire/nbd/command.ts";
import { NBD_MAX_PAYLOAD_BYTES_DEFAULT } from "#wire/nbd/constants.ts";
import type { NbdExport } from "#wire/nbd/export.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { COST } from "../costs.ts";
import type { StoreState } from "../events.ts";
import type { Sockets } from "../net/sockets.ts";
import { NEXT, type Outcome, type Programs } from "../sched/program.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Frame, Task } from "../sched/task.ts";
import { TIMER, type Timers } from "../sched/timers.ts";
import type { Trace } from "../trace.ts";
import { PageStore, type PageStoreState } from "./page-store.ts";
import { Poll } from "./poll.ts";

/** Bytes read from a socket at a time: one large request. */
const READ_BYTES = 262_144;
/** Where an NBD server listens (IANA). */
export const NBD_PORT = 10_809;

interface SwapServerFrame extends Frame {
  readonly type: "task.swapServer";
}

interface Connection {
  readonly sock: number;
  readonly session: NbdServerSession;
  out: Uint8Array[];
}

interface Work {
  readonly sock: number;
  readonly command: NbdCommand;
}

export interface SwapServerParts {
  readonly sched: Scheduler;
  readonly timers: Timers;
  readonly trace: Trace;
  readonly net: Sockets;
  readonly programs: Programs;
  readonly watcher: number;
  readonly exports: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly queueDepth: number;
  readonly store: StoreState;
}

export class SwapServer {
  readonly #parts: SwapServerParts;
  readonly #exports: readonly NbdExport[];
  readonly #poll: Poll;
  readonly #stores: PageStore[];
  readonly #connections = new Map<number, Connection>();
  #listener = -1;
  #state: StoreState;
  /** Requests the store works on, by the number their timer carries. */
  readonly #working = new Map<number, Work>();
  #nextWork = 0;
  /** Requests the store has not begun. */
  #waiting: Work[] = [];
  /** Requests the store is done with. */
  #done: Work[] = [];
  requests = 0;
  answered = 0;
  /** Times something arrived while the process was stopped. */
  unheard = 0;

  constructor(parts: SwapServerParts) {
    this.#parts = parts;
    this.#exports = parts.exports.map(({ name, sizeBytes }) => ({
      name,
      sizeBytes,
      readOnly: false,
      minBlockBytes: 1,
      preferredBlockBytes: PAGE_BYTES,
      maxPayloadBytes: NBD_MAX_PAYLOAD_BYTES_DEFAULT,
    }));
    this.#stores = parts.exports.map(() => new PageStore());
    this.#poll = new Poll(parts.sched);
    this.#state = parts.store;
    parts.programs.add("task.swapServer", {
      step: (_frame: SwapServerFrame, task: Task) => this.#step(task),
    });
    parts.timers.on(TIMER.requestTimeout, (work) => this.#finish(work));
  }

  /** Requests received and not answered. */
  get queueLength(): number {
    return this.requests - this.answered;
  }

  get isStalled(): boolean {
    return this.#state.stalled;
  }

  start(): void {
    this.#parts.sched.spawn("nbd-server", 0, { type: "task.swapServer" });
    this.#listener = this.#parts.net.listen(NBD_PORT);
    this.#parts.net.watch(this.#listener, this.#parts.watcher);
  }

  notify(sock: number): void {
    if (this.#state.stalled) this.unheard++;
    this.#poll.notify(sock);
  }

  /** A fault begins or heals. A stopped process keeps what it has and goes on from there. */
  change(state: StoreState): void {
    this.#state = state;
    if (!state.stalled) this.#poll.wake();
  }

  #step(task: Task): Outcome {
    task.costNs += COST.syscallNs;
    if (this.#state.stalled) return this.#poll.sleep(task, -1);
    const done = this.#done.shift();
    if (done !== undefined) {
      this.#answer(done, task);
      return NEXT;
    }
    const ready = this.#poll.take();
    if (ready === null) return this.#poll.sleep(task, this.#listener);
    if (ready.sock === this.#listener) this.#accept();
    else this.#serve(ready.sock, task);
    return NEXT;
  }

  #accept(): void {
    const { net, watcher } = this.#parts;
    for (let sock = net.accept(this.#listener); sock !== null; sock = net.accept(this.#listener)) {
      const session = new NbdServerSession({ exports: this.#exports });
      this.#connections.set(sock, { sock, session, out: [] });
      net.watch(sock, watcher);
      this.#poll.notify(sock);
    }
  }

  #serve(sock: number, task: Task): void {
    const connection = this.#connections.get(sock);
    if (connection === undefined) return;
    const { net } = this.#parts;
    for (const slice of net.recv(sock, READ_BYTES)) {
      task.costNs += Math.floor((COST.copyPageNs * slice.length) / PAGE_BYTES);
      connection.session.receive(slice);
    }
    for (const command of connection.session.takeCommands()) this.#take({ sock, command });
    this.#flush(connection);
    if (net.isClosed(sock) || (connection.session.ended !== null && connection.out.length === 0))
      this.#close(connection);
    else if (net.availableBytes(sock) > 0) this.#poll.notify(sock);
  }

  #close({ sock }: Connection): void {
    this.#connections.delete(sock);
    this.#poll.forget(sock);
    this.#parts.net.close(sock, "fin");
  }

  #take(work: Work): void {
    this.requests++;
    this.#waiting.push(work);
    this.#begin();
  }

  #begin(): void {
    const { timers } = this.#parts;
    while (this.#working.size < this.#parts.queueDepth) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      const number = this.#nextWork++;
      this.#working.set(number, work);
      timers.set(timers.nowNs + this.#state.latencyNs, TIMER.requestTimeout, number);
    }
  }

  #finish(number: number): void {
    const work = this.#working.get(number);
    if (work === undefined) return;
    this.#working.delete(number);
    this.#done.push(work);
    this.#begin();
    this.#poll.wake();
  }

  #answer({ sock, command }: Work, task: Task): void {
    const connection = this.#connections.get(sock);
    this.answered++;
    if (connection === undefined) return;
    task.costNs += COST.serviceNs;
    const { session } = connection;
    session.reply(command, 0, this.#perform(connection, command));
    this.#flush(connection);
  }

  /** Do what the command says; the data of a read. */
  #perform(
    { session }: Connection,
    { type, offsetBytes, lenBytes, data }: NbdCommand,
  ): readonly Uint8Array[] {
    const store =
      this.#stores[this.#exports.findIndex(({ name }) => name === session.chosen?.name)];
    assert(store !== undefined, "a command comes from a session with an export");
    if (type === "read") return store.read(offsetBytes, lenBytes);
    if (type === "write") store.write(offsetBytes, data);
    if (type === "trim" || type === "writeZeroes") store.clear(offsetBytes, lenBytes);
    return [];
  }

  #flush(connection: Connection): void {
    connection.out.push(...connection.session.takeOutput());
    for (let head = connection.out[0]; head !== undefined; head = connection.out[0]) {
      const { takenBytes } = this.#parts.net.send(connection.sock, head);
      if (takenBytes < head.length) {
        connection.out[0] = head.subarray(takenBytes);
        return;
      }
      connection.out.shift();
    }
  }

  save(): SwapServerState {
    const copies = (works: readonly Work[]): Work[] =>
      works.map(({ sock, command }) => ({ sock, command: copyOfCommand(command) }));
    return {
      poll: this.#poll.save(),
      stores: this.#stores.map((store) => store.save()),
      connections: [...this.#connections.values()].map(({ sock, session, out }) => ({
        sock,
        session: session.save(),
        out: [...out],
      })),
      listener: this.#listener,
      state: this.#state,
      working: [...this.#working.keys()],
      works: copies([...this.#working.values()]),
      nextWork: this.#nextWork,
      waiting: copies(this.#waiting),
      done: copies(this.#done),
      requests: this.requests,
      answered: this.answered,
      unheard: this.unheard,
    };
  }

  load(state: SwapServerState): void {
    this.#poll.load(state.poll);
    state.stores.forEach((store, i) => {
      this.#stores[i]?.load(store);
    });
    this.#connections.clear();
    for (const { sock, session, out } of state.connections) {
      const connection: Connection = {
        sock,
        session: new NbdServerSession({ exports: this.#exports }),
        out: [...out],
      };
      connection.session.load(session);
      this.#connections.set(sock, connection);
    }
    this.#listener = state.listener;
    this.#state = state.state;
    this.#working.clear();
    state.works.forEach((work, i) => {
      this.#working.set(state.working[i] ?? 0, work);
    });
    this.#nextWork = state.nextWork;
    this.#waiting = [...state.waiting];
    this.#done = [...state.done];
    this.requests = state.requests;
    this.answered = state.answered;
    this.unheard = state.unheard;
  }
}

export interface SwapServerState {
  readonly poll: ReturnType<Poll["save"]>;
  readonly stores: readonly PageStoreState[];
  readonly connections: readonly {
    readonly sock: number;
    readonly session: ReturnType<NbdServerSession["save"]>;
    readonly out: readonly Uint8Array[];
  }[];
  readonly listener: number;
  readonly state: StoreState;
  /** Numbers of what the store works on, and the requests themselves. */
  readonly working: readonly number[];
  readonly works: readonly Work[];
  readonly nextWork: number;
  readonly waiting: readonly Work[];
  readonly done: readonly Work[];
  readonly requests: number;
  readonly answered: number;
  readonly unheard: number;
}
