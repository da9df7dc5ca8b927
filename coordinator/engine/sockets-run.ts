// One run of a scenario on real sockets: a process for each host, the same timeline and the same judge as in virtual time.
//
// The run's clock is this host's, slowed down as the nodes' are. It begins when every node has begun; nodes boot within a
// message of each other. Each says how it is at every beat of its clock; once all have, the run is looked at. What the judge
// would find in the machines themselves is fetched before it is asked for.

import { setTimeout as sleep } from "node:timers/promises";
import { deserialize } from "node:v8";
import { UnwedgeError } from "#base/error.ts";
import {
  doubted,
  Interpreter,
  type ResolvedScenario,
  type RunResult,
} from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { OpenFault } from "#faults/index.ts";
import type { Machine, MachineEvent, MachineState } from "#kernel/index.ts";
import { machineOf } from "#ports/machine-of.ts";
import { tcpPortsOf } from "#ports/ports-of.ts";
import { Injection } from "#sim/index.ts";
import type { HostAddress } from "#wire/control/command.ts";
import { type Lateness, LatenessTally } from "#wire/telemetry/lateness.ts";
import type { WrittenSample } from "#wire/telemetry/written-sample.ts";
import type { NodeChannel } from "../../nodes/forked/index.ts";
import { FleetObservation } from "./fleet-observation.ts";
import { Gathering } from "./gathering.ts";
import {
  LATE_BUDGET_NS,
  latenessReasons,
  machineBudgetNs,
  type Punctuality,
  punctualityOf,
} from "./lateness.ts";
import { NodeLink } from "./node-link.ts";
import { LentChannel, REHEARSAL_MS } from "./rehearsal.ts";
import { SampleLog, type SampleRow } from "./sample-log.ts";
import { SampledFleet } from "./sampled-fleet.ts";

/** Looks are as far apart as this, in machine time, however close the scenario wants its samples: 20 a second. */
const SAMPLE_EVERY_NS = 50_000_000;

export interface ForeignHost {
  readonly host: string;
  readonly address: string;
  /** Where it listens; null: it only calls. */
  readonly port: number | null;
}

export interface SocketsRunOptions {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  /** Host time per machine time, at least 1. */
  readonly slowdown: number;
  /** LATE_BUDGET_NS where nothing is said. */
  readonly lateBudgetNs?: number;
  /** How long the nodes run before, in ms of the host; REHEARSAL_MS where nothing is said, never with a foreign host, who would take it for the run. */
  readonly rehearsalMs?: number;
  readonly foreign: readonly ForeignHost[];
  /** A node for a host of that name. */
  readonly nodeFor: (host: string) => NodeChannel;
  /** What the machine of a host binds to; an address of its own on loopback where nothing is said. */
  readonly addressFor?: (host: string) => string;
}

export class SocketsRun {
  readonly interpreter: Interpreter;
  readonly fleet: SampledFleet;
  readonly #options: SocketsRunOptions;
  readonly #lateBudgetNs: number;
  readonly #channels: ReadonlyMap<string, NodeChannel>;
  readonly #links: readonly NodeLink[];
  readonly #gathering: Gathering<WrittenSample>;
  readonly #observation: FleetObservation;
  readonly #injection: Injection;
  readonly #log = new SampleLog();
  readonly #told: Promise<unknown>[] = [];
  readonly #lateness = new Map<string, Lateness>();
  readonly #ownLateness: LatenessTally;
  /** States that are on their way to somebody who wants to look, by host. */
  readonly #looks = new Map<string, Promise<Machine>>();
  #addresses: readonly HostAddress[] = [];
  /** The host's time when the machines began; null: they boot. */
  #zero: bigint | null = null;
  /** Why the run cannot be judged as it should be: a node is gone. */
  #broken: string | null = null;

  constructor(options: SocketsRunOptions) {
    const { scenario, seed, foreign, nodeFor } = options;
    this.#options = options;
    this.interpreter = new Interpreter(scenario, seed);
    this.#lateBudgetNs = options.lateBudgetNs ?? LATE_BUDGET_NS;
    this.#ownLateness = new LatenessTally(this.#lateBudgetNs);
    this.fleet = new SampledFleet((host, event) => this.#tell(host, event));
    const names = scenario.cluster.hosts
      .map(({ name }) => name)
      .filter((name) => !foreign.some(({ host }) => host === name));
    this.#gathering = new Gathering(names);
    this.#channels = new Map(names.map((name) => [name, nodeFor(name)]));
    this.#links = [...this.#channels].map(([name, channel]) => this.#linkTo(name, channel));
    this.#observation = new FleetObservation(this.fleet);
    this.#injection = new Injection(this.fleet, scenario.cluster);
  }

  get isJudged(): boolean {
    return this.interpreter.stage === "judged";
  }

  /** Why it ended before it was judged; null: it did not. */
  get broken(): string | null {
    return this.#broken;
  }

  /** Where every host's ports really are. */
  get addresses(): readonly HostAddress[] {
    return this.#addresses;
  }

  /** Of each machine, as it said last, and of the run's looks at them. */
  get punctuality(): readonly Punctuality[] {
    return punctualityOf(this.#lateness, {
      run: this.#ownLateness.counts,
      lateBudgetNs: this.#lateBudgetNs,
    });
  }

  /** Who was later than the budget, in a sentence; null: nobody. */
  get tooLate(): string | null {
    const reasons = latenessReasons(this.punctuality);
    return reasons.length === 0 ? null : reasons.join("; ");
  }

  get isBooting(): boolean {
    return this.#zero === null;
  }

  /** The run's time, in ns of the machines. */
  get nowNs(): number {
    if (this.#zero === null) return 0;
    return Math.floor(Number(process.hrtime.bigint() - this.#zero) / this.#options.slowdown);
  }

  /** What the nodes said, once a second. */
  get samples(): readonly SampleRow[] {
    return this.#log.rows;
  }

  get certificate(): Certificate | null {
    return this.#observation.certificate();
  }

  /** Builds every machine, connects them, lets them boot. */
  async start(): Promise<void> {
    const { foreign, scenario, rehearsalMs = REHEARSAL_MS } = this.#options;
    if (rehearsalMs > 0 && foreign.length === 0) await this.#rehearse(rehearsalMs);
    const own = await Promise.all(this.#links.map((link, i) => this.#prepare(link, i)));
    const others = foreign.map((host) => addressOf(host, scenario));
    this.#addresses = [...own, ...others];
    await this.#all((link) => link.ask({ type: "connect", addresses: this.#addresses }, "done"));
    // What was said of a rehearsal is of no round of this run.
    this.#gathering.renew();
    await this.#all((link) => link.go(SAMPLE_EVERY_NS));
    this.#zero = process.hrtime.bigint();
  }

  /** How long until it has something to do, in ms of the host; the next word of a node may be later. */
  get waitMs(): number {
    const atNs = this.interpreter.nextAtNs();
    return Math.max(0, ((atNs - this.nowNs) * this.#options.slowdown) / 1e6);
  }

  /** Looks at the cluster once all have said something new, and does what the timeline wants. A node that is gone ends the run. */
  async step(): Promise<void> {
    try {
      await this.#observe();
    } catch (error) {
      if (!(error instanceof UnwedgeError)) throw error;
      this.#broken = error.message;
    }
  }

  /** Steps as they come due, until it is judged or broken, or `isEnough` says so. */
  async turn(isEnough: () => boolean): Promise<void> {
    while (!this.isJudged && this.#broken === null && !isEnough()) {
      await sleep(this.waitMs);
      await this.step();
    }
  }

  /** A fault by hand, at once, as a step of the timeline would open it. Gives its instant. */
  async open(fault: OpenFault): Promise<number> {
    const { nowNs } = this;
    this.interpreter.open(fault, this.#observation, nowNs);
    await this.#act();
    return nowNs;
  }

  async heal(id: string): Promise<number> {
    const { nowNs } = this;
    this.interpreter.heal(id, this.#observation, nowNs);
    await this.#act();
    return nowNs;
  }

  /** What it came to, with every reason to doubt it. */
  result(): RunResult {
    return doubted(this.interpreter.result(), latenessReasons(this.punctuality));
  }

  /** Every machine as it is now, to be looked at; without those of nodes that are gone. */
  machines(): Promise<readonly Machine[]> {
    const alive = this.#links.filter(({ gone }) => gone === null);
    return Promise.all(alive.map((link) => this.#fetch(link)));
  }

  /**
   * One of them to be looked at, or null where there is none of that name. Its whole state crosses the network: who asks
   * while it is on its way is shown the same.
   */
  machine(host: string): Promise<Machine | null> {
    const link = this.#links.find(({ name, gone }) => name === host && gone === null);
    if (link === undefined) return Promise.resolve(null);
    const onItsWay = this.#looks.get(host);
    if (onItsWay !== undefined) return onItsWay;
    const look = this.#fetch(link).finally(() => this.#looks.delete(host));
    this.#looks.set(host, look);
    return look;
  }

  /** Nothing of it is left when this resolves. May be called twice. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#told);
    await Promise.all(this.#links.map((link) => link.close()));
  }

  async #rehearse(hostMs: number): Promise<void> {
    const endMs = performance.now() + hostMs;
    const rehearsal = new SocketsRun({
      ...this.#options,
      slowdown: 1,
      rehearsalMs: 0,
      nodeFor: (host) => this.#lend(host),
    });
    await rehearsal.start();
    await rehearsal.turn(() => performance.now() >= endMs);
    rehearsal.#abandon();
  }

  #lend(host: string): NodeChannel {
    const channel = this.#channels.get(host);
    if (channel === undefined) throw new UnwedgeError("internal", `no node for ${host}`);
    return new LentChannel(channel);
  }

  /** Its nodes go on to something else. */
  #abandon(): void {
    for (const link of this.#links) link.abandon();
  }

  #linkTo(name: string, channel: NodeChannel): NodeLink {
    return new NodeLink(name, channel, {
      sample: (sample) => this.#gathering.hear(name, sample),
      gone: (error) => this.#gathering.fail(error),
    });
  }

  async #prepare(link: NodeLink, index: number): Promise<HostAddress> {
    const { scenario, seed, slowdown, foreign } = this.#options;
    const { addressFor = () => loopback(index) } = this.#options;
    const { address } = await link.ask(
      {
        type: "prepare",
        cluster: scenario.cluster,
        host: link.name,
        seed,
        foreign: foreign.map(({ host }) => host),
        address: addressFor(link.name),
        ports: [],
        slowdown,
        lateBudgetNs: machineBudgetNs(this.#lateBudgetNs),
      },
      "prepared",
    );
    return address;
  }

  async #observe(): Promise<void> {
    const picture = await this.#gathering.round();
    for (const [host, sample] of picture) {
      this.fleet.take(host, sample);
      // As of what was looked at: who is late once the run has been judged is late for nothing.
      this.#lateness.set(host, sample.lateness);
    }
    const { nowNs } = this;
    this.#ownLateness.note(nowNs - this.#dueNs([...picture.values()]));
    if (this.interpreter.asksForProof(this.#observation, nowNs))
      this.#observation.take(await this.machines(), nowNs);
    this.#log.note(this.fleet, nowNs);
    this.interpreter.observe(this.#observation, nowNs);
    await this.#act();
  }

  /**
   * When what is looked at now should have been: a beat after the first of them said how it is. It has gone on since, and would
   * be taken for silent. What the timeline wanted before that is late besides.
   */
  #dueNs(picture: readonly WrittenSample[]): number {
    const saidNs = Math.min(...picture.map(({ atNs }) => atNs));
    return Math.min(saidNs + SAMPLE_EVERY_NS, this.interpreter.plannedAtNs());
  }

  async #act(): Promise<void> {
    for (const action of this.interpreter.takeActions()) this.#injection.perform(action);
    if (this.#told.length === 0) return;
    await Promise.all(this.#told.splice(0));
    // Who is healed, and whose load has stopped, is not judged by what it said before.
    this.#gathering.renew();
  }

  #tell(host: string, event: MachineEvent): void {
    const link = this.#links.find(({ name }) => name === host);
    if (link !== undefined) this.#told.push(link.ask({ type: "tell", events: [event] }, "done"));
  }

  async #fetch(link: NodeLink): Promise<Machine> {
    const { scenario, seed, foreign } = this.#options;
    const { cluster } = scenario;
    const host = cluster.hosts.find(({ name }) => name === link.name);
    if (host === undefined) throw new UnwedgeError("internal", `no host ${link.name}`);
    const { bytes } = await link.ask({ type: "save" }, "state");
    const machine = machineOf({
      host,
      cluster,
      seed,
      foreign: new Set(foreign.map(({ host: name }) => name)),
    });
    const state: unknown = deserialize(bytes);
    if (!isMachineState(state)) throw new UnwedgeError("internal", `state of ${link.name}`);
    machine.load(state);
    return machine;
  }

  async #all(act: (link: NodeLink) => Promise<unknown>): Promise<void> {
    await Promise.all(this.#links.map(act));
  }
}

/** Each host has an address of its own, by which the others know who calls. */
const loopback = (index: number): string => `127.0.0.${index + 2}`;

/** Its one port stands for whatever the emulated hosts would call. */
function addressOf({ host, address, port }: ForeignHost, scenario: ResolvedScenario): HostAddress {
  const spec = scenario.cluster.hosts.find(({ name }) => name === host);
  const tcp =
    port === null || spec === undefined ? [] : tcpPortsOf(spec).map((own) => [own, port] as const);
  return { host, address, isForeign: true, tcp, udp: [], signalPort: null };
}

/** Its inside is what Machine.save() gave, and checked by what is loaded. */
const isMachineState = (value: unknown): value is MachineState =>
  typeof value === "object" && value !== null && "timers" in value && "memory" in value;
