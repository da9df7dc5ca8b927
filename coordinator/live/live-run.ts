// A run that goes on, as the engine of the coordinator drives it: the same for a cluster in virtual time and one of processes.

import type { ResolvedScenario, RunResult } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { OpenFault } from "#faults/index.ts";
import type { Machine } from "#kernel/index.ts";
import type { Closure, FilmEnd, Frame } from "#sim/index.ts";
import type { JudgedSample } from "#wire/telemetry/sample.ts";

export interface LiveRun {
  readonly phase: string | null;
  /** booting, running, settling, judged. */
  readonly stage: string;
  readonly isJudged: boolean;
  /** Why it cannot go on: a node is gone; null: it can. */
  readonly broken: string | null;
  /** Why its host is too slow for it; null: it is not. */
  readonly tooLate: string | null;
  /** Time of the machines, in ns. */
  readonly nowNs: number;
  /** How long until it has something to do, in ms of this host. */
  readonly waitMs: number;
  readonly certificate: Certificate | null;
  /** Builds the machines and lets them boot. */
  start(): Promise<void>;
  step(): Promise<void>;
  /** A fault by hand, as a step of the timeline would open it: only while it is `running`. Gives its instant, in ns. */
  open(fault: OpenFault): Promise<number>;
  heal(id: string): Promise<number>;
  /** Whether a fault is open: all are healed when the run settles. */
  isOpen(id: string): boolean;
  samples(): readonly JudgedSample[];
  /** The same with their shots, as JSON, by host. */
  texts(): readonly (readonly [host: string, text: string])[];
  /** Every machine as it is now. */
  machines(): Promise<readonly Machine[]>;
  /** One of them; null: none of that name. */
  machine(host: string): Promise<Machine | null>;
  result(): RunResult;
  /** What was to be seen of it since this was last asked. */
  takeFrames(): readonly Frame[];
  /** When the knot closed, as far as is known. */
  readonly closure: Closure | null;
  /** Of a run that was judged. */
  filmEnd(): FilmEnd;
  /** May be called twice. */
  close(): Promise<void>;
}

export type MakeRun = (of: {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  /** Host time per machine time, at least 1; virtual time takes no notice. */
  readonly slowdown: number;
  /** Hosts that somebody else plays; none in virtual time. */
  readonly foreign: readonly string[];
}) => LiveRun;
