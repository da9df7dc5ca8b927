// One scenario put to the proof: it is run, whatever its verdict, and everything that must hold of any run is held against it.
//
// A trial is two runs. The first is looked at from World's hook while it goes; the second is saved at an instant of its own, loaded
// into another, and has to come to the same end.

import {
  diagnosticText,
  openScenario,
  type ResolvedScenario,
  type RunResult,
  type Verdict,
} from "#coordinator/scenario/index.ts";
import { type Certificate, proofOf } from "#explain/index.ts";
import type { FaultName } from "#faults/index.ts";
import { type Machine, usefulProgressOf } from "#kernel/index.ts";
import { Run, type RunOutcome, WorldWatch } from "#sim/index.ts";
import { type Breach, brokenAtEnd, brokenByCopies, brokenProof, NO_PROOF } from "./breach.ts";

export interface TrialJob {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
}

export interface Trial {
  readonly scenario: string;
  /** Of each machine. */
  readonly policies: readonly string[];
  /** null: it was not run to its end, for it is no scenario, broke something, or takes too long. */
  readonly verdict: Verdict | null;
  /** What the machines did, even when the run as a whole proves nothing. */
  readonly judged: Verdict | null;
  readonly digest: string | null;
  readonly events: number;
  /** null: everything held. */
  readonly breach: Breach | null;
  /** Why it cannot be run at all; null: it can. */
  readonly refused: string | null;
}

export interface TrialOptions {
  /** Called after each event of the watched run; for tests, which break something here. */
  readonly meddle?: (machine: Machine) => void;
}

/** Events between the first looks; a prime, so that they do not fall in step with anything. */
const LOOK_EVERY = 97;
/**
 * How often a run is asked for a proof while it goes, in ns of virtual time: odd, so that it is met in the middle of things; twice
 * as long each time as long as nothing useful is done, for a proof costs as much as thousands of events.
 */
const ASK_NS = 313_000_007;
/** For how long nothing useful may come after a proof, in ns of virtual time. */
const AFTER_PROOF_NS = 60_000_000_000;
/** A run of more is given up, for the sake of the others. */
const EVENTS_MAX = 5_000_000;

export function runTrial({ file, text }: TrialJob, options: TrialOptions = {}): Trial {
  const opened = openScenario(text, file);
  const resolved = opened.ok ? opened.scenario.resolve() : opened;
  if (!resolved.ok) return refusedFor(resolved.diagnostics.map(diagnosticText).join("\n"));
  return new Prover(resolved.scenario, options).prove();
}

const refusedFor = (refused: string): Trial => ({
  ...{ scenario: "", policies: [], verdict: null, judged: null, digest: null, events: 0 },
  ...{ breach: null, refused },
});

class Prover {
  readonly #scenario: ResolvedScenario;
  readonly #meddle: (machine: Machine) => void;
  readonly #watch: WorldWatch;

  constructor(scenario: ResolvedScenario, { meddle = () => {} }: TrialOptions) {
    this.#scenario = scenario;
    this.#meddle = meddle;
    const isStoreKept = !this.#has("swap.amnesia");
    this.#watch = new WorldWatch({ every: LOOK_EVERY, thinsOut: true, isStoreKept });
  }

  prove(): Trial {
    const run = this.#begun();
    const kept: { end: RunOutcome | null } = { end: null };
    const breach = held(() => {
      const found = this.#watched(run);
      if (found !== null || !run.isJudged) return found;
      kept.end = run.outcome();
      return this.#atEnd(run, kept.end) ?? this.#again(kept.end);
    });
    const { end } = kept;
    const machines = this.#scenario.cluster.hosts.filter((host) => host.role === "machine");
    return {
      scenario: this.#scenario.id,
      policies: machines.map(({ policy }) => policy.name),
      verdict: end?.result.verdict ?? null,
      judged: end?.result.judged ?? null,
      digest: end?.digest ?? null,
      events: run.world.eventCount,
      breach,
      refused: null,
    };
  }

  #begun(): Run {
    const { seed } = this.#scenario;
    const afterEach = (machine: Machine): void => {
      this.#meddle(machine);
      this.#watch.look(machine);
    };
    const run = new Run({ scenario: this.#scenario, seed, afterEach });
    this.#watch.begin(run.world.machines);
    return run;
  }

  /** To its verdict, or to the first thing that is wrong. */
  #watched(run: Run): Breach | null {
    const proofs = new Proofs(run);
    while (!run.isJudged && run.world.eventCount < EVENTS_MAX) {
      run.step();
      const [fault] = this.#watch.faults;
      if (fault !== undefined) return { invariant: "whole", message: fault };
      const refuted = proofs.ask();
      if (refuted !== null) return refuted;
    }
    return null;
  }

  #atEnd(run: Run, { result, simNs }: RunOutcome): Breach | null {
    const { maxTimeNs, sampleNs } = this.#scenario.engine;
    const end = {
      ...{ result, simNs, untilNs: maxTimeNs + sampleNs },
      isSpoilt: this.#has("swap.corrupt") || this.#has("swap.amnesia"),
      lost: run.world.machines.flatMap((machine) => this.#watch.lost(machine)),
    };
    return brokenAtEnd(end) ?? proofAtEnd(run, result);
  }

  /** A second run, saved on its way. */
  #again(first: RunOutcome): Breach | null {
    const { seed } = this.#scenario;
    const second = new Run({ scenario: this.#scenario, seed });
    second.runTo(Math.floor((first.simNs * ((seed % 89) + 5)) / 100));
    const from = structuredClone(second.save());
    const loaded = new Run({ scenario: this.#scenario, seed, from }).finish();
    const fromNs = from.world.nowNs;
    return brokenByCopies({ first, loaded, fromNs, again: () => second.finish() });
  }

  #has(name: FaultName): boolean {
    return this.#scenario.steps.some(
      ({ action }) => action?.type === "fault" && action.fault.name === name,
    );
  }
}

/** What `act` finds; an assertion that fails on its way is a finding. */
function held(act: () => Breach | null): Breach | null {
  try {
    return act();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { invariant: "crash", message: message.split("\n")[0] ?? "" };
  }
}

/** What a machine had done when it was proven that it does nothing more. */
interface Proven {
  readonly machine: Machine;
  readonly useful: number;
  /** A machine that boots anew is no longer the one it was. */
  readonly deaths: number;
  readonly atNs: number;
}

/** Proofs of a run as it goes, each held against what comes after it. */
class Proofs {
  readonly #run: Run;
  #proven: Proven[] = [];
  #useful = 0;
  #gapNs = ASK_NS;
  #askAtNs = ASK_NS;

  constructor(run: Run) {
    this.#run = run;
  }

  ask(): Breach | null {
    const { world } = this.#run;
    if (world.nowNs < this.#askAtNs) return null;
    const useful = world.machines.reduce((sum, machine) => sum + usefulProgressOf(machine), 0);
    this.#gapNs = useful === this.#useful ? 2 * this.#gapNs : ASK_NS;
    this.#useful = useful;
    this.#askAtNs = world.nowNs + this.#gapNs;
    this.#proven = this.#proven.filter(({ machine, deaths }) => machine.deaths === deaths);
    const refuted = this.#proven.flatMap((proven) => refutedBy(proven) ?? [])[0];
    if (refuted !== undefined) return refuted;
    const machine = provenOf(this.#run, proofOf(this.#run.certificate()));
    if (machine !== null && !this.#proven.some((known) => known.machine === machine.machine))
      this.#proven.push(machine);
    return null;
  }
}

function provenOf({ world }: Run, proof: Certificate | null): Proven | null {
  if (proof === null) return null;
  const machine = world.machine(proof.machine);
  const { deaths } = machine;
  return { machine, useful: usefulProgressOf(machine), deaths, atNs: world.nowNs };
}

const refutedBy = ({ machine, useful, atNs }: Proven): Breach | null =>
  brokenProof({
    ...{ name: machine.spec.name, useful, atNs },
    usefulNow: usefulProgressOf(machine),
    nowNs: machine.nowNs,
  });

/** A wedge that is called certain has a proof, and stays one. */
function proofAtEnd(run: Run, { judged, certainty }: RunResult): Breach | null {
  if (judged !== "wedged" || certainty !== "certain") return null;
  const proven = provenOf(run, proofOf(run.certificate()));
  if (proven === null) return NO_PROOF;
  const { world } = run;
  world.runUntil(world.nowNs + AFTER_PROOF_NS);
  return refutedBy(proven);
}
