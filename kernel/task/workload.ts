// Everything a host runs that is not its kernel: programs, load on others, the swap server; by name, with what they got done.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import type { Storage } from "../block/storage.ts";
import type { Hog, StoreState } from "../events.ts";
import type { Memory } from "../mm/memory.ts";
import type { Sockets } from "../net/sockets.ts";
import type { Programs } from "../sched/program.ts";
import { TIMER } from "../sched/timers.ts";
import type { HostSpec, StoreSpec } from "../spec.ts";
import { STORE_STATE_DEFAULTS } from "../spec-defaults.ts";
import { storeOf } from "../spec-hosts.ts";
import type { TaskSpec } from "../task-spec.ts";
import type { TrafficSpec } from "../traffic-spec.ts";
import { Agent, type AgentState } from "./agent.ts";
import { AnonPrograms, type AnonState } from "./anon.ts";
import { type ArrivalSource, loadOf } from "./arrival-clock.ts";
import { Client, type ClientState, RECONNECTS } from "./client.ts";
import { DatagramClient, type DatagramClientState } from "./datagram-client.ts";
import { DatagramServices, type DatagramServicesState } from "./datagram-service.ts";
import type { OfferedExport } from "./export-stores.ts";
import { FilePrograms, type FileTasksState } from "./file-tasks.ts";
import { Intruders } from "./intruders.ts";
import { Manager, type ManagerState } from "./manager.ts";
import { Member, type MemberState } from "./member.ts";
import { MpiPrograms, type MpiState } from "./mpi.ts";
import { Relay, type RelayState } from "./relay.ts";
import { ServedMemory } from "./served-memory.ts";
import { ServicePrograms, type ServiceState } from "./service.ts";
import type { TaskStats } from "./stats.ts";
import { SwapServer, type SwapServerState } from "./swap-server.ts";

/** Makes the arrivals of an open load from its own stream of randomness. */
export type ArrivalsOf = (traffic: TrafficSpec, random: Random) => ArrivalSource;

export interface WorkloadParts {
  readonly spec: HostSpec;
  readonly memory: Memory;
  readonly net: Sockets;
  readonly storage: Storage;
  readonly programs: Programs;
  readonly exports: readonly OfferedExport[];
  readonly arrivalsOf: ArrivalsOf;
}

/** Numbers that sockets carry to say whose they are: services from 0, those of datagrams from 500, clients from 1000. */
const DATAGRAM_WATCHERS = 500;
const CLIENT_WATCHERS = 1000;
const SWAP_SERVER_WATCHER = 2000;
const AGENT_WATCHER = 2001;
const MANAGER_WATCHER = 2002;
const MEMBER_WATCHER = 2003;
/** What a timer of class TIMER.load means other than that a request is due. */
const LOAD_STARTS = -2;
const LOAD_STOPS = -3;
/** Timers of class TIMER.load that start a task: its number below zero. */
const taskTimer = (index: number): number => -1 - index;

export class Workload {
  readonly #parts: WorkloadParts;
  readonly #anon: AnonPrograms;
  readonly #services: ServicePrograms;
  readonly #datagrams: DatagramServices;
  readonly #files: FilePrograms;
  readonly #mpi: MpiPrograms;
  readonly intruders: Intruders;
  readonly clients: readonly (Client | DatagramClient)[];
  readonly swapServer: SwapServer | null;
  readonly agent: Agent;
  readonly manager: Manager | null;
  readonly member: Member | null;
  readonly relay: Relay | null;
  readonly #tasks: readonly TaskSpec[];
  /** What each task got done, in the order they were started; null before. */
  readonly #stats: (TaskStats | null)[];
  /** Order in which tasks and intruders were started, tasks by their index in the spec: loading starts them again in this order. */
  readonly #started: (number | Intruder)[] = [];

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
    const { spec, memory, net, programs } = parts;
    this.#anon = new AnonPrograms(memory, programs);
    this.#services = new ServicePrograms(memory, net, programs);
    this.#datagrams = new DatagramServices(memory, net, programs, DATAGRAM_WATCHERS);
    this.#files = new FilePrograms(memory, parts.storage, programs);
    this.#mpi = new MpiPrograms(memory, programs);
    this.intruders = new Intruders(memory, this.#anon);
    this.#tasks = spec.role === "machine" ? spec.tasks : [];
    this.#stats = this.#tasks.map(() => null);
    const traffic = spec.role === "machine" || spec.role === "client" ? spec.traffic : [];
    this.clients = traffic.map((load, index) => this.#client(load, index));
    const store = storeOf(spec);
    this.swapServer = store === null ? null : this.#server(store);
    this.agent = new Agent({ ...parts, watcher: AGENT_WATCHER });
    const failover = spec.role === "manager" ? spec.failover : null;
    this.manager =
      failover === null
        ? null
        : new Manager({ ...parts, sched: memory.parts.sched, watcher: MANAGER_WATCHER, failover });
    this.member = this.#memberOf(spec);
    this.relay = this.#relayOf(spec);
    memory.parts.timers.on(TIMER.load, (which, connection) => this.#due(which, connection));
    net.onReady = (watcher, sock) => this.#notify(watcher, sock);
  }

  boot(): void {
    this.swapServer?.start();
    this.manager?.boot();
    this.member?.start();
    this.relay?.start();
    for (const client of this.clients) client.boot();
    this.#scheduleLoads();
  }

  /** Start every program that starts by itself, now or when its time comes. */
  startTasks(): void {
    const { nowNs, parts } = this.#parts.memory;
    this.#tasks.forEach(({ startNs }, index) => {
      if (startNs === null) return;
      if (startNs <= nowNs) this.#startTask(index);
      else parts.timers.set(startNs, TIMER.load, taskTimer(index));
    });
  }

  /** Loads that start by themselves, and stop by themselves. */
  #scheduleLoads(): void {
    const { spec, memory } = this.#parts;
    const traffic = spec.role === "machine" || spec.role === "client" ? spec.traffic : [];
    traffic.forEach(({ startNs, forNs }, index) => {
      if (startNs === null) return;
      memory.parts.timers.set(startNs, TIMER.load, index, LOAD_STARTS);
      if (forNs !== null) memory.parts.timers.set(startNs + forNs, TIMER.load, index, LOAD_STOPS);
    });
  }

  /** Start or stop a load, or start a task, by its name. */
  order(name: string, action: "start" | "stop"): void {
    const client = this.clients.find((each) => each.name === name);
    this.#parts.memory.parts.trace.event(
      "load.change",
      this.#parts.memory.nowNs,
      action === "start" ? 1 : 0,
    );
    if (client !== undefined) {
      if (action === "start") client.start();
      else client.stop();
      return;
    }
    const index = this.#tasks.findIndex((task) => task.name === name);
    assert(index >= 0, "an order names a load or a task of this host");
    if (action === "start") this.#startTask(index);
  }

  /** Another rate for an open load; null: its own again. */
  changeRate(name: string, ratePerSec: number | null): void {
    const client = this.clients.find((each) => each.name === name);
    assert(client !== undefined, "a rate is that of a load of this host");
    const { nowNs, parts } = this.#parts.memory;
    parts.trace.event("load.change", nowNs, 2, ratePerSec ?? -1);
    client.changeRate(ratePerSec);
  }

  /** A hog beside the workload; null: it is killed. */
  changeHog(id: string, hog: Hog | null): void {
    const { nowNs, parts } = this.#parts.memory;
    parts.trace.event("hog.change", nowNs, hog?.pages ?? 0);
    if (hog === null) this.intruders.kill(id);
    else this.#startIntruder({ id, hog });
  }

  changeStore(state: StoreState): void {
    assert(this.swapServer !== null, "only a swap server has a store");
    this.#parts.memory.parts.trace.event(
      "store.change",
      this.#parts.memory.nowNs,
      state.latencyNs,
      state.stalled ? 1 : 0,
    );
    this.swapServer.change(state);
  }

  /** What each task that was started has got done. */
  stats(): readonly TaskStats[] {
    return this.#stats.filter((stats) => stats !== null);
  }

  /** Programs that will start by themselves and have not yet: while swap is being connected, or before their time. */
  awaited(): readonly { readonly name: string; readonly isEndless: boolean }[] {
    return this.#tasks
      .filter(
        ({ kind, startNs }, index) =>
          kind !== "agent" && startNs !== null && this.#stats[index] === null,
      )
      .map((task) => ({ name: task.name, isEndless: isEndless(task) }));
  }

  /** Sockets of a service, for the report of who holds which packets. */
  socketsOf(service: string): readonly number[] {
    return [...this.#services.socketsOf(service), ...this.#datagrams.socketsOf(service)];
  }

  #startTask(index: number): void {
    const task = this.#tasks[index];
    if (task === undefined || this.#stats[index] !== null) return;
    this.#started.push(index);
    switch (task.kind) {
      case "anon":
        this.#stats[index] = this.#anon.start(task);
        return;
      case "service":
        this.#stats[index] = (task.protocol === "udp" ? this.#datagrams : this.#services).start(
          task,
        );
        return;
      case "file-reader":
      case "file-writer":
        this.#stats[index] = this.#files.start(task);
        return;
      case "mpi":
        this.#stats[index] = this.#mpi.start(task);
        return;
      case "agent":
        // What it gets done is no program's progress.
        this.agent.start(task);
        return;
    }
  }

  #startIntruder(intruder: Intruder): void {
    this.#started.push(intruder);
    this.intruders.start(intruder.id, intruder.hog);
  }

  #client(traffic: TrafficSpec, index: number): Client | DatagramClient {
    const { memory, net, programs, arrivalsOf } = this.#parts;
    const { sched, timers, trace } = memory.parts;
    const random = memory.random.fork(`traffic:${traffic.id}`);
    const arrivals = traffic.load.model === "open" ? arrivalsOf(traffic, random) : null;
    const parts = {
      sched,
      timers,
      trace,
      net,
      programs,
      watcher: CLIENT_WATCHERS + index,
      traffic,
      index,
      arrivals,
    };
    return traffic.protocol === "udp" ? new DatagramClient(parts) : new Client(parts);
  }

  #memberOf(spec: HostSpec): Member | null {
    const member = "member" in spec ? spec.member : null;
    if (member === null) return null;
    const { name } = spec;
    const { swapServer } = this;
    return new Member({ ...this.#parts, watcher: MEMBER_WATCHER, name, member, swapServer });
  }

  #relayOf(spec: HostSpec): Relay | null {
    const [swap] = spec.role === "machine" ? spec.swap : [];
    if (swap === undefined || swap.relay === null) return null;
    return new Relay({ ...this.#parts, server: swap.server, relay: swap.relay });
  }

  #server(store: StoreSpec): SwapServer {
    const { spec, memory, net, programs, exports } = this.#parts;
    const serves = spec.role === "machine" ? spec.serves : null;
    const { sched, timers, trace } = memory.parts;
    return new SwapServer({
      sched,
      timers,
      trace,
      net,
      programs,
      watcher: SWAP_SERVER_WATCHER,
      exports,
      queueDepth: store.queueDepth,
      mirror: spec.role === "swap-server" ? spec.mirror : null,
      memory: serves === null ? null : new ServedMemory(memory, serves, exports),
      random: memory.random.fork("swap-server"),
      store: { ...STORE_STATE_DEFAULTS, latencyNs: store.latencyNs },
    });
  }

  #due(which: number, connection: number): void {
    const [index, round] = loadOf(which);
    const client = this.clients[index];
    if (which < 0) this.#startTask(-1 - which);
    else if (connection === LOAD_STARTS) client?.start();
    else if (connection === LOAD_STOPS) client?.stop();
    else if (connection <= RECONNECTS) client?.reconnect(RECONNECTS - connection);
    else client?.arrive(connection, round);
  }

  #notify(watcher: number, sock: number): void {
    if (watcher === SWAP_SERVER_WATCHER) this.swapServer?.notify(sock);
    else if (watcher === AGENT_WATCHER) this.agent.notify();
    else if (watcher === MANAGER_WATCHER) this.manager?.notify();
    else if (watcher === MEMBER_WATCHER) this.member?.notify();
    else if (watcher >= CLIENT_WATCHERS) this.clients[watcher - CLIENT_WATCHERS]?.notify(sock);
    else if (watcher >= DATAGRAM_WATCHERS) this.#datagrams.notify(watcher, sock);
    else this.#services.notify(watcher, sock);
  }

  save(): WorkloadState {
    return {
      started: [...this.#started],
      intruders: this.intruders.save(),
      stats: this.#stats.map((stats) => stats?.save() ?? null),
      anon: this.#anon.save(),
      services: this.#services.save(),
      datagrams: this.#datagrams.save(),
      files: this.#files.save(),
      mpi: this.#mpi.save(),
      clients: this.clients.map((client) =>
        client instanceof Client
          ? { protocol: "http", state: client.save() }
          : { protocol: "udp", state: client.save() },
      ),
      swapServer: this.swapServer?.save() ?? null,
      agent: this.agent.save(),
      manager: this.manager?.save() ?? null,
      member: this.member?.save() ?? null,
      relay: this.relay?.save() ?? null,
    };
  }

  /**
   * Start again, in the same order, what had been started, in a machine that has not booted. Afterwards the rest of the
   * machine is loaded over what this did to it: its tasks, its timers, the sockets that listen.
   */
  startAgain(state: WorkloadState): void {
    this.member?.start();
    this.relay?.start();
    for (const started of state.started) {
      if (typeof started === "number") this.#startTask(started);
      else this.#startIntruder(started);
    }
  }

  load(state: WorkloadState): void {
    state.stats.forEach((stats, i) => {
      if (stats !== null) this.#stats[i]?.load(stats);
    });
    this.intruders.load(state.intruders);
    this.#anon.load(state.anon);
    this.#services.load(state.services);
    this.#datagrams.load(state.datagrams);
    this.#files.load(state.files);
    this.#mpi.load(state.mpi);
    state.clients.forEach((saved, i) => {
      const client = this.clients[i];
      if (saved.protocol === "http" && client instanceof Client) client.load(saved.state);
      if (saved.protocol === "udp" && client instanceof DatagramClient) client.load(saved.state);
    });
    if (state.swapServer !== null) this.swapServer?.load(state.swapServer);
    this.agent.load(state.agent);
    if (state.manager !== null) this.manager?.load(state.manager);
    if (state.member !== null) this.member?.load(state.member);
    if (state.relay !== null) this.relay?.load(state.relay);
  }
}

interface Intruder {
  readonly id: string;
  readonly hog: Hog;
}

export interface WorkloadState {
  readonly started: readonly (number | Intruder)[];
  readonly intruders: ReturnType<Intruders["save"]>;
  readonly stats: readonly (ReturnType<TaskStats["save"]> | null)[];
  readonly anon: AnonState;
  readonly services: ServiceState;
  readonly datagrams: DatagramServicesState;
  readonly files: FileTasksState;
  readonly mpi: MpiState;
  readonly clients: readonly (
    | { readonly protocol: "http"; readonly state: ClientState }
    | { readonly protocol: "udp"; readonly state: DatagramClientState }
  )[];
  readonly swapServer: SwapServerState | null;
  readonly agent: AgentState;
  readonly manager: ManagerState | null;
  readonly member: MemberState | null;
  readonly relay: RelayState | null;
}

function isEndless(task: TaskSpec): boolean {
  if (task.kind === "service" || task.kind === "agent") return true;
  return (task.kind === "mpi" ? task.steps : task.loops) === null;
}
