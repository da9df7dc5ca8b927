// The swap server: one thread that speaks NBD over as many connections as come, and answers after the time its store takes.
//
// Not modelled: the memory of the store (a server has as much as it needs).

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import { lenBytesOf } from "#wire/bytes.ts";
import { copyOfCommand, type NbdCommand, payloadBytesOf } from "#wire/nbd/command.ts";
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
import { corrupted, fateOf, pipedUntilNs, type RequestFate } from "./request-fate.ts";
import { noStrikes, type Strikes } from "./strikes.ts";

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
  /** Half of a reply is out, and no more until the fault heals. */
  isHung: boolean;
}

interface Work {
  readonly sock: number;
  readonly command: NbdCommand;
}

/** Work that the store has begun, and what will become of it. */
interface Begun extends Work {
  readonly fate: RequestFate;
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
  readonly random: Random;
}

export class SwapServer {
  readonly #parts: SwapServerParts;
  readonly exports: readonly NbdExport[];
  readonly #poll: Poll;
  #stores: PageStore[];
  readonly #connections = new Map<number, Connection>();
  #listener = -1;
  #state: StoreState;
  /** Requests the store works on, by the number their timer carries. */
  readonly #working = new Map<number, Begun>();
  #nextWork = 0;
  /** Requests the store has not begun. */
  #waiting: Work[] = [];
  /** Requests the store is done with. */
  #done: Begun[] = [];
  /** Until when the store's pipe is busy. */
  #pipeUntilNs = 0;
  requests = 0;
  answered = 0;
  /** Times something arrived while the process was stopped. */
  unheard = 0;
  readonly strikes = noStrikes();

  constructor(parts: SwapServerParts) {
    this.#parts = parts;
    this.exports = parts.exports.map(({ name, sizeBytes }) => ({
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
    const isCrash = this.#state.process === "up" && state.process !== "up";
    this.#state = state;
    if (isCrash) this.#crash();
    if (!state.hanging) this.#goOnSending();
    if (!state.stalled) this.#poll.wake();
  }

  /** Nothing in memory of the process is left, but its pages where they are said to be kept. */
  #crash(): void {
    this.strikes.crashes++;
    for (const connection of this.#connections.values()) this.#close(connection, "reset");
    this.#working.clear();
    this.#waiting = [];
    this.#done = [];
    if (this.#state.process === "data-lost")
      this.#stores = this.#parts.exports.map(() => new PageStore());
  }

  #goOnSending(): void {
    for (const connection of this.#connections.values()) {
      if (!connection.isHung) continue;
      connection.isHung = false;
      this.#flush(connection);
    }
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
      if (this.#state.refusing || this.#state.process !== "up") {
        this.strikes.refusedConnections++;
        net.close(sock, "reset");
        continue;
      }
      const session = new NbdServerSession({ exports: this.exports });
      this.#connections.set(sock, { sock, session, out: [], isHung: false });
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
      this.#close(connection, "fin");
    else if (net.availableBytes(sock) > 0) this.#poll.notify(sock);
  }

  #close({ sock }: Connection, how: "fin" | "reset"): void {
    this.#connections.delete(sock);
    this.#poll.forget(sock);
    this.#parts.net.close(sock, how);
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
      const fate = fateOf(this.#state, work.command, this.#parts.random);
      this.#working.set(number, { ...work, fate });
      const startNs = Math.max(timers.nowNs, this.#pipeUntilNs);
      this.#pipeUntilNs = pipedUntilNs(this.#state, payloadBytesOf(work.command), startNs);
      timers.set(this.#pipeUntilNs + fate.latencyNs, TIMER.requestTimeout, number);
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

  #answer({ sock, command, fate }: Begun, task: Task): void {
    const connection = this.#connections.get(sock);
    this.answered++;
    if (connection === undefined) return;
    task.costNs += COST.serviceNs;
    if (this.#state.dropping) {
      this.strikes.droppedConnections++;
      this.#close(connection, "reset");
      return;
    }
    this.#reply(connection, command, fate);
    if (this.#state.hanging && !connection.isHung) this.#hang(connection);
    else this.#flush(connection);
  }

  #reply(connection: Connection, command: NbdCommand, fate: RequestFate): void {
    const { session } = connection;
    if (fate.errno !== 0) {
      this.strikes.failedRequests++;
      session.reply(command, fate.errno);
      return;
    }
    const data = this.#perform(connection, command);
    if (fate.corrupts) this.strikes.corruptedReplies++;
    session.reply(command, 0, fate.corrupts ? corrupted(data) : data);
  }

  /** Half of what waits to be sent is sent. */
  #hang(connection: Connection): void {
    connection.out.push(...connection.session.takeOutput());
    let leftBytes = Math.floor(lenBytesOf(connection.out) / 2);
    this.strikes.cutReplies++;
    connection.isHung = true;
    for (let head = connection.out[0]; head !== undefined && leftBytes > 0; ) {
      const part = head.subarray(0, Math.min(head.length, leftBytes));
      const { takenBytes } = this.#parts.net.send(connection.sock, part);
      leftBytes = takenBytes < part.length ? 0 : leftBytes - takenBytes;
      if (takenBytes === head.length) connection.out.shift();
      else connection.out[0] = head.subarray(takenBytes);
      head = connection.out[0];
    }
  }

  /** Do what the command says; the data of a read. */
  #perform(
    { session }: Connection,
    { type, offsetBytes, lenBytes, data }: NbdCommand,
  ): readonly Uint8Array[] {
    const store = this.#stores[this.exports.findIndex(({ name }) => name === session.chosen?.name)];
    assert(store !== undefined, "a command comes from a session with an export");
    if (type === "read") return store.read(offsetBytes, lenBytes);
    if (type === "write") store.write(offsetBytes, data);
    if (type === "trim" || type === "writeZeroes") store.clear(offsetBytes, lenBytes);
    return [];
  }

  #flush(connection: Connection): void {
    connection.out.push(...connection.session.takeOutput());
    if (connection.isHung) return;
    for (let head = connection.out[0]; head !== undefined; head = connection.out[0]) {
      const { takenBytes } = this.#parts.net.send(connection.sock, head);
      if (takenBytes < head.length) {
        connection.out[0] = head.subarray(takenBytes);
        return;
      }
      connection.out.shift();
    }
  }

  /** What another server of this host has stored is there: its store is a disk. */
  keepStores(before: SwapServer): void {
    this.#stores.forEach((store, i) => {
      const kept = before.#stores[i];
      if (kept !== undefined) store.load(kept.save());
    });
  }

  save(): SwapServerState {
    const copies = <T extends Work>(works: readonly T[]): T[] =>
      works.map((work) => ({ ...work, command: copyOfCommand(work.command) }));
    return {
      poll: this.#poll.save(),
      stores: this.#stores.map((store) => store.save()),
      connections: [...this.#connections.values()].map(({ sock, session, out, isHung }) => ({
        sock,
        session: session.save(),
        out: [...out],
        isHung,
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
      strikes: { ...this.strikes },
      pipeUntilNs: this.#pipeUntilNs,
      random: this.#parts.random.save(),
    };
  }

  load(state: SwapServerState): void {
    this.#poll.load(state.poll);
    state.stores.forEach((store, i) => {
      this.#stores[i]?.load(store);
    });
    this.#connections.clear();
    for (const { sock, session, out, isHung } of state.connections) {
      const connection: Connection = {
        sock,
        session: new NbdServerSession({ exports: this.exports }),
        out: [...out],
        isHung,
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
    Object.assign(this.strikes, state.strikes);
    this.#pipeUntilNs = state.pipeUntilNs;
    this.#parts.random.load(state.random);
  }
}

export interface SwapServerState {
  readonly poll: ReturnType<Poll["save"]>;
  readonly stores: readonly PageStoreState[];
  readonly connections: readonly {
    readonly sock: number;
    readonly session: ReturnType<NbdServerSession["save"]>;
    readonly out: readonly Uint8Array[];
    readonly isHung: boolean;
  }[];
  readonly listener: number;
  readonly state: StoreState;
  /** Numbers of what the store works on, and the requests themselves. */
  readonly working: readonly number[];
  readonly works: readonly Begun[];
  readonly nextWork: number;
  readonly waiting: readonly Work[];
  readonly done: readonly Begun[];
  readonly requests: number;
  readonly answered: number;
  readonly unheard: number;
  readonly strikes: Strikes;
  readonly pipeUntilNs: number;
  readonly random: readonly [number, number];
}
