// One run of a scenario in virtual time: the cluster, the timeline that acts on it, the judge that watches.
//
// The caller turns the crank, so that a progress line, a page or a campaign can look in between two samples.

import { assert } from "#base/assert.ts";
import { Interpreter, type ResolvedScenario, type RunResult } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { OpenFault } from "#faults/index.ts";
import { Lookalikes, type Machine } from "#kernel/index.ts";
import { clusterRefusals } from "./changeable.ts";
import { Injection, type InjectionState } from "./injection.ts";
import { WorldObservation } from "./observe.ts";
import { World, type WorldState } from "./world.ts";

export interface RunOptions {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  /** Called after every event of every machine: invariants. */
  readonly afterEach?: (machine: Machine) => void;
  /** Where it goes on under another scenario, in the order of time. */
  readonly forks?: readonly Fork[];
  /** Go on from here, not from boot: what a run of the same scenario, seed and forks has saved. */
  readonly from?: RunState;
  /** A machine of which `lookalikes` is to tell; such a run is a whole one, without forks. */
  readonly watched?: string;
}

/** A run is the same up to an instant, and then under another scenario. */
export interface Fork {
  /** Since boot, in ns. What happens at that very instant still happens as before. */
  readonly atNs: number;
  readonly scenario: ResolvedScenario;
}

/** A run between two steps: plain data. */
export interface RunState {
  readonly world: WorldState;
  readonly interpreter: unknown;
  readonly injection: InjectionState;
  /** How many of its forks it has taken; bundles of before there were any do not say. */
  readonly forks?: number;
}

export class Run {
  readonly world: World;
  readonly interpreter: Interpreter;
  readonly #observation: WorldObservation;
  readonly #injection: Injection;
  readonly #forks: readonly Fork[];
  #scenario: ResolvedScenario;
  readonly #lookalikes: Lookalikes | null;
  #forked = 0;

  constructor({ scenario: first, seed, afterEach, forks = [], from, watched }: RunOptions) {
    assert(watched === undefined || from === undefined, "it is watched from its beginning");
    this.#lookalikes = watched === undefined ? null : lookalikesOf(first, watched);
    this.#forks = forks;
    this.#forked = from?.forks ?? 0;
    this.world = new World({
      cluster: first.cluster,
      seed,
      ...(afterEach === undefined ? {} : { afterEach }),
      ...(watched === undefined || this.#lookalikes === null
        ? {}
        : { decisions: { [watched]: this.#lookalikes.decisions } }),
    });
    // What was computed at boot is of the first.
    const taken = forks.slice(0, this.#forked);
    for (const fork of taken) this.world.become(fork.scenario.cluster);
    const scenario = taken.at(-1)?.scenario ?? first;
    this.#scenario = scenario;
    this.interpreter = new Interpreter(scenario, seed);
    this.#observation = new WorldObservation(this.world);
    this.#injection = new Injection(this.world, scenario.cluster);
    if (from === undefined) this.world.boot();
    else this.#load(from);
  }

  get isJudged(): boolean {
    return this.interpreter.stage === "judged";
  }

  /** When it steps next, in ns: at a sample, at a step of the timeline, at a fork. */
  nextAtNs(): number {
    return Math.min(this.interpreter.nextAtNs(), this.#forks[this.#forked]?.atNs ?? Infinity);
  }

  /** On to the next sample or step of the timeline, and what it asks for; or to the next fork. */
  step(): void {
    assert(!this.isJudged, "a judged run does not go on");
    const fork = this.#forks[this.#forked];
    if (fork !== undefined && fork.atNs < this.interpreter.nextAtNs()) {
      this.#take(fork);
      return;
    }
    this.world.runUntil(this.interpreter.nextAtNs());
    this.interpreter.observe(this.#observation, this.world.nowNs);
    this.#act();
  }

  /** A fault by hand, now: a run that it strikes is no longer the one that its scenario and seed give (sessionYaml). */
  open(fault: OpenFault): void {
    this.interpreter.open(fault, this.#observation, this.world.nowNs);
    this.#act();
  }

  heal(id: string): void {
    this.interpreter.heal(id, this.#observation, this.world.nowNs);
    this.#act();
  }

  /**
   * Goes on under another scenario. Gives a sentence for each thing in which that must not differ from the run's own, and does
   * nothing then; an empty list: it is done.
   */
  become(scenario: ResolvedScenario): readonly string[] {
    const refusals = clusterRefusals(this.#scenario.cluster, scenario.cluster);
    if (refusals.length > 0) return refusals;
    const others = this.interpreter.become(scenario);
    if (others.length > 0) return others;
    this.#scenario = scenario;
    this.world.become(scenario.cluster);
    this.#injection.become(scenario.cluster);
    return [];
  }

  #take({ atNs, scenario }: Fork): void {
    this.world.runUntil(atNs);
    this.#forked++;
    const refusals = this.become(scenario);
    assert(refusals.length === 0, `a run can be forked as it is told: ${refusals.join("; ")}`);
  }

  /** To that very instant, or to the verdict if it is said before. */
  runTo(atNs: number): void {
    while (!this.isJudged && this.nextAtNs() <= atNs) this.step();
    if (!this.isJudged && this.world.nowNs < atNs) this.world.runUntil(atNs);
  }

  /** All the way to the verdict. */
  finish(): RunOutcome {
    while (!this.isJudged) this.step();
    return this.outcome();
  }

  /** What the state of the machines proves, in sentences; null when there is no machine to look at. */
  certificate(): Certificate | null {
    return this.#observation.certificate();
  }

  /** The rules, as `decision: rule`, that have answered the watched machine just as its own so far: under them this run is the same. */
  lookalikes(): readonly string[] {
    return this.#lookalikes?.names() ?? [];
  }

  save(): RunState {
    return {
      world: this.world.save(),
      interpreter: this.interpreter.save(),
      injection: this.#injection.save(),
      forks: this.#forked,
    };
  }

  #act(): void {
    for (const action of this.interpreter.takeActions()) this.#injection.perform(action);
  }

  #load({ world, interpreter, injection }: RunState): void {
    this.world.load(world);
    this.interpreter.load(interpreter);
    this.#injection.load(injection);
  }

  outcome(): RunOutcome {
    return {
      result: this.interpreter.result(),
      digest: this.world.digest(),
      events: this.world.eventCount,
      simNs: this.world.nowNs,
    };
  }
}

function lookalikesOf({ cluster }: ResolvedScenario, name: string): Lookalikes {
  const host = cluster.hosts.find((each) => each.name === name);
  assert(host?.role === "machine", "a machine's rules are watched");
  return new Lookalikes(host.policy);
}

export interface RunOutcome {
  readonly result: RunResult;
  /** Hash of the run's events. */
  readonly digest: string;
  readonly events: number;
  readonly simNs: number;
}
