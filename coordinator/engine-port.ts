// What the coordinator is given to run runs: whatever has the machines.

import type { Server } from "node:http";
import type { Redis } from "ioredis";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import type { Closure, FilmEnd, FilmTitle, Frame } from "#sim/index.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { Lack, LiveKind } from "./live/site.ts";
import type { History } from "./runs/history.ts";
import type { ScenarioShelf } from "./runs/scenarios.ts";

export interface EngineGiven {
  readonly redis: Redis;
  readonly history: History;
  readonly shelf: ScenarioShelf;
  /** Where nodes connect. */
  readonly server: Server;
  readonly token: string;
  readonly screen: Screen;
}

/** Whoever looks at the run that goes on. Nothing here waits for anybody. */
export interface Screen {
  begins(run: string, title: FilmTitle): void;
  /** Frames since the last time, and whether the knot is closed as far as is known. */
  shows(frames: readonly Frame[], closure: Closure | null): void;
  /** null: it was not judged. */
  ends(end: FilmEnd | null): void;
  /** Faults by hand that were open are not any more: they ended with the run. */
  faultsEnd(): void;
}

/** What has the nodes. */
export interface Engine {
  readonly fleet: Fleet;
  /** What runs are run on, as metrics and records name it. */
  readonly kind: LiveKind;
  /** Why a scenario cannot be run; null: it can. */
  lacks(scenario: ResolvedScenario, foreign: readonly string[]): Lack | null;
  /** What it lacks to run anything; empty: nothing. */
  missing(): readonly string[];
  /** Runs a run to its end. */
  execute(id: string, signal: AbortSignal): Promise<void>;
  lostWrites(): number;
  close(): Promise<void>;
}
