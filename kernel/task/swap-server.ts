// The swap server: one thread that speaks NBD over as many connections as come, and answers after the time its store takes.
//
// A host that is nothing else has as much memory as its store needs, which is not modelled; on a machine it is a program among
// others, with memory of its own (served-memory.ts).

import type { Random } from "#base/random.ts";
import { PAGE_BYTES } from "#base/units.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import { NBD_EIO, NBD_PORT } from "#wire/nbd/constants.ts";
import type { NbdExport } from "#wire/nbd/export.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { COST } from "../costs.ts";
import type { StoreState } from "../events.ts";
import type { Sockets } from "../net/sockets.ts";
import { answer, NEXT, type Outcome, type Programs } from "../sched/program.ts";
import type { Scheduler } from "../sched/scheduler.ts";
import type { Task } from "../sched/task.ts";
import type { Timers } from "../sched/timers.ts";
import type { Trace } from "../trace.ts";
import { ExportStores, type OfferedExport } from "./export-stores.ts";
import { Mirror, type MirrorState } from "./mirror.ts";
import type { PageStoreState } from "./page-store.ts";
import { Poll } from "./poll.ts";
import { type Connection, ReplyOutlet } from "./reply-outlet.ts";
import { corrupted, type RequestFate } from "./request-fate.ts";
import type { ServedMemory, SwapServerFrame } from "./served-memory.ts";
import { type Begun, copiesOf, StoreQueue, type StoreQueueState } from "./store-queue.ts";
import { noStrikes, type Strikes } from "./strikes.ts";
import { TakeOver, type TakeOverState } from "./take-over.ts";

/** Bytes read from a socket at a time: one large request. */
const READ_BYTES = 262_144;

export interface SwapServerParts {
  readonly sched: Scheduler;
  readonly timers: Timers;
  readonly trace: Trace;
  readonly net: Sockets;
  readonly programs: Programs;
  readonly watcher: number;
  readonly exports: readonly OfferedExport[];
  readonly queueDepth: number;
  /** Server that has each page too before a write is answered; null: none. */
  readonly mirror: string | null;
  readonly store: StoreState;
  readonly random: Random;
  /** Where it keeps its pages; null: it has as much as it needs. */
  readonly memory: ServedMemory | null;
}

export class SwapServer {
  readonly #parts: SwapServerParts;
  readonly #stores: ExportStores;
  readonly #poll: Poll;
  readonly #connections = new Map<number, Connection>();
  #listener = -1;
  /** Of a server that has exports of another's: where it is told to take over. */
  readonly #orders: TakeOver | null;
  /** Hosts that are not served any more. */
  readonly #fenced = new Set<string>();
  #state: StoreState;
  readonly #queue: StoreQueue;
  readonly #mirror: Mirror<Begun> | null;
  requests = 0;
  answered = 0;
  /** What the process had to do when it was stopped, and each time something arrived while it was: requests without an answer. */
  unheard = 0;
  readonly strikes = noStrikes();
  readonly #outlet: ReplyOutlet;

  constructor(parts: SwapServerParts) {
    this.#parts = parts;
    this.#stores = new ExportStores(parts.exports);
    this.#poll = new Poll(parts.sched);
    this.#outlet = new ReplyOutlet(parts.net, this.strikes);
    this.#mirror =
      parts.mirror === null
        ? null
        : new Mirror(
            parts,
            parts.mirror,
            parts.exports.map(({ name }) => name),
          );
    this.#orders = parts.exports.some(({ isStandby }) => isStandby) ? new TakeOver(parts) : null;
    this.#state = parts.store;
    this.#queue = new StoreQueue(
      parts,
      () => this.#state,
      () => this.#poll.wake(),
    );
    parts.programs.add("task.swapServer", {
      step: (frame: SwapServerFrame, task: Task) => this.#step(frame, task),
    });
  }

  /** Where it listens. */
  readonly port = NBD_PORT;

  /** As sessions are told of them. */
  get exports(): readonly NbdExport[] {
    return this.#stores.exports;
  }

  /** Requests received and not answered. */
  get queueLength(): number {
    return this.requests - this.answered;
  }

  get isStalled(): boolean {
    return this.#state.stalled;
  }

  start(): void {
    const { sched, memory } = this.#parts;
    const frame: SwapServerFrame = {
      ...{ type: "task.swapServer", at: "serve", index: 0, endPage: 0, work: null },
    };
    memory?.start(frame);
    sched.spawn("nbd-server", 0, frame).spaceId = memory?.spaceId ?? -1;
    this.#listener = this.#parts.net.listen(NBD_PORT);
    this.#parts.net.watch(this.#listener, this.#parts.watcher);
    this.#mirror?.connect();
    this.#orders?.listen();
  }

  notify(sock: number): void {
    if (this.#state.stalled) this.unheard++;
    this.#poll.notify(sock);
  }

  /** A fault begins or heals. A stopped process keeps what it has and goes on from there. */
  change(state: StoreState): void {
    const isCrash = this.#state.process === "up" && state.process !== "up";
    if (state.stalled && !this.#state.stalled)
      this.unheard += this.queueLength + this.#poll.readyCount;
    this.#state = state;
    if (isCrash) this.#crash();
    if (!state.hanging) this.#goOnSending();
    if (!state.stalled) this.#poll.wake();
  }

  /** Nothing in memory of the process is left, but its pages where they are said to be kept. */
  #crash(): void {
    this.strikes.crashes++;
    for (const connection of this.#connections.values()) this.#close(connection, "reset");
    this.#queue.clear();
    this.#mirror?.forget();
    if (this.#state.process === "data-lost") this.#stores.empty();
  }

  #goOnSending(): void {
    for (const connection of this.#connections.values()) {
      if (!connection.isHung) continue;
      connection.isHung = false;
      this.#outlet.flush(connection);
    }
  }

  #step(frame: SwapServerFrame, task: Task): Outcome {
    task.costNs += COST.syscallNs;
    if (this.#state.stalled) return this.#poll.sleep(task, -1);
    const waits = this.#remember(frame, task);
    if (waits !== null) return waits;
    const done = this.#queue.takeDone();
    if (done !== undefined) {
      this.#begin(frame, task, done);
      return NEXT;
    }
    const ready = this.#poll.take();
    if (ready === null) return this.#poll.sleep(task, this.#listener);
    if (ready.sock === this.#listener) this.#accept();
    else if (ready.sock === this.#orders?.sock) this.#takeOver(this.#orders.hear(task));
    else if (this.#mirror?.has(ready.sock) === true) this.#serveMirror(this.#mirror, ready.sock);
    else this.#serve(ready.sock, task);
    return NEXT;
  }

  /** What its own memory has it wait for, or do first; null: nothing. */
  #remember(frame: SwapServerFrame, task: Task): Outcome | null {
    const { memory } = this.#parts;
    if (memory === null) return null;
    if (memory.hasEnded(frame, task)) {
      this.change({ ...this.#state, process: "data-lost" });
      this.#parts.net.stopListening(this.#listener);
      memory.free();
      return answer(task, 0);
    }
    if (frame.at === "touch") return this.#touch(frame, task, memory);
    if (frame.at === "granted") {
      memory.wake(frame, task);
      for (const connection of this.#starved()) this.#outlet.flush(connection);
    }
    return this.#starved().length > 0 ? memory.sleepForPage(frame, task) : null;
  }

  #touch(frame: SwapServerFrame, task: Task, memory: ServedMemory): Outcome {
    const touched = memory.touch(frame, task);
    if (touched !== null) return touched;
    const { work } = frame;
    frame.at = "serve";
    frame.work = null;
    if (work !== null) this.#answer(work, task);
    return NEXT;
  }

  /** Its pages first, where they are of this program's memory. */
  #begin(frame: SwapServerFrame, task: Task, work: Begun): void {
    const { memory } = this.#parts;
    const connection = this.#connections.get(work.sock);
    if (memory === null || connection === undefined) this.#answer(work, task);
    else memory.begin(frame, task, { exportIndex: this.#stores.indexOf(connection.session), work });
  }

  #starved(): readonly Connection[] {
    return [...this.#connections.values()].filter(({ isStarved }) => isStarved);
  }

  #accept(): void {
    const { net, watcher, memory } = this.#parts;
    for (let sock = net.accept(this.#listener); sock !== null; sock = net.accept(this.#listener)) {
      const isFenced = this.#fenced.has(net.peerOf(sock));
      if (this.#state.refusing || this.#state.process !== "up" || isFenced) {
        this.strikes.refusedConnections++;
        net.close(sock, "reset");
        continue;
      }
      const session = new NbdServerSession({ exports: this.#stores.exports });
      this.#connections.set(sock, { sock, session, out: [], isHung: false, isStarved: false });
      net.watch(sock, watcher);
      if (memory?.isCritical === true) net.setMemalloc(sock, "on");
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
    for (const command of connection.session.takeCommands()) {
      this.requests++;
      this.#queue.take({ sock, command });
    }
    this.#outlet.flush(connection);
    if (net.isClosed(sock) || (connection.session.ended !== null && connection.out.length === 0))
      this.#close(connection, "fin");
    else if (net.availableBytes(sock) > 0) this.#poll.notify(sock);
  }

  /** Told to take over from another: what that one still has to say is worth nothing here. */
  #takeOver(servers: readonly string[]): void {
    for (const server of servers) this.fence(server);
  }

  /** Serve that host no longer: its connections are closed, and none is taken any more. */
  fence(peer: string): void {
    if (this.#fenced.has(peer)) return;
    this.#fenced.add(peer);
    for (const connection of [...this.#connections.values()])
      if (this.#parts.net.peerOf(connection.sock) === peer) this.#close(connection, "reset");
  }

  #close({ sock }: Connection, how: "fin" | "reset"): void {
    this.#connections.delete(sock);
    this.#poll.forget(sock);
    this.#parts.net.close(sock, how);
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
    const isMirrored = this.#mirror !== null && command.type === "write" && fate.errno === 0;
    if (!isMirrored) this.#send(connection, command, fate);
    else if (!this.#write(connection, { sock, command, fate }))
      this.#send(connection, command, { ...fate, errno: NBD_EIO });
  }

  #send(connection: Connection, command: NbdCommand, fate: RequestFate): void {
    this.#reply(connection, command, fate);
    if (this.#state.hanging && !connection.isHung) this.#outlet.hang(connection);
    else this.#outlet.flush(connection);
  }

  /** Of what is kept twice: it is answered when the mirror has it. */
  #write({ session }: Connection, work: Begun): boolean {
    return this.#mirror?.write(this.#stores.indexOf(session), work) === true;
  }

  #serveMirror(mirror: Mirror<Begun>, sock: number): void {
    for (const { work, errno } of mirror.serve(sock)) {
      const connection = this.#connections.get(work.sock);
      if (connection === undefined) continue;
      this.#send(connection, work.command, errno === 0 ? work.fate : { ...work.fate, errno });
    }
  }

  #reply(connection: Connection, command: NbdCommand, fate: RequestFate): void {
    const { session } = connection;
    const errno = this.#stores.isLost(session, command) ? NBD_EIO : fate.errno;
    if (errno !== 0) {
      this.strikes.failedRequests++;
      session.reply(command, errno);
      return;
    }
    const data = this.#stores.perform(session, command);
    if (fate.corrupts) this.strikes.corruptedReplies++;
    session.reply(command, 0, fate.corrupts ? corrupted(data) : data);
  }

  /** What another server of this host has stored is there, if its store was a disk. */
  keepStores(before: SwapServer): void {
    if (this.#parts.memory !== null) return;
    this.#stores.load(before.#stores.save());
  }

  save(): SwapServerState {
    return {
      poll: this.#poll.save(),
      stores: this.#stores.save(),
      connections: [...this.#connections.values()].map(({ session, out, ...flags }) => ({
        ...flags,
        session: session.save(),
        out: [...out],
      })),
      listener: this.#listener,
      orders: this.#orders?.save() ?? null,
      fenced: [...this.#fenced],
      state: this.#state,
      queue: this.#queue.save(),
      mirror: this.#mirror?.save(copiesOf) ?? null,
      requests: this.requests,
      answered: this.answered,
      unheard: this.unheard,
      strikes: { ...this.strikes },
    };
  }

  load(state: SwapServerState): void {
    this.#poll.load(state.poll);
    this.#stores.load(state.stores);
    this.#connections.clear();
    for (const { session, out, ...flags } of state.connections) {
      const own = new NbdServerSession({ exports: this.#stores.exports });
      own.load(session);
      this.#connections.set(flags.sock, { ...flags, session: own, out: [...out] });
    }
    this.#listener = state.listener;
    if (state.orders !== null) this.#orders?.load(state.orders);
    for (const peer of state.fenced) this.#fenced.add(peer);
    this.#state = state.state;
    this.#queue.load(state.queue);
    if (state.mirror !== null) this.#mirror?.load(state.mirror);
    this.requests = state.requests;
    this.answered = state.answered;
    this.unheard = state.unheard;
    Object.assign(this.strikes, state.strikes);
  }
}

export interface SwapServerState {
  readonly poll: ReturnType<Poll["save"]>;
  readonly stores: readonly PageStoreState[];
  readonly connections: readonly (Omit<Connection, "session"> & {
    readonly session: ReturnType<NbdServerSession["save"]>;
  })[];
  readonly listener: number;
  readonly orders: TakeOverState | null;
  readonly fenced: readonly string[];
  readonly state: StoreState;
  readonly queue: StoreQueueState;
  readonly mirror: MirrorState<Begun> | null;
  readonly requests: number;
  readonly answered: number;
  readonly unheard: number;
  readonly strikes: Strikes;
}
