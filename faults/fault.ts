// A fault: what can be done to a link, a swap server, a host or a load. Judged here, performed by whoever drives the run.
//
// A fault says what a state becomes while it is open; healing is forgetting it, so no fault can leave anything behind (but
// that a host that lost its power has lost its memory).
// Each fault names the effect by which an engine proves that it struck (its receipt): a fault without one makes the run
// inconclusive, whatever else was seen.

import type { Hog, LinkState, StoreState } from "#kernel/index.ts";

export interface Fault {
  /** As scenarios write it: what it strikes, a dot, how. */
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  readonly target: TargetKind;
  readonly args: Readonly<Record<string, ArgSpec>>;
  readonly effect: FaultEffect;
  readonly receipt: Receipt;
}

/** link: `A->C` or `A<->C` · group: `A, B`, against all others · swap-server, host: a name · load: a traffic's id or `A/task` · traffic: an id. */
export type TargetKind = "link" | "group" | "swap-server" | "host" | "load" | "traffic";

export interface ArgSpec {
  /** duration: ns · size: bytes · ratio: parts per million · bandwidth: bytes per second · rate: per second. */
  readonly dimension: "duration" | "size" | "ratio" | "bandwidth" | "rate";
  readonly about: string;
  /** Taken when the scenario does not say; null: it must say. */
  readonly default: number | null;
}

/** Values in the units of their ArgSpec, one for each name in `args`. */
export type FaultArgs = Readonly<Record<string, number>>;

export type FaultEffect =
  /** On each direction that the target names. */
  | { readonly on: "link"; readonly change: (state: LinkState, args: FaultArgs) => LinkState }
  /** On every link from and to the host. */
  | { readonly on: "host-links"; readonly change: (state: LinkState, args: FaultArgs) => LinkState }
  | { readonly on: "store"; readonly change: (state: StoreState, args: FaultArgs) => StoreState }
  | { readonly on: "pause" }
  /** The host has no power: while the fault is open, or for no time at all when it opens. It boots afterwards. */
  | { readonly on: "power"; readonly off: "while-open" | "at-once" }
  | { readonly on: "balloon"; readonly pages: (args: FaultArgs) => number }
  | { readonly on: "hog"; readonly hog: (args: FaultArgs) => Hog }
  | { readonly on: "load"; readonly action: "start" | "stop" }
  | { readonly on: "rate"; readonly ratePerSec: (args: FaultArgs) => number };

/** What an engine counts, per target, from the start of a run. Only ever grows. */
export const RECEIPT_COUNTERS = {
  lostSegments: "segments and datagrams lost on the link",
  heldSegments: "segments and datagrams the link kept back",
  carriedSegments: "segments and datagrams the link delivered",
  resetConnections: "connections reset on the link",
  unansweredRequests: "requests that waited at a stalled server",
  answeredRequests: "requests the server answered",
  failedRequests: "requests the server answered with an error it was made to give",
  corruptedReplies: "reads the server answered with a wrong byte",
  cutReplies: "replies that stopped half way",
  droppedConnections: "connections reset in place of an answer",
  refusedConnections: "connections reset when they came",
  crashes: "times the server died",
  frozenEvents: "events that came due for a paused host",
  deaths: "times the host lost its power",
  balloonPages: "pages that the balloon took from the host",
  hogPages: "pages that a program of a fault wrote",
  startedLoads: "times the load was started",
  stoppedLoads: "times the load was stopped",
  changedLoads: "times the load got another rate while it ran",
} as const satisfies Record<string, string>;
export type ReceiptCounter = keyof typeof RECEIPT_COUNTERS;

export interface Receipt {
  /** Must have grown on the target while the fault was open. */
  readonly counter: ReceiptCounter;
  /** Why that proves it, for reports. */
  readonly means: string;
}

/** The argument `name`; faults only read what their `args` declare. */
export const argOf = (args: FaultArgs, name: string): number => args[name] ?? 0;
