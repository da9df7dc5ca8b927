// A script becomes a timeline: its generator is run once, to the end, and what it does on the way is written down as steps.
//
// Nothing happens meanwhile and nobody waits, so a script has no clock to read and no answer to wait for: `until` answers
// true, as if what it waits for had come. What would follow if it had not is asked for as well, by running the script
// again: that must be nothing, for steps behind a claim that is not reached never come.

import type { ScenarioSource } from "#coordinator/scenario/index.ts";
import { type Claimed, claimText } from "./claim.ts";
import type { Node } from "./nodes.ts";
import { callerLine } from "./origin.ts";
import type { Duration } from "./units.ts";

type StepSource = ScenarioSource["timeline"][number];
export type FaultName = NonNullable<StepSource["fault"]>;
/** What is waited for, or done, on the way. `yield*` it. */
export type Step<T> = Generator<undefined, T, undefined>;

export interface LineStep {
  readonly source: StepSource;
  readonly line: number | null;
}

export interface Fault {
  /** Heals it now, if it does not heal itself. */
  heal(): void;
  /** Waits until it has. */
  healed(): Step<void>;
}

export interface FaultOptions {
  /** An anchor for checks. */
  readonly id?: string;
  /** Heals by itself after this long. */
  readonly for?: Duration;
  /** Its arguments. */
  readonly with?: Readonly<Record<string, string>>;
}

/** What a fault strikes: a node, a task, a traffic; a link such as `path(A, C)`; several nodes, against all others. */
export type Target = Node | readonly Node[];

export interface Script {
  /** A phase begins. */
  phase(name: string): void;
  mark(id: string): void;
  snapshot(id: string): void;
  sleep(time: Duration): Step<void>;
  /** Until so long after the start of the run. */
  at(time: Duration): Step<void>;
  /** False: it was not reached in time, and nothing may follow. */
  until(
    claim: Claimed,
    options: { readonly within: Duration; readonly as?: string },
  ): Step<boolean>;
  fault(on: Target, kind: FaultName, options?: FaultOptions): Step<Fault>;
}

export type ScriptText = (t: Script) => Generator<undefined, void, undefined>;

/** More steps than anybody has written; a script that never ends has as many. */
const STEPS_MAX = 1_000;

/** The steps of a script. Throws Error when it is none that a timeline can follow. */
export function timelineOf(script: ScriptText): LineStep[] {
  const { steps, waits } = unfold(script, null);
  for (let nth = 0; nth < waits; nth++) unfold(script, nth);
  return steps;
}

/** Runs it through. `missed`: which of its waits is not reached; null: all are. */
function unfold(script: ScriptText, missed: number | null): Writer {
  const writer = new Writer(missed);
  let turns = 0;
  for (const _ of script(writer))
    if (++turns > STEPS_MAX)
      throw new Error(`a script of more than ${STEPS_MAX} waits; does it never end?`);
  writer.flush();
  return writer;
}

/** When the next step comes, as a step says it. */
type Trigger = Pick<StepSource, "at" | "after" | "delay">;

class Writer implements Script {
  readonly steps: LineStep[] = [];
  waits = 0;
  readonly #missed: number | null;
  /** What was not reached; null: everything was. */
  #lost: string | null = null;
  #trigger: Trigger = { at: "0 s" };
  /** A step that has been written at this very instant; null: none has. */
  #here: number | null = null;
  /** A phase that begins now, with the step that comes next or alone. */
  #phase: { readonly name: string; readonly line: number | null } | null = null;

  constructor(missed: number | null) {
    this.#missed = missed;
  }

  phase(name: string): void {
    this.flush();
    this.#refuseLost();
    this.#phase = { name, line: callerLine() };
  }

  mark(id: string): void {
    this.#write({ id, ...this.#trigger, do: "mark" });
  }

  snapshot(id: string): void {
    this.#write({ id, ...this.#trigger, do: "snapshot" });
  }

  *sleep(time: Duration): Step<void> {
    this.flush();
    const isStart = this.#trigger.at === "0 s";
    const isAnchor = this.#here === null && this.#trigger.after !== undefined;
    if (isStart) this.#trigger = { at: time };
    else if (isAnchor && this.#trigger.delay === undefined)
      this.#trigger = { ...this.#trigger, delay: time };
    else this.#trigger = { after: this.#anchor(), delay: time };
    this.#here = null;
    yield;
  }

  *at(time: Duration): Step<void> {
    this.flush();
    this.#trigger = { at: time };
    this.#here = null;
    yield;
  }

  *until(
    claim: Claimed,
    { within, as = `reached-${this.waits + 1}` }: { within: Duration; as?: string },
  ): Step<boolean> {
    this.flush();
    // A claim is looked at once the step before it is done: there must be one.
    this.#anchor();
    this.#write({ id: as, when: claimText(claim), within, do: "mark" });
    this.#trigger = { after: as };
    if (this.waits++ === this.#missed) this.#lost = as;
    yield;
    return this.#lost === null;
  }

  *fault(on: Target, kind: FaultName, options: FaultOptions = {}): Step<Fault> {
    const id = options.id ?? `${kind.replace(".", "-")}-${this.steps.length + 1}`;
    this.#write({ ...options, id, ...this.#trigger, fault: kind, on: targetText(on) });
    yield;
    return {
      heal: () => this.#write({ ...this.#trigger, heal: id }),
      healed: () => this.#healed(id),
    };
  }

  /** Writes the phase that has begun if nothing else begins with it. */
  flush(): void {
    if (this.#phase !== null) this.#write(this.#trigger);
  }

  *#healed(id: string): Step<void> {
    this.flush();
    this.#trigger = { after: `${id}.healed` };
    this.#here = null;
    yield;
  }

  /** Name of a step at this very instant, written if there is none. */
  #anchor(): string {
    const here = this.#here === null ? undefined : this.steps[this.#here];
    const id = here?.source.id ?? `step-${this.#here ?? this.steps.length}`;
    if (here === undefined || this.#here === null)
      this.#write({ id, ...this.#trigger, do: "mark" });
    else this.steps[this.#here] = { ...here, source: { id, ...here.source } };
    return id;
  }

  #write(source: StepSource): void {
    this.#refuseLost();
    const phase = this.#phase;
    this.#phase = null;
    this.#here = this.steps.length;
    this.steps.push({
      source: phase === null ? source : { phase: phase.name, ...source },
      line: phase?.line ?? callerLine(),
    });
    if (this.steps.length > STEPS_MAX)
      throw new Error(`a script of more than ${STEPS_MAX} steps; does it never end?`);
  }

  #refuseLost(): void {
    if (this.#lost !== null)
      throw new Error(
        `the script goes on after "${this.#lost}" was not reached; expected: if (!(yield* t.until(…))) return;`,
      );
  }
}

const targetText = (on: Target): string =>
  "name" in on ? on.name : on.map(({ name }) => name).join(", ");

/** What travels from one node to another. */
export const path = (from: Node, to: Node): Node => ({ name: `${from.name}->${to.name}` });
/** The same both ways. */
export const link = (one: Node, other: Node): Node => ({ name: `${one.name}<->${other.name}` });
