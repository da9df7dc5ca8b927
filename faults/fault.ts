// A fault: what can be done to a link, a swap server, a host or a load. Judged here, performed by whoever drives the run.
//
// A fault says what a state becomes while it is open; healing is forgetting it, so no fault can leave anything behind.
// Each fault names the effect by which an engine proves that it struck (its receipt): a fault without one makes the run
// inconclusive, whatever else was seen.
//
// Not modelled: faults that change bytes. Swapped pages carry stamps that would show it, but no thread is about that.

import type { LinkState, StoreState } from "#kernel/index.ts";

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

/** link: `A->C` or `A<->C` · swap-server, host: a name · load: a traffic's id or `A/task`. */
export type TargetKind = "link" | "swap-server" | "host" | "load";

export interface ArgSpec {
  /** duration: ns · ratio: parts per million · bandwidth: bytes per second. */
  readonly dimension: "duration" | "ratio" | "bandwidth";
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
  | { readonly on: "load"; readonly action: "start" | "stop" };

/** What an engine counts, per target, from the start of a run. Only ever grows. */
export const RECEIPT_COUNTERS = {
  lostSegments: "segments and datagrams lost on the link",
  heldSegments: "segments and datagrams the link kept back",
  carriedSegments: "segments and datagrams the link delivered",
  unansweredRequests: "requests that reached a stalled server",
  answeredRequests: "requests the server answered",
  frozenEvents: "events that came due for a paused host",
  startedLoads: "times the load was started",
  stoppedLoads: "times the load was stopped",
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
