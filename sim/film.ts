// A film: a run as it is looked at, frame by frame. Plain data with no machine behind it, so that a page, a report on disk
// and a test are shown the same thing, whoever took it.

import type { RunResult } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { MachineShot } from "#wire/telemetry/shot.ts";
import type { NoReturn, TimedFault } from "./no-return.ts";

export const FILM_SCHEMA = "unwedge-film/v1";

export interface Film {
  readonly schema: typeof FILM_SCHEMA;
  readonly title: FilmTitle;
  /** In the order of time. */
  readonly frames: readonly Frame[];
  /** When the knot was closed for good, and what proves it; null: it never was. */
  readonly closure: Closure | null;
  /** null: not judged. */
  readonly end: FilmEnd | null;
  /** The last instant at which healing that fault rescues the run, where somebody has asked. */
  readonly noReturn?: { readonly fault: TimedFault; readonly found: NoReturn };
}

/** What is known before the first frame. */
export interface FilmTitle {
  readonly scenario: string;
  readonly title: string;
  readonly story: string;
  readonly about: string;
  readonly refs: readonly string[];
  readonly variant: string | null;
  readonly seed: number;
  /** `--policy` and `--set` as given. */
  readonly policy: string | null;
  readonly settings: readonly string[];
  readonly cast: readonly CastMember[];
  readonly links: readonly { readonly from: string; readonly to: string }[];
  /** What is planned, in ns: the time that the first look should span. */
  readonly plannedNs: number;
}

export interface CastMember {
  readonly name: string;
  readonly role: string;
  /** A preset's name, or what it is made of; null: it has none. */
  readonly policy: string | null;
  readonly era: string | null;
  /** Whether others swap to it. */
  readonly serves: boolean;
  /** To whom it swaps, or on whom it has files. */
  readonly uses: readonly string[];
}

export interface Frame {
  readonly atNs: number;
  /** null: before the first. */
  readonly phase: string | null;
  readonly stage: string;
  /** Faults that are open. */
  readonly faults: readonly OpenedFault[];
  /** Completed requests, swap-ins and tasks of the whole cluster. */
  readonly useful: number;
  /** When the last of them was seen. */
  readonly usefulAtNs: number;
  /** In the order of the cast. */
  readonly machines: readonly MachineShot[];
  /** What travelled since the frame before, newest last; the oldest are left out where there were many. */
  readonly messages: readonly Message[];
  /** How many were left out. */
  readonly messagesLeftOut: number;
}

export interface OpenedFault {
  readonly id: string;
  readonly name: string;
  readonly target: string;
}

/** One packet, as its sender or its receiver wrote it down. */
export interface Message {
  readonly atNs: number;
  readonly from: string;
  readonly to: string;
  /** sent · again: after a time-out · missed: no receive buffer · dropped: for a reason of the stack's. */
  readonly what: "sent" | "again" | "missed" | "dropped";
  /** The VM depends on the socket: SOCK_MEMALLOC, or it carries swap. */
  readonly isCritical: boolean;
  readonly reason: string | null;
}

export interface Closure {
  readonly atNs: number;
  readonly certificate: Certificate;
}

export interface FilmEnd {
  readonly atNs: number;
  readonly digest: string;
  readonly events: number;
  readonly result: RunResult;
  /** What the state proves at the end; null: nothing. */
  readonly certificate: Certificate | null;
}
