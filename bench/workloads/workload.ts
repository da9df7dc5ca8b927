// What a workload is: a state, and a pass over it that can be repeated and whose every answer goes into a checksum.
//
// A workload has a twin of the same name in bench/c, which does the same on the same lanes. Equal checksums say that both
// did; see test/interop/bench-twins.test.ts.

/** One run of `ops` operations on the state, the checksum carried on. It may finish a burst that it has begun. */
export type Pass = (ops: number, checksum: number) => number;

export interface Workload {
  /** Its name on the command line and for its twin. */
  readonly name: string;
  /** What is done, and what one operation is. */
  readonly what: string;
  /** Source file of the twin in bench/c, without `.c`. */
  readonly twin: string;
  /** Operations before the timed pass: what fills the state. */
  readonly warmupOps: number;
  /** Operations of the timed pass. */
  readonly ops: number;
  /** A fresh state. */
  readonly begin: () => Pass;
}

/** The next state of the generator that both languages share; what is used of it are its upper 24 bits. */
export function nextState(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) | 0;
}

/** Carry one answer into a checksum of 32 bits. */
export function mix(checksum: number, answer: number): number {
  return (Math.imul(checksum, 31) + answer) | 0;
}
