// What an engine must be able to say of its machines so that faults can be struck and their receipts counted: a machine
// itself in virtual time, what a node last said of its own on sockets.

import type { MachineEvent } from "#kernel/index.ts";

export interface Witness {
  readonly spec: { readonly name: string };
  readonly heldCount: number;
  readonly deaths: number;
  readonly balloon: { readonly takenPages: number };
  readonly net: { links(): readonly LinkWitness[] };
  readonly workload: {
    readonly swapServer: ServerWitness | null;
    readonly clients: readonly ClientWitness[];
    readonly intruders: { readonly writtenPages: number };
    stats(): readonly { readonly name: string }[];
  };
}

export interface LinkWitness {
  readonly peer: string;
  readonly lostFrames: number;
  readonly heldFrames: number;
  readonly carriedFrames: number;
  readonly resetStreams: number;
}

export interface ServerWitness {
  readonly unheard: number;
  readonly answered: number;
  readonly strikes: Readonly<Record<string, number>>;
}

export interface ClientWitness {
  readonly name: string;
  readonly isRunning: boolean;
  readonly starts: number;
  readonly stops: number;
  readonly changes: number;
}

export interface Witnesses {
  readonly machines: readonly Witness[];
  machine(name: string): Witness;
}

/** A cluster that can be told things. */
export interface ToldCluster extends Witnesses {
  tell(host: string, event: MachineEvent): void;
}
