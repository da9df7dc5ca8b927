// One run of a scenario in virtual time: the cluster, the timeline that acts on it, the judge that watches.
//
// The caller turns the crank, so that a progress line, a page or a campaign can look in between two samples.

import { assert } from "#base/assert.ts";
import { Interpreter, type ResolvedScenario, type RunResult } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { OpenFault } from "#faults/index.ts";
import type { Machine } from "#kernel/index.ts";
import { Injection, type InjectionState } from "./injection.ts";
import { WorldObservation } from "./observe.ts";
import { World, type WorldState } from "./world.ts";

export interface RunOptions {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  /** Called after every event of every machine: invariants. */
  readonly afterEach?: (machine: Machine) => void;
  /** Go on from here, not from boot: what a run of the same scenario and seed has saved. */
  readonly from?: RunState;
}

/** A run between two steps: plain data. */
export interface RunState {
  readonly world: WorldState;
  readonly interpreter: unknown;
  readonly injection: InjectionState;
}

export class Run {
  readonly world: World;
  readonly interpreter: Interpreter;
  readonly #observation: WorldObservation;
  readonly #injection: Injection;

  constructor({ scenario, seed, afterEach, from }: RunOptions) {
    this.world = new World({
      cluster: scenario.cluster,
      seed,
      ...(afterEach === undefined ? {} : { afterEach }),
    });
    this.interpreter = new Interpreter(scenario, seed);
    this.#observation = new WorldObservation(this.world);
    this.#injection = new Injection(this.world, scenario.cluster);
    if (from === undefined) this.world.boot();
    else this.#load(from);
  }

  get isJudged(): boolean {
    return this.interpreter.stage === "judged";
  }

  /** On to the next sample or step of the timeline, and what it asks for. */
  step(): void {
    assert(!this.isJudged, "a judged run does not go on");
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

  /** To that very instant, or to the verdict if it is said before. */
  runTo(atNs: number): void {
    while (!this.isJudged && this.interpreter.nextAtNs() <= atNs) this.step();
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

  save(): RunState {
    return {
      world: this.world.save(),
      interpreter: this.interpreter.save(),
      injection: this.#injection.save(),
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

export interface RunOutcome {
  readonly result: RunResult;
  /** Hash of the run's events. */
  readonly digest: string;
  readonly events: number;
  readonly simNs: number;
}
