// The engine of a coordinator: runs a run to its verdict, shows its machines meanwhile and after, holds faults under leases.
//
// A fault by hand is one more step of the run's timeline. It is open until it is healed, its lease ends, or the run is judged,
// which heals all; a coordinator that ends takes its run with it, so nothing is left that a fault could still be open on.

import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { UnwedgeError } from "#base/error.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { certificateText } from "#explain/index.ts";
import { type Lease, LeaseBook, type OpenFault, targetText } from "#faults/index.ts";
import { dmesg, isProcName, type Machine, procText } from "#kernel/index.ts";
import { titleOf } from "#sim/index.ts";
import type { JudgedSample } from "#wire/telemetry/sample.ts";
import type { Publisher } from "../../nodes/telemetry/publisher.ts";
import { Problem } from "../api/problem.ts";
import type { Engine, Screen } from "../engine-port.ts";
import { openFaultOf, placeOf } from "../fleet/fault-wish.ts";
import type { FaultWish, Fleet, FleetNode, HeldFault } from "../fleet/fleet.ts";
import { matchAgents } from "../plane/matching.ts";
import type { History } from "../runs/history.ts";
import { inconclusive, type RunRecord, SLOWDOWN_MAX } from "../runs/record.ts";
import type { ScenarioShelf } from "../runs/scenarios.ts";
import { flatValues } from "./flat-values.ts";
import type { LiveRun } from "./live-run.ts";
import type { Lack, LiveKind, Site } from "./site.ts";

export interface LiveEngineParts {
  readonly history: History;
  readonly shelf: ScenarioShelf;
  readonly publisher: Publisher;
  readonly screen: Screen;
  readonly site: Site;
  readonly log: Logger;
  readonly nowMs: () => number;
}

/** As a terminal of the usual width shows it. */
const CERTIFICATE = { columns: 100, linesMax: 12 } as const;
const NS_PER_MS = 1e6;
/** How long a run whose turn it is waits for nodes that are missing: three leases of an agent. */
const MISSING_MS_MAX = 30_000;
const LOOK_FOR_NODES_MS = 50;
const WAITING = { role: "agent", state: "connected", run: null, values: {} } as const;

export class LiveEngine implements Engine {
  readonly #parts: LiveEngineParts;
  #run: { readonly id: string; readonly live: LiveRun } | null = null;
  #machines: readonly Machine[] = [];
  /** The run whose machines were looked at last. */
  #seen: Pick<LiveRun, "samples"> | null = null;
  #state: FleetNode["state"] = "ended";
  #sinceMs = 0;
  #lastRun: string | null = null;
  #wishes = new Map<string, FaultWish & { readonly openedAtMs: number }>();
  #leases = new LeaseBook();
  #nextFault = 1;
  /** What this host has been able to keep up with so far. */
  #slowdown = 1;

  constructor(parts: LiveEngineParts) {
    this.#parts = parts;
  }

  get kind(): LiveKind {
    return this.#parts.site.kind;
  }

  lacks(scenario: ResolvedScenario, foreign: readonly string[]): Lack | null {
    return this.#parts.site.lacks(scenario, foreign);
  }

  missing(): readonly string[] {
    return this.#parts.site.missing();
  }

  lostWrites(): number {
    return this.#parts.publisher.dropped + this.#parts.site.lostWrites();
  }

  async close(): Promise<void> {
    await this.#run?.live.close();
    this.#parts.site.close();
  }

  async execute(id: string, signal: AbortSignal): Promise<void> {
    const { history, log, nowMs } = this.#parts;
    const record = history.get(id);
    if (record === null) return;
    try {
      await this.#execute(record, signal);
    } catch (error) {
      if (!(error instanceof UnwedgeError)) log.error({ err: error, run: id }, "a run failed");
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.screen.ends(null);
      this.#end(inconclusive(history.get(id) ?? record, why, nowMs()), "lost");
    } finally {
      await this.#leave();
      this.#parts.screen.faultsEnd();
    }
  }

  readonly fleet: Fleet = {
    nodes: () => this.#nodes(),
    proc: async (node, view) => {
      if (view !== "pressure" && !isProcName(view)) throw new Problem(404, `${view}: no such view`);
      return procText(await this.#machine(node), view);
    },
    dmesg: async (node, hungTaskTimeoutS) => {
      const machine = await this.#machine(node);
      const nowNs = this.#run?.live.nowNs ?? machine.nowNs;
      return dmesg(machine, { nowNs, hungTaskTimeoutS });
    },
    faults: () => this.#leases.leases.map((lease) => this.#held(lease)),
    addFault: (wish) => this.#addFault(wish),
    renewFault: (id, leaseMs) => this.#renewFault(id, leaseMs),
    healFault: async (id) => {
      const [lease] = this.#leases.heal(id);
      if (lease === undefined) throw new Problem(404, `${id}: no such fault is open`);
      await this.#healed(lease, "by hand");
    },
    healAll: async () => {
      const leases = this.#leases.heal(null);
      for (const lease of leases) await this.#healed(lease, "by hand");
      return leases.length;
    },
  };

  async #execute(queued: RunRecord, signal: AbortSignal): Promise<void> {
    const { history, shelf, site, screen, nowMs } = this.#parts;
    const { id, request } = queued;
    const { foreign } = request;
    const scenario = shelf.resolve(request);
    await this.#awaitNodes(id, () => site.lacks(scenario, foreign), signal);
    const seed = request.seed ?? scenario.seed;
    const { variant } = scenario;
    const lostBefore = this.lostWrites();
    for (;;) {
      const slowdown = request.slowdown ?? this.#slowdown;
      const live = site.makeRun({ scenario, seed, slowdown, foreign });
      this.#begin(id, live);
      const begun = { variant, seed, engine: site.kind, slowdown };
      history.put({ ...queued, ...begun, state: "running", startedAtMs: nowMs() });
      history.add(id, { type: "started", ...begun });
      const { policy, set: settings } = request;
      screen.begins(id, titleOf(scenario, { seed, policy, settings }));
      const mayBeSlower = request.slowdown === null && slowdown < SLOWDOWN_MAX;
      await this.#drive(id, live, { signal, mayBeSlower });
      const { tooLate } = live;
      if (!mayBeSlower || tooLate === null || signal.aborted) break;
      // What it has done so far says nothing of the machines; the next run need not find that out again.
      this.#slowdown = slowdown * 2;
      history.add(id, { type: "again", slowdown: this.#slowdown, why: tooLate });
      await this.#leave();
    }
    await this.#conclude(id, signal, this.lostWrites() - lostBefore);
  }

  /** Who is missing may be on the way: a node that was lost comes back, a coordinator that was restarted is found again. */
  async #awaitNodes(id: string, lacks: () => Lack | null, signal: AbortSignal): Promise<void> {
    const { history, nowMs } = this.#parts;
    const untilMs = nowMs() + MISSING_MS_MAX;
    for (let isTold = false; ; isTold = true) {
      const lack = lacks();
      if (lack === null) return;
      if (signal.aborted || nowMs() >= untilMs)
        throw new UnwedgeError("unavailable", `${lack.sentence}: it was not begun`);
      if (!isTold) history.add(id, { type: "waits", why: lack.sentence });
      await rest(LOOK_FOR_NODES_MS, signal);
    }
  }

  #begin(id: string, live: LiveRun): void {
    this.#run = { id, live };
    this.#lastRun = id;
    this.#setState("connected");
  }

  /** To its verdict, or to where it cannot go on; with `mayBeSlower` also to where the host is found too slow for it. */
  async #drive(
    id: string,
    live: LiveRun,
    { signal, mayBeSlower }: { readonly signal: AbortSignal; readonly mayBeSlower: boolean },
  ): Promise<void> {
    await live.start();
    while (!live.isJudged && live.broken === null && !signal.aborted) {
      await rest(live.waitMs, signal);
      await this.#expire(live);
      // The clock is the run's, and it may stand still.
      if (live.waitMs > 0) continue;
      await live.step();
      this.#noteHealed(id, live);
      this.#look(id, live);
      if (mayBeSlower && live.tooLate !== null) return;
    }
  }

  /** Nothing of the run that goes on is left, and no fault is open. */
  async #leave(): Promise<void> {
    await this.#run?.live.close();
    this.#run = null;
    this.#wishes.clear();
    this.#leases = new LeaseBook();
  }

  /** Publishes what the machines are like, and tells of a phase that has begun. */
  #look(id: string, live: LiveRun): void {
    const { history, publisher, site, screen } = this.#parts;
    screen.shows(live.takeFrames(), live.closure);
    this.#seen = live;
    if (!site.publishesSamples)
      for (const [host, text] of live.texts()) publisher.sample(host, text);
    const record = history.get(id);
    const phase = live.stage === "running" ? live.phase : live.stage;
    if (record === null || record.phase === phase) return;
    history.put({ ...record, phase });
    history.add(id, { type: "phase", phase, atNs: live.nowNs });
    publisher.event("coordinator", { run: id, type: "phase", phase });
  }

  async #conclude(id: string, signal: AbortSignal, lost: number): Promise<void> {
    const { history, nowMs, screen } = this.#parts;
    const live = this.#run?.live;
    if (live === undefined) return;
    this.#machines = await live.machines().catch(() => []);
    const found = history.get(id);
    if (found === null) return;
    const record = lost === 0 ? found : { ...found, why: [...found.why, lostText(lost)] };
    if (!live.isJudged) {
      screen.ends(null);
      const why = live.broken ?? `ended before its verdict: ${String(signal.reason)}`;
      this.#end(inconclusive(record, why, nowMs()), live.broken === null ? "ended" : "lost");
      return;
    }
    const result = live.result();
    const end = live.filmEnd();
    screen.ends(end);
    const { certificate } = live;
    const isWedged = result.verdict === "wedged" && certificate !== null;
    const told = isWedged ? certificateText(certificate, CERTIFICATE) : [];
    // Of what was expected the certificate says enough.
    const reasons = result.status === "pass" ? [] : result.why.filter((why) => why !== "");
    const isTouched = history.events(id).some(({ type }) => type === "fault");
    const touched = isTouched
      ? ["faults were opened by hand: not the run that its scenario describes"]
      : [];
    const ended: RunRecord = {
      ...record,
      state: "ended",
      endedAtMs: nowMs(),
      verdict: result.verdict,
      certainty: result.certainty,
      status: result.status,
      why: [...record.why, ...touched, ...reasons, ...told],
      report: { result, certificate, simNs: live.nowNs, digest: end.digest },
    };
    this.#end(ended, "ended");
  }

  #end(record: RunRecord, state: FleetNode["state"]): void {
    const { history, publisher } = this.#parts;
    this.#setState(state);
    const { verdict, status, why } = record;
    history.put(record);
    history.add(record.id, { type: "ended", verdict, status, why });
    publisher.event("coordinator", { run: record.id, type: "ended", verdict });
  }

  #setState(state: FleetNode["state"]): void {
    this.#state = state;
    this.#sinceMs = this.#parts.nowMs();
  }

  /** Of the last look; after a run, as it ended. */
  #samples(): readonly JudgedSample[] {
    return this.#seen?.samples() ?? [];
  }

  #nodes(): FleetNode[] {
    const agents = this.#parts.site.nodes();
    const samples = this.#samples();
    const hosts = samples.map(({ host }) => host);
    const played = matchAgents(hosts, agents?.map(({ name }) => name) ?? []);
    const ofAgent = this.#run === null ? "ended" : "connected";
    const stateOf = (host: string): FleetNode["state"] => {
      if (agents === null) return this.#state;
      return played.has(host) ? ofAgent : "lost";
    };
    const machines = samples.map((sample) => ({
      name: sample.host,
      role: sample.role,
      state: stateOf(sample.host),
      sinceMs: this.#sinceMs,
      run: this.#lastRun,
      values: flatValues(sample),
    }));
    // A node that has had no machine yet is one all the same.
    const busy = new Set(played.values());
    const others = (agents ?? []).filter(({ name }) => !busy.has(name));
    return [...machines, ...others.map(({ name, sinceMs }) => ({ name, sinceMs, ...WAITING }))];
  }

  async #machine(node: string): Promise<Machine> {
    const last = this.#machines.find(({ spec }) => spec.name === node) ?? null;
    const machine = this.#run === null ? last : await this.#run.live.machine(node);
    if (machine === null) throw new Problem(404, `${node}: no machine of that name to look at`);
    return machine;
  }

  async #addFault(wish: FaultWish): Promise<HeldFault> {
    const run = this.#run;
    if (run === null)
      throw new Problem(409, "no run goes on: there is nothing that a fault could strike");
    if (run.live.stage === "booting")
      throw new Problem(409, "the machines of the run boot: ask again when it has begun");
    if (run.live.stage !== "running")
      throw new Problem(409, "the run is being judged, after all faults: ask for another run");
    const id = `f${this.#nextFault++}`;
    const fault = openFaultOf(wish, id, placeOf(this.#samples()));
    const openedAtMs = this.#parts.nowMs();
    const untilNs = (openedAtMs + wish.leaseMs) * NS_PER_MS;
    const lease = { fault, openedNs: openedAtMs * NS_PER_MS, untilNs, countBefore: 0 };
    this.#leases.open(lease);
    this.#wishes.set(id, { ...wish, openedAtMs });
    const atNs = await run.live.open(fault);
    this.#tell(run.id, "fault", fault, { args: wish.args, atNs });
    return this.#held(lease);
  }

  #renewFault(id: string, leaseMs: number): Promise<HeldFault> {
    const nowNs = this.#parts.nowMs() * NS_PER_MS;
    if (!this.#leases.renew(id, nowNs, leaseMs * NS_PER_MS))
      throw new Problem(404, `${id}: no such fault is open`);
    const lease = this.#leases.leases.find(({ fault }) => fault.id === id);
    if (lease === undefined) throw new Problem(404, `${id}: no such fault is open`);
    return Promise.resolve(this.#held(lease));
  }

  async #expire(live: LiveRun): Promise<void> {
    if (live !== this.#run?.live) return;
    for (const lease of this.#leases.expire(this.#parts.nowMs() * NS_PER_MS))
      await this.#healed(lease, "its lease ended");
  }

  async #healed({ fault }: Lease, why: string): Promise<void> {
    this.#wishes.delete(fault.id);
    const run = this.#run;
    if (run === null) return;
    const atNs = await run.live.heal(fault.id);
    this.#tell(run.id, "healed", fault, { why, atNs });
  }

  /** The run has settled, and all faults with it: at no instant that anybody chose. */
  #noteHealed(run: string, live: LiveRun): void {
    for (const { fault } of [...this.#leases.leases]) {
      if (live.isOpen(fault.id)) continue;
      this.#leases.heal(fault.id);
      this.#wishes.delete(fault.id);
      this.#tell(run, "healed", fault, { why: "the run is judged" });
    }
  }

  #tell(
    run: string,
    type: "fault" | "healed",
    { id, name, target }: OpenFault,
    more: Readonly<Record<string, unknown>>,
  ): void {
    const event = { type, fault: id, name, target: targetText(target), ...more };
    this.#parts.history.add(run, event);
    this.#parts.publisher.event("coordinator", { run, ...event });
  }

  #held({ fault, untilNs }: Lease): HeldFault {
    const wish = this.#wishes.get(fault.id);
    return {
      id: fault.id,
      name: fault.name,
      target: targetText(fault.target),
      args: wish?.args ?? {},
      openedAtMs: wish?.openedAtMs ?? 0,
      leaseUntilMs: untilNs / NS_PER_MS,
      by: "hand",
    };
  }
}

const lostText = (count: number): string =>
  `${count} writes of samples and events never reached Redis: what it shows of this run has gaps`;

/** At least one turn for whoever else wants one. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
