// Where a coordinator's runs take place: in this process in virtual time, in processes that are forked for each run, or on
// nodes that outlive it. The engine asks it for a run and does not know which it is.

import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import type { ForeignHost } from "../engine/index.ts";
import type { MakeRun } from "./live-run.ts";

/** cluster: on nodes whose agents are connected. sockets: a process for each machine, on real TCP. virtual: in this process, keeping step with this host's clock. */
export const LIVE_KINDS = ["cluster", "sockets", "virtual"] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

/** Why a scenario cannot be run where it would have to. */
export interface Lack {
  readonly sentence: string;
  /** Hosts of the scenario that nobody would play. */
  readonly missing: readonly string[];
  /** Nodes that are connected. */
  readonly nodes: readonly string[];
}

export interface WaitingNode {
  readonly name: string;
  /** ms since 1970. */
  readonly sinceMs: number;
}

export interface Site {
  readonly kind: LiveKind;
  readonly makeRun: MakeRun;
  /** Its nodes write their samples to Redis themselves. */
  readonly publishesSamples: boolean;
  /** null: nothing. */
  lacks(scenario: ResolvedScenario, foreign: readonly string[]): Lack | null;
  /** What it lacks to run anything. */
  missing(): readonly string[];
  /** Nodes that are connected, whether a machine of theirs runs or not; null: there are none but machines. */
  nodes(): readonly WaitingNode[] | null;
  /** Writes to Redis that its nodes gave up. */
  lostWrites(): number;
  close(): void;
}

/** Somebody who only calls: it calls from anywhere. */
export const callerOf = (host: string): ForeignHost => ({ host, address: "0.0.0.0", port: null });

/** One that has all it needs in itself. */
export const selfContained = (kind: LiveKind, makeRun: MakeRun): Site => ({
  kind,
  makeRun,
  publishesSamples: false,
  lacks: () => null,
  missing: () => [],
  nodes: () => null,
  lostWrites: () => 0,
  close: () => undefined,
});
