// What the API stands on: everything a route may ask for.

import type { FastifyBaseLogger } from "fastify";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { NodeEvent, NodeLogQuery } from "../fleet/node-log.ts";
import type { Lack, LiveKind } from "../live/site.ts";
import type { FilmFolder } from "../runs/films.ts";
import type { History, Told } from "../runs/history.ts";
import type { RunQueue } from "../runs/queue.ts";
import type { ScenarioShelf } from "../runs/scenarios.ts";
import type { Wiped } from "../runs/wipe.ts";
import type { Idempotency } from "./idempotency.ts";

export interface Services {
  readonly token: string;
  readonly history: History;
  /** Where the history tells what is new. */
  readonly told: Told;
  readonly queue: RunQueue;
  readonly fleet: Fleet;
  readonly shelf: ScenarioShelf;
  readonly idempotency: Idempotency;
  /** What runs are run on. */
  readonly engine: () => LiveKind;
  /** Why a scenario cannot be run now; null: it can. */
  readonly lacks: (scenario: ResolvedScenario, foreign: readonly string[]) => Lack | null;
  readonly films: FilmFolder;
  /** Folder of the built page; throws a Problem that says what to do where there is none. */
  readonly page: () => Promise<string>;
  /** What a coordinator that is of use needs and has not; empty: it is ready. */
  readonly missing: () => readonly string[];
  /** Text of /metrics, and of /metrics/kernel for one node. */
  readonly metrics: () => Promise<string>;
  readonly kernelMetrics: (node: string) => Promise<string>;
  /** Rejects while Redis does not answer. */
  readonly nodeLog: (query: NodeLogQuery) => Promise<readonly NodeEvent[]>;
  /** Forgets what is over. Rejects while Redis does not answer. */
  readonly wipe: () => Promise<Wiped>;
  /** Whoever started the coordinator stops it soon. */
  readonly down: () => void;
  readonly log: FastifyBaseLogger;
  readonly nowMs: () => number;
  readonly newId: () => string;
}
