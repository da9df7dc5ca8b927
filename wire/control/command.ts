// What a controller tells a node, and what the node answers: plain data over any channel that keeps messages whole and in
// order (the IPC channel of a forked process, a socket.io connection).
//
//   controller                       node
//   prepare   cluster, host, seed →  builds its machine, opens its ports       → prepared (which ports)
//   connect   address book        →  knows its peers, is connected to them     → done
//   go        how often           →  its machine boots, its clock starts       → done; from now on it says how it is
//   tell      events              →  faults, loads, pauses                     → done
//   save                          →                                            → state
//   prepare   again               →  what it had is closed and thrown away     → prepared
//   stop                          →  closes everything; a process then ends    → done
//
// Every command carries a number and gets one answer with it. Unasked, a node says `sample` at each beat of its machine's
// clock, `alive` now and then, and `dying` when it cannot go on. A node whose controller is gone stops by itself: nothing
// outlives who started it.
//
// Not checked here: the inside of a cluster's spec and of a machine's events. They come from the same version of this
// program, over a channel that only it is at the other end of.

import type { ClusterSpec, MachineEvent } from "#kernel/index.ts";
import type { WrittenSample } from "../telemetry/written-sample.ts";

/** Host name or address, and port, of a real socket. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Where a machine's ports really are. */
export interface HostAddress {
  readonly host: string;
  /** It binds to this address, and calls others from it. */
  readonly address: string;
  /** Nobody emulates it: it speaks ordinary TCP and knows nothing of us. */
  readonly isForeign: boolean;
  /** Port of the emulated machine → real one. */
  readonly tcp: readonly (readonly [emulated: number, real: number])[];
  readonly udp: readonly (readonly [emulated: number, real: number])[];
  /** Where peers send their grants; null of a foreign one. */
  readonly signalPort: number | null;
}

export type Command =
  | {
      readonly type: "prepare";
      readonly cluster: ClusterSpec;
      readonly host: string;
      readonly seed: number;
      readonly foreign: readonly string[];
      /** What it binds to. */
      readonly address: string;
      /** Real ports for emulated ones; what is not named takes any that is free. */
      readonly ports: readonly (readonly [emulated: number, real: number])[];
      /** Real time per machine time, at least 1: 4 runs four times slower than life. */
      readonly slowdown: number;
      /** A deadline delivered later than this counts against the run, in ns of the machine's time. */
      readonly lateBudgetNs: number;
    }
  | { readonly type: "connect"; readonly addresses: readonly HostAddress[] }
  /** `sampleEveryNs`: of the machine's time. */
  | { readonly type: "go"; readonly sampleEveryNs: number }
  | { readonly type: "tell"; readonly events: readonly MachineEvent[] }
  | { readonly type: "save" }
  | { readonly type: "stop" };

export interface Numbered {
  readonly n: number;
  readonly command: Command;
}

export type Answer =
  | { readonly type: "done" }
  | { readonly type: "prepared"; readonly address: HostAddress }
  /** What Machine.save() gave, serialized as node:v8 does it. */
  | { readonly type: "state"; readonly atNs: number; readonly bytes: Uint8Array }
  | { readonly type: "failed"; readonly message: string };

/** From a node to its controller. */
export type Report =
  | { readonly type: "answer"; readonly n: number; readonly answer: Answer }
  | { readonly type: "sample"; readonly sample: WrittenSample }
  | { readonly type: "alive"; readonly atNs: number }
  | { readonly type: "dying"; readonly message: string };
