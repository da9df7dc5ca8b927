// One run of a scenario in virtual time: the cluster, the timeline that acts on it, the judge that watches.
//
// The caller turns the crank, so that a progress line, a page or a campaign can look in between two samples.

import { assert } from "#base/assert.ts";
import { Interpreter, type ResolvedScenario, type RunResult } from "#coordinator/scenario/index.ts";
import type { Machine } from "#kernel/index.ts";
import { Injection } from "./injection.ts";
import { WorldObservation } from "./observe.ts";
import { World } from "./world.ts";

export interface RunOptions {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  /** Called after every event of every machine: invariants. */
  readonly afterEach?: (machine: Machine) => void;
}

export class Run {
  readonly world: World;
  readonly interpreter: Interpreter;
  readonly #observation: WorldObservation;
  readonly #injection: Injection;

  constructor({ scenario, seed, afterEach }: RunOptions) {
    this.world = new World({
      cluster: scenario.cluster,
      seed,
      ...(afterEach === undefined ? {} : { afterEach }),
    });
    this.interpreter = new Interpreter(scenario, seed);
    this.#observation = new WorldObservation(this.world);
    this.#injection = new Injection(this.world, scenario.cluster);
    this.world.boot();
  }

  get isJudged(): boolean {
    return this.interpreter.stage === "judged";
  }

  /** On to the next sample or step of the timeline, and what it asks for. */
  step(): void {
    assert(!this.isJudged, "a judged run does not go on");
    this.world.runUntil(this.interpreter.nextAtNs());
    this.interpreter.observe(this.#observation, this.world.nowNs);
    for (const action of this.interpreter.takeActions()) this.#injection.perform(action);
  }

  /** All the way to the verdict. */
  finish(): RunOutcome {
    while (!this.isJudged) this.step();
    return this.outcome();
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
